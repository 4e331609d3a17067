/**
 * Ours, as a host has it: the built package, the defaults of event collection, a sender that throws away. The token is in memory and no
 * other unit runs. With a version it watches from there, else it reads the backlog in poll mode.
 */
import '@kubernetes/client-node'; // Loaded with the first request else: its import is not what is measured.
import type { EventCollectorOptions, RunReport, Sender } from '../../src/index.ts';
import { KubeASCheck, MemoryTokenStore } from '../built.ts';
import { readTask } from '../own-process.ts';
import { startTally, type Task } from './tally.ts';

const task = readTask<Task>();
const { resourceVersion, options = {} } = task;

const nothing = (): void => undefined;
const discarding: Sender = {
  ...{ gauge: nothing, count: nothing, serviceCheck: nothing, event: nothing },
  commit: async () => undefined,
};
const config = { leader: { skip: true }, controlPlane: false, quotas: false } as const;

/** Loads what a first run loads, and connects: in a namespace without events. */
const first = new KubeASCheck({
  ...{ sender: discarding, tokenStore: new MemoryTokenStore() },
  config: { ...config, events: { ...options, namespaces: ['kube-node-lease'], readTimeoutMs: 100 } },
});
assertOk(await first.run());
await first.stop();

const tally = startTally(task);
const sender: Sender = {
  ...discarding,
  event({ sources }) {
    for (const { id } of sources) tally.see(id);
  },
  async commit() {
    if (tally.isComplete()) tally.report();
  },
};

const tokenStore = new MemoryTokenStore();
if (resourceVersion !== undefined) await tokenStore.save('event', { resourceVersion });
const events: EventCollectorOptions = { ...options, mode: resourceVersion === undefined ? 'poll' : 'watch' };
const check = new KubeASCheck({ sender, tokenStore, config: { ...config, events } });
do assertOk(await check.run());
while (resourceVersion === undefined && !tally.isComplete());

function assertOk(report: RunReport): void {
  if (!report.ok) throw new Error(JSON.stringify(report.units));
}
