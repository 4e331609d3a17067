import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { controlPlaneHealthCheck } from '../../src/control-plane/health.ts';
import { createKubeApi } from '../../src/kube/api.ts';
import type { KubeApi } from '../../src/kube-api.ts';
import { errorOf, runUnit } from './scripted-api.ts';

/** The real client against a server of the test's own; `close()` makes the port refuse. */
async function serve(test: TestContext, listener: RequestListener): Promise<{ api: KubeApi; close(): Promise<void> }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), 'close');
  };
  test.after(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeConfig = { getCurrentCluster: () => ({ server: url }), applyToHTTPSOptions: async () => undefined };
  return { api: createKubeApi(kubeConfig), close };
}
const run = (api: KubeApi) => runUnit(controlPlaneHealthCheck(), { ...api, requests: [], unplanned: [] });

describe('the control plane over HTTP', () => {
  it('is asked once, verbosely, and understood', async (test) => {
    const asked: (string | undefined)[] = [];
    const { api } = await serve(test, (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(500).end('[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n');
    });
    const { serviceChecks, outcome } = await run(api);
    assert.deepEqual(asked, ['GET /readyz?verbose=']);
    assert.equal(serviceChecks[0]?.message, 'not ready: etcd');
    assert.deepEqual(outcome, { status: 'ok' });
  });

  it('may answer without end: what was listed counts, and the connection is given up', async (test) => {
    let closed: Promise<unknown> | undefined;
    const { api } = await serve(test, (_, response) => {
      closed = once(response, 'close');
      const more = (): void => {
        while (!response.destroyed && response.write('[+]ping ok\n'.repeat(1000)));
        response.once('drain', more);
      };
      more();
    });
    const { serviceChecks } = await run(api);
    await closed;
    assert.equal(serviceChecks[0]?.status, 'ok');
  });

  it('may break off in the middle of its answer: critical', async (test) => {
    const { api } = await serve(test, (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('[+]ping ok\n', () => response.destroy());
    });
    const broken = await run(api);
    assert.equal(errorOf(broken).code, 'API_UNAVAILABLE');
    assert.equal(broken.serviceChecks[0]?.status, 'critical');
  });

  it('may have gone: critical, by name', async (test) => {
    const { api, close } = await serve(test, () => undefined);
    await close();
    const gone = await run(api);
    assert.equal(errorOf(gone).details['reason'], 'refused');
    assert.match(gone.serviceChecks[0]?.message ?? '', /connection refused/);
  });
});
