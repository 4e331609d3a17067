import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, names, startServer } from './client.ts';

for (const [what, path, kind, apiVersion, reason] of [
  ['a pod', '/api/v1/namespaces/shop/pods/web-0', 'Pod', 'v1', 'pods "web-0" not found'],
  ['a node', '/api/v1/nodes/web-0', 'Node', 'v1', 'nodes "web-0" not found'],
  ['a job', '/apis/batch/v1/namespaces/shop/jobs/web-0', 'Job', 'batch/v1', 'jobs.batch "web-0" not found'],
] as const)
  test(`${what} is served by its name, once there is one; its uid is its own or given`, async (t) => {
    const server = await startServer(t);
    const set = { Pod: server.setPods, Node: server.setNodes, Job: server.setJobs }[kind].bind(server);
    const absent = await ask(server, path);
    assert.deepEqual([absent.status, absent.json.message], [404, reason]);
    const metadata = { name: 'web-0', ...(kind === 'Node' ? {} : { namespace: 'shop' }) };
    set([{ metadata: { ...metadata, uid: 'u-1' }, spec: { nodeName: 'worker-1', providerID: 'aws:///z/i-1' } }]);
    const { status, json } = await ask(server, path);
    assert.deepEqual([status, json.kind, json.apiVersion, json.metadata.uid], [200, kind, apiVersion, 'u-1']);
    assert.deepEqual(json.spec, { nodeName: 'worker-1', providerID: 'aws:///z/i-1' });
    assert.deepEqual(names(await ask(server, path.slice(0, path.lastIndexOf('/')))).length, 1);
    set([{ metadata }]);
    assert.notEqual((await ask(server, path)).json.metadata.uid, 'u-1');
    set([]);
    assert.equal((await ask(server, path)).status, 404);
  });

test('pods, nodes and jobs can be denied', async (t) => {
  const server = await startServer(t);
  server.allowOnly([{ verbs: ['get'], group: '', resource: 'nodes' }]);
  assert.equal((await ask(server, '/api/v1/nodes/worker-1')).status, 404);
  assert.match(
    (await ask(server, '/apis/batch/v1/namespaces/shop/jobs/rep-2970')).json.message,
    /^jobs\.batch "rep-2970" is forbidden: .* cannot get resource "jobs" in API group "batch" in the namespace "shop"$/,
  );
});

test('they are read only', async (t) => {
  const server = await startServer(t);
  const refused = await ask(server, '/api/v1/namespaces/default/pods', { method: 'POST', body: {} });
  assert.equal(refused.status, 405);
  assert.throws(() => server.assertNoUnplannedRequests(), /POST \/api\/v1\/namespaces\/default\/pods/);
});
