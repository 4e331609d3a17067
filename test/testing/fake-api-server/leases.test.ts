import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, startServer, watch } from './client.ts';

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const lease = { name: 'kasc' };
const spec = {
  holderIdentity: 'a',
  leaseDurationSeconds: 15,
  acquireTime: '2024-05-29T06:08:20.000000Z',
  renewTime: '2024-05-29T06:08:20.123456Z',
  leaseTransitions: 1,
};

test('a Lease is made once, with its times as they were given, and read back', async (t) => {
  const server = await startServer(t);
  const absent = await ask(server, `${leases}/kasc`);
  assert.deepEqual(
    [absent.status, absent.json.message, absent.json.reason, absent.json.details],
    [
      404,
      'leases.coordination.k8s.io "kasc" not found',
      'NotFound',
      { name: 'kasc', group: 'coordination.k8s.io', kind: 'leases' },
    ],
  );
  const made = await ask(server, leases, { method: 'POST', body: { metadata: lease, spec } });
  assert.equal(made.status, 201);
  assert.deepEqual([made.json.kind, made.json.apiVersion, made.json.spec], ['Lease', 'coordination.k8s.io/v1', spec]);
  assert.deepEqual((await ask(server, `${leases}/kasc`)).json, made.json);
  assert.deepEqual(server.lease(lease)?.['spec'], spec);
  assert.equal((await ask(server, leases, { method: 'POST', body: { metadata: lease, spec } })).status, 409);
});

test('a Lease is written over only at the uid and the version that were read', async (t) => {
  const server = await startServer(t);
  server.writeLease(lease, spec);
  const read = (await ask(server, `${leases}/kasc`)).json;
  const put = (holderIdentity: string) =>
    ask(server, `${leases}/kasc`, { method: 'PUT', body: { ...read, spec: { ...spec, holderIdentity } } });
  const written = await put('b');
  assert.deepEqual([written.status, written.json.spec.holderIdentity], [200, 'b']);
  assert.ok(Number(written.json.metadata.resourceVersion) > Number(read.metadata.resourceVersion));
  const late = await put('c');
  assert.deepEqual(
    [late.status, late.json.reason, late.json.details],
    [409, 'Conflict', { name: 'kasc', group: 'coordination.k8s.io', kind: 'leases' }],
  );
  server.deleteLease(lease);
  assert.equal((await put('d')).status, 409, 'a uid that is gone is a conflict');
  server.writeLease(lease, spec);
  assert.equal((await put('e')).status, 409);
  assert.deepEqual(server.lease(lease)?.['spec'], spec);
});

test('an update makes a Lease where there is none, unless it is about one that was there', async (t) => {
  const server = await startServer(t);
  const put = (metadata: object) => ask(server, `${leases}/kasc`, { method: 'PUT', body: { metadata, spec } });
  assert.equal((await put({ ...lease, uid: 'gone' })).status, 409);
  assert.equal(server.lease(lease), undefined);
  assert.equal((await put(lease)).status, 201);
  assert.deepEqual(server.lease(lease)?.['spec'], spec);
});

test("somebody else's hand changes the fields that it names", async (t) => {
  const server = await startServer(t);
  server.writeLease(lease, spec);
  server.writeLease(lease, { holderIdentity: 'b' });
  assert.deepEqual(server.lease(lease)?.['spec'], { ...spec, holderIdentity: 'b' });
});

test('rights on leases are those of their group', async (t) => {
  const server = await startServer(t);
  server.writeLease(lease, spec);
  const group = 'coordination.k8s.io';
  const right = { verbs: ['get'], group, resource: 'leases', namespace: 'default', name: 'kasc' };
  const giveBack = server.allowOnly([right]);
  assert.equal((await ask(server, `${leases}/kasc`)).status, 200);
  const denied = await ask(server, leases, { method: 'POST', body: { metadata: lease } });
  assert.deepEqual([denied.status, denied.json.details.group], [403, group]);
  giveBack();
  server.allowOnly([{ ...right, group: '' }]);
  assert.equal((await ask(server, `${leases}/kasc`)).status, 403);
});

test('leases are not watched', async (t) => {
  const server = await startServer(t);
  const path = '/apis/coordination.k8s.io/v1/leases';
  await assert.rejects(watch(server, '', path), { code: 'ERR_ASSERTION' });
  assert.throws(() => server.assertNoUnplannedRequests(), /GET .*leases/);
});
