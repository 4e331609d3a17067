import assert from 'node:assert/strict';
import { circumstances, etcdRestored } from '../bad-input/circumstances.ts';
import { playWrongClient } from '../bad-input/client.ts';
import { harms } from '../bad-input/harms.ts';
import { playLasting } from '../bad-input/play.ts';
import { requestKinds } from '../bad-input/requests.ts';
import { foreignAuthority } from '../envtest/certificates.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { startRealScene } from './bad-scene.ts';
import { installClusterQuotas } from './cluster-quotas.ts';
import { quickEtcdChecks } from './real-world.ts';

/** Of the matrix that the fake server plays: each way of being harmed, and each kind of request. */
const played: readonly (readonly [harm: string, kind: string])[] = [
  ['a wish for patience', 'guard'],
  ['a server that is not ready', 'next page'],
  ['a login page', 'watch'],
  ['a login page', 'token read'],
  ['JSON that is cut off', 'next page'],
  ['a connection that is reset', 'token write'],
  ['a connection that is reset in the middle of the answer', 'list'],
  ['a stalled stream', 'next page'],
  ['a body that never ends', 'guard'],
  ['a server that does not answer', 'readyz'],
];

const named = <Row extends { readonly name: string }>(rows: readonly Row[], name: string): Row =>
  rows.find((row) => row.name === name) ?? assert.fail(`no ${name}`);

const options = { separateEvents: true, apiServerFlags: quickEtcdChecks, needs: ['etcdutl'] } as const;

realServerTest('bad input from a real server', options, async (plane, t) => {
  await installClusterQuotas(plane, [{ metadata: { name: 'team' }, status: { total: { hard: { pods: '10' } } } }]);
  await using scene = await startRealScene(plane);

  for (const [harm, kind] of played)
    await t.test(`${harm}, at the ${kind}: said, and nothing is lost or told twice`, () =>
      playLasting(scene.harmed, named(harms, harm), named(requestKinds, kind)),
    );

  await t.test('a client that trusts another authority says so, and loses nothing', async () =>
    playWrongClient(scene, {
      wrong: await plane.kubeConfig(ADMIN, { ca: foreignAuthority() }),
      code: 'API_UNAVAILABLE',
      reason: 'tls',
      message: /TLS failure/,
      remedy: /certificate authority in the kubeconfig/,
      status: 'critical',
    }),
  );

  await t.test('a client whose token is refused says so, and loses nothing', async () =>
    playWrongClient(scene, {
      wrong: await plane.kubeConfig(ADMIN, { token: 'sEcReT-but-nobodys' }),
      code: 'API_UNAUTHORIZED',
      message: /credentials refused \(401\)/,
      remedy: /renew the token/,
      status: 'unknown',
    }),
  );

  for (const { title, play } of [...circumstances, ...etcdRestored]) await t.test(title, () => play(scene));
});
