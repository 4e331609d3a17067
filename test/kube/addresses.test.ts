import assert from 'node:assert/strict';
import { createServer, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeApi } from '../../src/kube/api.ts';
import { createAuthority } from './certificates.ts';
import { json, kubeConfig, never, serve } from './server.ts';

const authority = createAuthority();
const tls = authority.issue('apiserver');

describe("the server's address", () => {
  for (const [prefix, expected] of [
    ['', '/api/v1/events?limit=1'],
    ['/', '/api/v1/events?limit=1'],
    ['/k8s/clusters/c-m-abc', '/k8s/clusters/c-m-abc/api/v1/events?limit=1'],
    ['/k8s/clusters/c-m-abc/', '/k8s/clusters/c-m-abc/api/v1/events?limit=1'],
  ] as const) {
    test(`with the path '${prefix}'`, async (t) => {
      const server = await serve(t, json(200, {}));
      const api = createKubeApi(kubeConfig(`${server.url}${prefix}`));
      await api.json({ path: '/api/v1/events', query: { limit: '1' }, signal: never });
      assert.equal(server.requests[0]?.url, expected);
    });
  }

  test('may name a user and a password: they are not sent, and not told', async (t) => {
    const server = await serve(t, json(404, {}));
    const address = server.url.replace('://', '://user:s3cr3t@');
    const api = createKubeApi(kubeConfig(address));
    await assert.rejects(api.json({ path: '/api/v1/events', signal: never }), (error: Error) => {
      assert.doesNotMatch(`${error.message}${error.stack}${JSON.stringify(error)}`, /s3cr3t/);
      return true;
    });
    assert.equal(server.requests[0]?.headers.authorization, undefined);
  });

  for (const [address, host, port, header] of [
    ['http://[::1]:6443', '::1', '6443', '[::1]:6443'],
    ['http://[fd00::7]', 'fd00::7', undefined, '[fd00::7]'],
    ['http://apiserver.example:8080/prefix', 'apiserver.example', '8080', 'apiserver.example:8080'],
  ] as const) {
    test(`${address} leads to ${host}`, async (t) => {
      const server = await serve(t, json(200, {}));
      const asked: { host?: unknown; port?: unknown }[] = [];
      /** Leads to the test's server whatever is asked for: not every machine has IPv6. */
      class Detour extends HttpAgent {
        override createConnection(options: object): Socket {
          asked.push(options);
          return connect(server.port, '127.0.0.1');
        }
      }
      await createKubeApi(kubeConfig(address, () => ({ agent: new Detour() }))).json({ path: '/', signal: never });
      assert.equal(asked[0]?.host, host);
      assert.equal(String(asked[0]?.port), port ?? '80');
      assert.equal(server.requests[0]?.headers.host, header);
    });
  }
});

describe('an agent that the kubeconfig brings', () => {
  test('is used where it is a proxy, with all of the TLS material', async (t) => {
    const server = await serve(t, json(200, {}), { tls });
    const uses: RequestOptions[] = [];
    class Tunnel extends HttpsAgent {
      override createConnection(options: RequestOptions, callback?: (error: Error | null, stream: never) => void) {
        uses.push(options);
        return super.createConnection({ ...options, host: '127.0.0.1', port: server.port } as never, callback as never);
      }
    }
    const tunnel = new Tunnel();
    const api = createKubeApi(
      kubeConfig('https://apiserver.example', () => ({
        agent: tunnel,
        ca: authority.certificate,
        servername: 'localhost',
        headers: { Authorization: 'Bearer t' },
      })),
    );
    assert.deepEqual(await api.json({ path: '/', signal: never }), {});
    assert.equal(uses.length, 1);
    assert.equal(uses[0]?.ca, authority.certificate);
    assert.equal(server.requests[0]?.headers.authorization, 'Bearer t');
  });

  test('is not used where it is no more than the built-in one: ours keeps its connections', async (t) => {
    const server = await serve(t, json(200, {}));
    const api = createKubeApi(kubeConfig(server.url, () => ({ agent: new HttpAgent({ keepAlive: false }) })));
    await api.json({ path: '/', signal: never });
    await api.json({ path: '/', signal: never });
    assert.equal(server.connections, 1);
  });

  test("client-node's, for a proxy-url, leads through the proxy and verifies the server behind it", async (t) => {
    const server = await serve(t, json(200, {}), { tls });
    const proxy = await serveProxy(t);
    const config = (ca: string) => {
      const made = new KubeConfig();
      made.loadFromOptions({
        clusters: [{ name: 'c', server: server.url, caData: Buffer.from(ca).toString('base64'), proxyUrl: proxy.url }],
        users: [{ name: 'u', token: 'through-the-proxy' }],
        contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
        currentContext: 'x',
      });
      return made;
    };
    const request = { path: '/', signal: never };
    assert.deepEqual(await createKubeApi(config(authority.certificate)).json(request), {});
    assert.deepEqual(proxy.asked, [`127.0.0.1:${server.port}`]);
    assert.equal(server.requests[0]?.headers.authorization, 'Bearer through-the-proxy');
    await assert.rejects(createKubeApi(config(createAuthority('another').certificate)).json(request), {
      code: 'API_UNAVAILABLE',
    });
    assert.equal(server.requests.length, 1);
  });
});

/** An HTTP proxy that knows CONNECT alone. */
async function serveProxy(t: TestContext): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer().on('connect', (request, client) => {
    asked.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [client as Socket, onward]) sockets.add(socket.on('error', () => undefined));
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}
