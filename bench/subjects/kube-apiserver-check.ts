/**
 * Ours, as a host has it: the built package, the defaults of event collection, a sender that throws away. The token is in memory and no
 * other unit runs. With a version it watches from there, else it reads the backlog in poll mode.
 */
import '@kubernetes/client-node'; // Loaded with the first request else: its import is not what is measured.
import type { Sender } from '../../src/index.ts';
import { readTask, startTally } from './tally.ts';

const built = new URL('../../dist/index.js', import.meta.url).href;
const { KubeASCheck, MemoryTokenStore }: typeof import('../../src/index.ts') = await import(built);

const task = readTask();
const { resourceVersion } = task;
const tally = startTally(task);

const nothing = (): void => undefined;
const sender: Sender = {
  ...{ gauge: nothing, count: nothing, serviceCheck: nothing },
  event({ sources }) {
    for (const { id } of sources) tally.see(id.slice(0, id.indexOf(':')));
  },
  async commit() {
    if (tally.isComplete()) tally.report();
  },
};

const tokenStore = new MemoryTokenStore();
if (resourceVersion !== undefined) await tokenStore.save('event', { resourceVersion });
const check = new KubeASCheck({
  sender,
  tokenStore,
  config: {
    leader: { skip: true },
    controlPlane: false,
    quotas: false,
    events: resourceVersion === undefined ? {} : { mode: 'watch' },
  },
});
do {
  const report = await check.run();
  if (!report.ok) throw new Error(JSON.stringify(report.units));
} while (resourceVersion === undefined && !tally.isComplete());
