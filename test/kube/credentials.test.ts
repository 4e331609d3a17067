import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../src/clock.ts';
import { isKubeCheckError } from '../../src/errors.ts';
import { createKubeApi, createOwnedKubeApi } from '../../src/kube/api.ts';
import type { KubeApi, KubeConfigSource } from '../../src/kube-api.ts';
import { eventLoopCalm } from '../../src/testing/event-loop.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createAuthority } from './certificates.ts';
import { json, kubeConfig, never, serve, type TestServer } from './server.ts';

const authority = createAuthority();
const tls = authority.issue('apiserver');
const path = '/api/v1/events';
const ask = (api: KubeApi) => api.json({ path, signal: never });
const lastToken = ({ requests }: TestServer) => requests.at(-1)?.headers.authorization;

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kasc-credentials-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function setEnvironment(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
  process.env[name] = value;
}

/** As the kubelet replaces a projected token: at once, never half. */
function replace(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

function withTokenFile(server: TestServer, tokenFile: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: server.url, caData: Buffer.from(authority.certificate).toString('base64') }],
    users: [{ name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile } } }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return config;
}

function inCluster(t: TestContext, server: TestServer, folder: string): KubeConfig {
  const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  writeFileSync(join(account, 'ca.crt'), authority.certificate);
  setEnvironment(t, 'KUBERNETES_SERVICE_HOST', '127.0.0.1');
  setEnvironment(t, 'KUBERNETES_SERVICE_PORT', String(server.port));
  const config = new KubeConfig();
  config.loadFromCluster(folder);
  return config;
}

describe('a token file rewritten between two requests is used by the next', () => {
  const table: readonly {
    readonly who: string;
    readonly source: (t: TestContext, server: TestServer, folder: string, file: string) => KubeConfigSource;
  }[] = [
    {
      who: "client-node's KubeConfig with a tokenFile",
      source: (_t, server, _folder, file) => withTokenFile(server, file),
    },
    {
      who: "client-node's KubeConfig from inside a cluster",
      source: (t, server, folder) => inCluster(t, server, folder),
    },
    {
      who: 'a function that makes a KubeConfig, once',
      source: (_t, server, _folder, file) => () => withTokenFile(server, file),
    },
  ];
  for (const { who, source } of table) {
    test(who, async (t) => {
      const folder = temporaryFolder(t);
      const file = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount/token');
      mkdirSync(dirname(file), { recursive: true });
      const server = await serve(t, json(200, {}), { tls });
      replace(file, 'first');
      const api = createKubeApi(source(t, server, folder, file));
      await ask(api);
      assert.equal(lastToken(server), 'Bearer first');
      replace(file, 'second\n');
      await ask(api);
      assert.equal(lastToken(server), 'Bearer second');
      assert.equal(server.connections, 1, 'a new token needs no new connection');
    });
  }

  test('a kubeconfig that is none of client-node', async (t) => {
    let token = 'first';
    const server = await serve(t, json(200, {}));
    const api = createKubeApi(kubeConfig(server.url, () => ({ headers: { Authorization: `Bearer ${token}` } })));
    await ask(api);
    token = 'second';
    await ask(api);
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer second'],
    );
  });

  for (const [what, spoil] of [
    ['away', (file: string) => rmSync(file)],
    ['empty', (file: string) => writeFileSync(file, '')],
  ] as const) {
    test(`while the file is ${what}, the last token serves`, async (t) => {
      const file = join(temporaryFolder(t), 'token');
      const server = await serve(t, json(200, {}), { tls });
      replace(file, 'first');
      const api = createKubeApi(withTokenFile(server, file));
      await ask(api);
      spoil(file);
      await ask(api);
      assert.equal(lastToken(server), 'Bearer first');
    });
  }
});

