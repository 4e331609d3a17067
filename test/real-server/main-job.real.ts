import { realServerTest } from '../envtest/real.ts';
import { killedMainJob, mainJob } from '../scenarios/main-job.ts';
import { realWorld } from './real-world.ts';

realServerTest(
  'fresh processes deliver the last version of every event once, over restarts, an outage and compactions',
  { timeoutMs: 300_000 },
  (plane) => mainJob(realWorld(plane), { writes: 5000, seed: 1, calmRuns: 3 }),
);

realServerTest('after kill -9 nothing is missing, and only what no saved token covered comes again', {}, (plane) =>
  killedMainJob(realWorld(plane), { writes: 2000, seed: 2, rounds: 8 }),
);
