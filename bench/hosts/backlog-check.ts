/** Ours, as a host has it: the built package and the defaults of event collection, a token in memory, a sender that throws away. */
import { KubeConfig } from '@kubernetes/client-node';
import type { EventCollectorOptions, Sender } from '../../src/index.ts';
import { KubeASCheck, MemoryTokenStore } from '../built.ts';
import { startBacklogTally } from './backlog-tally.ts';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const tally = startBacklogTally();
const { namespace, options } = tally.task;

const ignore = (): void => undefined;
/** Each is awaited by a run in poll mode, and by nobody in watch mode. */
const through = Promise.withResolvers<void>();
const sender: Sender = {
  ...{ gauge: ignore, count: ignore, serviceCheck: ignore },
  event({ sources }) {
    for (const { id } of sources) tally.see(id);
  },
  async commit() {
    if (tally.isComplete()) through.resolve();
  },
};

const events: EventCollectorOptions = { ...options, ...(namespace === undefined ? {} : { namespaces: [namespace] }) };
const check = new KubeASCheck({
  ...{ sender, kubeConfig, tokenStore: new MemoryTokenStore() },
  config: { leader: { skip: true }, controlPlane: false, quotas: false, events },
});
do {
  const report = await check.run();
  if (!report.ok) throw new Error(JSON.stringify(report.units));
  if (events.mode === 'watch') await through.promise;
} while (!tally.isComplete());
await check.stop();
tally.report();
