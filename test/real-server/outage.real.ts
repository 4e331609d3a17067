import assert from 'node:assert/strict';
import { realServerTest } from '../envtest/real.ts';
import { apiServerOutage, etcdOutage, eventsEtcdOutage } from '../scenarios/outage.ts';
import { quickEtcdChecks, realWorld } from './real-world.ts';

for (const how of ['paused', 'stopped'] as const)
  realServerTest(
    `an etcd that is ${how} is critical by name, fails the events in time, and costs no event`,
    { apiServerFlags: quickEtcdChecks },
    (plane) => etcdOutage(realWorld(plane), how),
  );

for (const end of ['stopped', 'killed'] as const)
  realServerTest(`an API server that is ${end} is critical, refused in every unit, and costs no event`, {}, (plane) =>
    apiServerOutage(realWorld(plane), end),
  );

realServerTest(
  'an etcd of events that does not answer fails the events, and this server tells it by name',
  { apiServerFlags: quickEtcdChecks, separateEvents: true },
  async (plane) => {
    assert.deepEqual(await eventsEtcdOutage(realWorld(plane)), {
      up: 'critical: not ready: etcd-override-0, etcd-override-readiness-0',
      'component:apiserver': 'ok: ok',
      'component:etcd': 'critical: etcd not ready: etcd-override-0, etcd-override-readiness-0',
    });
  },
);
