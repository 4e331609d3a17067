import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../src/testing/index.ts';
import { startFakeWorld } from './fake-world.ts';
import { apiServerOutage, etcdOutage, eventsEtcdOutage } from './outage.ts';

test('an etcd that does not answer is critical by name, fails the events in time, and costs no event', async () => {
  await using world = await startFakeWorld(new ManualClock());
  await etcdOutage(world, 'paused');
});

for (const end of ['stopped', 'killed'] as const)
  test(`an API server that is ${end} is critical, refused in every unit, and costs no event`, async () => {
    await using world = await startFakeWorld(new ManualClock());
    await apiServerOutage(world, end);
  });

test('an etcd of events that does not answer fails the events, though the server calls itself ready', async () => {
  await using world = await startFakeWorld(new ManualClock());
  const ready = 'ok: ok';
  assert.deepEqual(await eventsEtcdOutage(world), { up: ready, 'component:apiserver': ready, 'component:etcd': ready });
});
