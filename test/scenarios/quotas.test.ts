import { test } from 'node:test';
import { ManualClock } from '../../src/testing/index.ts';
import { startFakeWorld } from './fake-world.ts';
import { clusterQuotas } from './quotas.ts';

test('cluster quotas of several pages are exact gauges; without them the unit says that this is not OpenShift', async () => {
  await using world = await startFakeWorld(new ManualClock());
  await clusterQuotas(world);
});