describe('after a 401 credentials are read again, once', () => {
  const onlyFor =
    (token: string): Parameters<typeof serve>[1] =>
    (request, response) =>
      json(request.headers.authorization === `Bearer ${token}` ? 200 : 401, { kind: 'Status' })(request, response);

  test('a source that is a function is called again, and what it gives is kept', async (t) => {
    const server = await serve(t, onlyFor('second'));
    const tokens = ['first', 'second'];
    const api = createKubeApi(() => {
      const token = tokens.shift();
      return kubeConfig(server.url, () => ({ headers: { Authorization: `Bearer ${token}` } }));
    });
    await ask(api);
    await ask(api);
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer second', 'Bearer second'],
    );
  });

  test('a token revoked before its replacement was read is no failure', async (t) => {
    const file = join(temporaryFolder(t), 'token');
    replace(file, 'first');
    const server = await serve(
      t,
      (request, response) => {
        if (server.requests.length === 1) replace(file, 'second');
        onlyFor('second')(request, response);
      },
      { tls },
    );
    assert.deepEqual(await ask(createKubeApi(withTokenFile(server, file))), { kind: 'Status' });
    assert.equal(server.requests.length, 2);
  });

  test('a second 401 is API_UNAUTHORIZED, and says no token', async (t) => {
    const server = await serve(t, json(401, { kind: 'Status', message: 'Unauthorized: Bearer s3cr3t-t0ken' }));
    const api = createKubeApi(kubeConfig(server.url, () => ({ headers: { Authorization: 'Bearer s3cr3t-t0ken' } })));
    await assert.rejects(ask(api), (error) => {
      assert.ok(isKubeCheckError(error, 'API_UNAUTHORIZED'));
      assert.match(error.message, /^list events at the cluster scope: credentials refused \(401\)/);
      assert.match(error.remedy ?? '', /renew the token/);
      assert.ok(!JSON.stringify([error, error.message, error.stack, error.cause]).includes('s3cr3t'));
      return true;
    });
    assert.equal(server.requests.length, 2);
  });

  test('open() gives the second 401 as an answer', async (t) => {
    const server = await serve(t, json(401, {}));
    const answer = await createKubeApi(kubeConfig(server.url)).open({ path, signal: never });
    assert.equal(answer.status, 401);
    assert.equal(Buffer.concat(await Array.fromAsync(answer.body)).toString(), '{}');
    assert.equal(server.requests.length, 2);
  });

  test('the 401 is read to its end first: the second try needs no further connection', async (t) => {
    let first: ServerResponse | undefined;
    const server = await serve(t, (_request, response) => {
      if (first) return void response.end('{}');
      first = response;
      response.writeHead(401).write('{"kind":');
    });
    const answer = ask(createKubeApi(kubeConfig(server.url)));
    await eventLoopCalm();
    first?.end('"Status"}');
    assert.deepEqual(await answer, {});
    assert.equal(server.connections, 1);
  });

  test('a 401 whose body never ends is bounded by the deadline', async (t) => {
    const server = await serve(t, (_request, response) => response.writeHead(401).write('…'));
    const clock = new ManualClock();
    const api = createOwnedKubeApi(kubeConfig(server.url), clock);
    await assert.rejects(clock.runUntil(ask(api)), { code: 'API_UNAVAILABLE' });
    assert.equal(clock.pending, 0);
  });
});

describe('client certificates changed between two requests', () => {
  test('are used by the next, on a new connection; the old idle one is closed', async (t) => {
    const server = await serve(
      t,
      (request, response) =>
        json(200, (request.socket as TLSSocket).getPeerCertificate().subject.CN)(request, response),
      { tls, clientAuthority: authority.certificate },
    );
    let pair = authority.issue('first');
    const api = createKubeApi(
      kubeConfig(server.url, () => ({ ca: authority.certificate, cert: pair.certificate, key: pair.key })),
    );
    assert.equal(await ask(api), 'first');
    assert.equal(await ask(api), 'first');
    assert.equal(server.connections, 1);
    const [old] = server.sockets;
    const closed = new Promise((resolve) => old?.on('close', resolve));
    pair = authority.issue('second');
    assert.equal(await ask(api), 'second');
    assert.equal(server.connections, 2);
    await closed;
  });

  test('end no watch: it goes on with what it began with, and its connection is not kept afterwards', async (t) => {
    let watch: ServerResponse | undefined;
    const server = await serve(
      t,
      (request, response) => {
        if (!request.url?.includes('watch')) return void response.end('{}');
        watch = response;
        response.writeHead(200).write('one');
      },
      { tls, clientAuthority: authority.certificate },
    );
    let pair = authority.issue('first');
    const api = createKubeApi(
      kubeConfig(server.url, () => ({ ca: authority.certificate, cert: pair.certificate, key: pair.key })),
    );
    const { body } = await api.open({ path, query: { watch: 'true' }, signal: never });
    const [old] = server.sockets;
    const closed = new Promise((resolve) => old?.on('close', resolve));
    pair = authority.issue('second');
    await ask(api);
    watch?.end(' two');
    assert.equal(Buffer.concat(await Array.fromAsync(body)).toString(), 'one two');
    await closed;
  });
});

describe('what a kubeconfig adds to a request is sent', () => {
  test('a user name and password', async (t) => {
    const server = await serve(t, json(200, {}));
    await ask(createKubeApi(kubeConfig(server.url, () => ({ auth: 'user:password' }))));
    assert.equal(lastToken(server), `Basic ${Buffer.from('user:password').toString('base64')}`);
  });

  test('impersonation, beside our own headers', async (t) => {
    const server = await serve(t, json(200, {}));
    await ask(createKubeApi(kubeConfig(server.url, () => ({ headers: { 'Impersonate-User': 'somebody' } }))));
    const { headers } = server.requests[0] ?? assert.fail('no request');
    assert.equal(headers['impersonate-user'], 'somebody');
    assert.equal(headers.accept, 'application/json');
    assert.equal(headers['user-agent'], 'kube-apiserver-check');
  });

  test("a server's name for TLS that is not the address", async (t) => {
    const server = await serve(t, json(200, {}), { tls });
    const config = (servername: string) => kubeConfig(server.url, () => ({ ca: authority.certificate, servername }));
    assert.deepEqual(await ask(createKubeApi(config('localhost'))), {});
    await assert.rejects(ask(createKubeApi(config('elsewhere'))), { code: 'API_UNAVAILABLE' });
  });
});

