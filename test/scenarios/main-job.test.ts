import { test } from 'node:test';
import { startFakeWorld } from './fake-world.ts';
import { killedMainJob, mainJob } from './main-job.ts';

const timeout = 180_000;

for (const wire of ['protobuf', 'json'] as const) {
  test(`fresh processes deliver the last version of every event once, over a restart, an outage and compactions, in ${wire}`, {
    timeout,
  }, async () => {
    await using world = await startFakeWorld();
    await mainJob(world, { writes: 1000, seed: 1, calmRuns: 0, wire });
  });
}

test('after kill -9 nothing is missing, and only what no saved token covered comes again', { timeout }, async () => {
  await using world = await startFakeWorld();
  await killedMainJob(world, { writes: 1000, seed: 2, rounds: 5 });
});
