import { once } from 'node:events';
import type { RequestOptions } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createServer } from 'node:tls';
import type { KubeConfigLike } from '../../src/index.ts';
import { createAuthority } from '../kube/certificates.ts';
import { playWrongClient, type WrongClient } from './client.ts';
import { type FakeScene, startFakeScene } from './fake-scene.ts';
import { fastClock } from './fast-clock.ts';

const authority = createAuthority();
const stranger = createAuthority('stranger');
const { certificate, key } = authority.issue('kasc');

/** The same server over TLS, and over TLS alone. Returns the address. */
async function serveTls(t: TestContext, { server }: FakeScene): Promise<string> {
  const { certificate: cert, key: itsKey } = authority.issue('kube-apiserver');
  const inside = Number(new URL(server.url).port);
  const terminator = createServer({ cert, key: itsKey }, (outer) => {
    const inner = connect(inside, '127.0.0.1');
    outer.on('error', () => inner.destroy()).pipe(inner);
    inner.on('error', () => outer.destroy()).pipe(outer);
  });
  // A client that does not trust us ends the handshake.
  terminator.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(terminator, 'listening');
  t.after(() => terminator.close());
  return `https://127.0.0.1:${(terminator.address() as AddressInfo).port}`;
}

/** The scene's own kubeconfig at another address, with this TLS material. */
function at(server: string, { kubeConfig }: Pick<FakeScene, 'kubeConfig'>, tls: RequestOptions = {}): KubeConfigLike {
  return {
    getCurrentCluster: () => ({ server }),
    async applyToHTTPSOptions(options) {
      await kubeConfig.applyToHTTPSOptions(options);
      Object.assign(options, tls);
    },
  };
}

const tlsFailure = {
  code: 'API_UNAVAILABLE',
  reason: 'tls',
  message: /TLS failure/,
  remedy: /certificate authority in the kubeconfig/,
  status: 'critical',
} as const;

const table: readonly [title: string, client: (scene: FakeScene, tlsUrl: string) => WrongClient][] = [
  [
    'trusts another authority than that of the server',
    (scene, url) => ({ ...tlsFailure, wrong: at(url, scene, { ca: stranger.certificate, cert: certificate, key }) }),
  ],
  [
    'speaks TLS to a server that does not',
    ({ server, ...scene }) => ({ ...tlsFailure, wrong: at(server.url.replace('http:', 'https:'), scene) }),
  ],
  [
    'has a client key that is none',
    (scene, url) => ({
      ...tlsFailure,
      wrong: at(url, scene, { ca: authority.certificate, cert: certificate, key: noKey }),
    }),
  ],
  [
    'has a token that is refused',
    ({ server }) => ({
      wrong: server.kubeConfig({ token: 'sEcReT-but-nobodys' }),
      code: 'API_UNAUTHORIZED',
      message: /credentials refused \(401\)/,
      remedy: /renew the token or certificate in the kubeconfig/,
      status: 'unknown',
    }),
  ],
];

const noKey = '-----BEGIN PRIVATE KEY-----\nsEcReT\n-----END PRIVATE KEY-----\n';

describe('a client that is wrong for a while says so in each unit, and loses nothing:', { concurrency: true }, () => {
  for (const [title, client] of table)
    test(`it ${title}`, async (t) => {
      // A ManualClock can't see a TLS handshake.
      await using scene = await startFakeScene(fastClock(5));
      const url = await serveTls(t, scene);
      const right = at(url, scene, { ca: authority.certificate, cert: certificate, key });
      await playWrongClient(scene, { right, ...client(scene, url) });
    });
});
