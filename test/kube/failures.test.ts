import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { isKubeCheckError, type KubeCheckError } from '../../src/errors.ts';
import { createKubeApi } from '../../src/kube/api.ts';
import type { KubeApi, KubeRequest } from '../../src/kube-api.ts';
import { createAuthority } from './certificates.ts';
import { json, kubeConfig, never, serve } from './server.ts';

const path = '/api/v1/events';
const authority = createAuthority();
const tls = authority.issue('apiserver');
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

interface Bytes {
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
}

/** A server that is less than HTTP: told of each request's arrival, by its number and that of its connection, it does what it likes. */
async function serveBytes(
  t: TestContext,
  react: (socket: Socket, request: { readonly number: number; readonly connection: number }) => void,
): Promise<Bytes> {
  let connections = 0;
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', () => react(socket, { number: ++requests, connection }));
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get connections() {
      return connections;
    },
    get requests() {
      return requests;
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<KubeCheckError> {
  const [result] = await Promise.allSettled([work]);
  assert.equal(result?.status, 'rejected');
  assert.ok(isKubeCheckError(result.reason, 'API_UNAVAILABLE'), String(result.reason));
  return result.reason;
}

const readAll = async (api: KubeApi, request: Partial<KubeRequest> = {}): Promise<string> => {
  const { body } = await api.open({ path, signal: never, ...request });
  return Buffer.concat(await Array.fromAsync(body)).toString();
};

describe('no connection', () => {
  test('refused', async (t) => {
    const server = await serve(t, json(200, {}));
    await server.close();
    const { message, remedy, details } = await failureOf(readAll(createKubeApi(kubeConfig(server.url))));
    assert.equal(details['reason'], 'refused');
    assert.equal(
      message,
      `list events at the cluster scope: connection refused: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    );
    assert.match(remedy ?? '', /check that the API server runs/);
  });

  test('a host name that is not known', async () => {
    const api = createKubeApi(kubeConfig('https://nowhere.invalid:6443'));
    const { message, remedy, details } = await failureOf(api.json({ path, signal: never, timeoutMs: 120_000 }));
    assert.equal(details['reason'], 'dns');
    assert.match(message, /the host name is not known: .*nowhere\.invalid/);
    assert.match(remedy ?? '', /name service/);
  });

  const tlsTable: readonly {
    readonly what: string;
    readonly secure: boolean;
    readonly scheme: 'http' | 'https';
    readonly options?: object;
    readonly clientAuthority?: string;
    readonly reason: string;
  }[] = [
    {
      what: 'a certificate of another authority',
      secure: true,
      scheme: 'https',
      options: { ca: createAuthority('another').certificate },
      reason: 'tls',
    },
    {
      what: 'an authority of the same name with another key',
      secure: true,
      scheme: 'https',
      options: { ca: createAuthority().certificate },
      reason: 'tls',
    },
    { what: "a certificate that the machine doesn't trust", secure: true, scheme: 'https', reason: 'tls' },
    {
      what: 'a certificate for another name',
      secure: true,
      scheme: 'https',
      options: { ca: authority.certificate, servername: 'elsewhere' },
      reason: 'tls',
    },
    { what: 'a server that speaks no TLS', secure: false, scheme: 'https', reason: 'tls' },
    {
      what: 'a client key that is none',
      secure: true,
      scheme: 'https',
      options: { ca: authority.certificate, cert: tls.certificate, key: '-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n' },
      reason: 'tls',
    },
    {
      what: 'a client key that belongs to another certificate',
      secure: true,
      scheme: 'https',
      options: { ca: authority.certificate, cert: tls.certificate, key: authority.issue('other').key },
      reason: 'tls',
    },
    {
      what: 'an authority in the kubeconfig that is none',
      secure: true,
      scheme: 'https',
      options: { ca: '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n' },
      reason: 'tls',
    },
    { what: 'a server that speaks TLS, asked without', secure: true, scheme: 'http', reason: 'reset' },
  ];
  for (const { what, secure, scheme, options = {}, reason } of tlsTable) {
    test(`${what}: ${reason}`, async (t) => {
      const server = await serve(t, json(200, {}), secure ? { tls } : {});
      const api = createKubeApi(kubeConfig(`${scheme}://127.0.0.1:${server.port}`, () => options));
      for (let times = 0; times < 4; times++) {
        const { details, message, remedy } = await failureOf(api.json({ path, signal: never }));
        assert.equal(details['reason'], reason, message);
        assert.ok(remedy);
        assert.doesNotMatch(message, /BEGIN|bm9uZQ/);
      }
      assert.equal(server.requests.length, 0);
    });
  }

  test('the certificate is not checked where the kubeconfig says so', async (t) => {
    const server = await serve(t, json(200, {}), { tls });
    const api = createKubeApi(kubeConfig(server.url, () => ({ rejectUnauthorized: false })));
    assert.equal(await readAll(api), '{}');
  });
});

describe('a connection that breaks', () => {
  const breaks: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['ends', (socket) => socket.end()],
    ['is reset', (socket) => socket.resetAndDestroy()],
    ['says what is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH\r\n')],
    ['says a head without end', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
    ['says a head longer than any', (socket) => socket.end(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`)],
  ];
  for (const [how, cut] of breaks) {
    test(`and ${how} before the answer is a reset, and is not asked again`, async (t) => {
      const server = await serveBytes(t, cut);
      const { details, message, remedy } = await failureOf(readAll(createKubeApi(kubeConfig(server.url))));
      assert.equal(details['reason'], 'reset', message);
      assert.ok(remedy);
      assert.equal(server.requests, 1);
    });
  }

  const bodies: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['and ends short of its length', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')],
    [
      'and is reset',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () => socket.resetAndDestroy()),
    ],
    [
      'and ends without its last chunk',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
    ],
    [
      'with a chunk that is none, together with the head',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnone\r\n'),
    ],
    [
      'with a chunk that is none, later',
      (socket) =>
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', () =>
          setImmediate(() => socket.write('none\r\n')),
        ),
    ],
  ];
  for (const [how, cut] of bodies) {
    test(`in the middle of the body ${how} is a reset, and gives the turn back`, async (t) => {
      const server = await serveBytes(t, (socket, { connection }) => {
        if (connection <= 4) cut(socket);
        else socket.write(ok);
      });
      const api = createKubeApi(kubeConfig(server.url));
      for (const read of [readAll(api), api.json({ path, signal: never }), readAll(api), readAll(api)]) {
        const { details, message } = await failureOf(read);
        assert.equal(details['reason'], 'reset', message);
      }
      assert.equal(await readAll(api), '{}');
    });
  }
});

describe('a kept connection that was closed by the other side meanwhile', () => {
  for (const [how, cut] of [
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    test(`${how}: a GET is asked once more, on a new connection`, async (t) => {
      const server = await serveBytes(t, (socket, { number }) => (number === 2 ? cut(socket) : socket.write(ok)));
      const api = createKubeApi(kubeConfig(server.url));
      assert.equal(await readAll(api), '{}');
      assert.equal(await readAll(api), '{}');
      assert.deepEqual([server.requests, server.connections], [3, 2]);
    });

    for (const method of ['PUT', 'POST'] as const) {
      test(`${how}: a ${method} may have been heard, and is not asked again`, async (t) => {
        const server = await serveBytes(t, (socket, { number }) => (number === 2 ? cut(socket) : socket.write(ok)));
        const api = createKubeApi(kubeConfig(server.url));
        await readAll(api);
        const { details } = await failureOf(readAll(api, { method }));
        assert.equal(details['reason'], 'reset');
        assert.equal(server.requests, 2);
      });
    }
  }

  test('all kept connections may be: none of them decides', async (t) => {
    let restarted = false;
    const all = Promise.withResolvers<void>();
    const waiting: Socket[] = [];
    const server = await serveBytes(t, (socket, { number, connection }) => {
      if (number <= 3) {
        waiting.push(socket);
        if (number === 3) all.resolve();
      } else if (restarted && connection <= 3) socket.resetAndDestroy();
      else socket.write(ok);
    });
    const api = createKubeApi(kubeConfig(server.url));
    const three = [readAll(api), readAll(api), readAll(api)];
    await all.promise;
    for (const socket of waiting) socket.write(ok);
    await Promise.all(three);
    restarted = true;
    assert.equal(await readAll(api), '{}');
    assert.deepEqual([server.requests, server.connections], [3 + 4, 4]);
  });

  test('a new connection that is closed without a word is a failure at once', async (t) => {
    const server = await serveBytes(t, (socket, { connection }) => {
      if (connection === 1) socket.write(ok.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      else socket.end();
    });
    const api = createKubeApi(kubeConfig(server.url));
    await readAll(api);
    const { details } = await failureOf(readAll(api));
    assert.equal(details['reason'], 'reset');
    assert.equal(server.requests, 2);
  });
});