describe('no client can be made', () => {
  const broken: readonly { readonly why: string; readonly source: KubeConfigSource; readonly message: RegExp }[] = [
    {
      why: 'without a current cluster',
      source: { getCurrentCluster: () => null, applyToHTTPSOptions: async () => undefined },
      message: /no current cluster/,
    },
    { why: 'with an address without a scheme', source: kubeConfig('localhost:6443'), message: /no http\(s\) address/ },
    { why: 'with an address that is none', source: kubeConfig('::'), message: /no http\(s\) address/ },
    { why: 'with another scheme', source: kubeConfig('ftp://127.0.0.1'), message: /no http\(s\) address/ },
    {
      why: 'from a function that throws',
      source: () => {
        throw new Error('no file');
      },
      message: /kubeconfig: no file$/,
    },
    {
      why: 'from a promise that rejects with no error',
      source: () => Promise.reject('nothing'),
      message: /kubeconfig: nothing$/,
    },
    {
      why: 'whose credential plugin fails and tells a token',
      source: kubeConfig('http://127.0.0.1:1', () => Promise.reject(new Error('refused: token=s3cr3t, try again'))),
      message: /kubeconfig: refused: token=\*\*\*, try again$/,
    },
    {
      why: 'whose file is broken where the token is',
      source: () => {
        const config = new KubeConfig();
        config.loadFromString('users:\n- name: a\n  user:\n    token: s3cr3t\n   bad: [x\n');
        return config;
      },
      message: /kubeconfig: invalid YAML \(\d+:\d+\)$/,
    },
    {
      why: 'whose plugin prints its token bare',
      source: kubeConfig('http://127.0.0.1:1', () => JSON.parse('s3cr3t-token')),
      message: /kubeconfig: invalid JSON$/,
    },
  ];
  for (const { why, source, message } of broken) {
    test(why, async () => {
      const api = createOwnedKubeApi(source, systemClock);
      for (const attempt of [() => api.connect(), () => ask(api), () => api.open({ path, signal: never })]) {
        await assert.rejects(attempt(), (error) => {
          assert.ok(isKubeCheckError(error, 'CLIENT_UNAVAILABLE'));
          assert.match(error.message, message);
          assert.match(error.remedy ?? '', /KUBECONFIG/);
          assert.ok(!JSON.stringify([error, error.message, error.stack, error.cause]).includes('s3cr3t'));
          return true;
        });
      }
    });
  }

  test('but the next request tries again', async (t) => {
    const server = await serve(t, json(200, {}));
    let calls = 0;
    const api = createOwnedKubeApi(() => {
      if (++calls === 1) throw new Error('not yet');
      return kubeConfig(server.url);
    }, systemClock);
    await assert.rejects(api.connect(), { code: 'CLIENT_UNAVAILABLE' });
    await api.connect();
    await ask(api);
    assert.equal(calls, 2);
    assert.equal(server.requests.length, 1, 'connect() itself asks nothing');
  });

  describe('because a credential plugin hangs', () => {
    const hanging = kubeConfig('http://127.0.0.1:1', () => new Promise(() => undefined));
    test('a request ends at its deadline', async () => {
      const clock = new ManualClock();
      const asked = ask(createOwnedKubeApi(hanging, clock));
      await assert.rejects(clock.runUntil(asked), { code: 'API_UNAVAILABLE' });
      assert.equal(clock.monotonicMs(), 10_000);
    });
    test('a request ends with its signal', async () => {
      const ended = new AbortController();
      const asked = createKubeApi(hanging).open({ path, signal: ended.signal });
      ended.abort();
      await assert.rejects(asked, { code: 'ABORTED' });
    });
    test('connect() gives up, or ends with close()', async () => {
      const clock = new ManualClock();
      const api = createOwnedKubeApi(hanging, clock);
      await assert.rejects(clock.runUntil(api.connect()), {
        code: 'CLIENT_UNAVAILABLE',
        message: 'no client could be made from the kubeconfig: none within 30000 ms',
      });
      const connecting = api.connect();
      api.close();
      await assert.rejects(connecting, { code: 'CLIENT_UNAVAILABLE' });
      assert.equal(clock.pending, 0);
    });
  });
});

test("without a kubeconfig client-node's default is loaded, on the first request", async (t) => {
  const server = await serve(t, json(200, {}), { tls });
  const file = join(temporaryFolder(t), 'config');
  setEnvironment(t, 'KUBECONFIG', file);
  const api = createKubeApi();
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [
        {
          name: 'c',
          cluster: {
            server: server.url,
            'certificate-authority-data': Buffer.from(authority.certificate).toString('base64'),
          },
        },
      ],
      users: [{ name: 'u', user: { token: 'static' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  await ask(api);
  assert.equal(lastToken(server), 'Bearer static');
});
