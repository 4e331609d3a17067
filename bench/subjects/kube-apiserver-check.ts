/**
 * Ours, as a host has it: the built package, the defaults of event collection, a sender that throws away. The token is in memory and no
 * other unit runs. With a version it watches from there, else it reads the backlog, in poll mode unless told otherwise.
 */
import { setTimeout } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import type { EventCollectorOptions, RunReport, Sender } from '../../src/index.ts';
import { KubeASCheck, MemoryTokenStore } from '../built.ts';
import { readTask } from '../own-process.ts';
import { startTally, type Task } from './tally.ts';

const task = readTask<Task>();
const { resourceVersion, namespace, commitMs, warm, options = {} } = task;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();

const nothing = (): void => undefined;
const discarding: Sender = {
  ...{ gauge: nothing, count: nothing, serviceCheck: nothing, event: nothing },
  commit: async () => undefined,
};
const config = { leader: { skip: true }, controlPlane: false, quotas: false } as const;
if (warm) await runWhereNothingIs();

const tally = startTally(task);
const allCommitted = Promise.withResolvers<void>();
const sender: Sender = {
  ...discarding,
  event({ sources }) {
    for (const { id } of sources) tally.see(id);
  },
  async commit() {
    if (commitMs !== undefined) await setTimeout(commitMs);
    if (tally.isComplete()) allCommitted.resolve();
  },
};

const tokenStore = new MemoryTokenStore();
if (resourceVersion !== undefined) await tokenStore.save('event', { resourceVersion });
const events: EventCollectorOptions = {
  mode: resourceVersion === undefined ? 'poll' : 'watch',
  ...(namespace === undefined ? {} : { namespaces: [namespace] }),
  ...options,
};
const check = new KubeASCheck({ sender, kubeConfig, tokenStore, config: { ...config, events } });
const stopped = readAllAndStop();
await (warm ? Promise.race([allCommitted.promise, stopped]) : stopped);
tally.report();

async function readAllAndStop(): Promise<void> {
  do {
    assertOk(await check.run());
    // A run in watch mode waits for no event.
    if (events.mode === 'watch') await allCommitted.promise;
  } while (!tally.isComplete());
  await check.stop();
}

async function runWhereNothingIs(): Promise<void> {
  const first = new KubeASCheck({
    ...{ sender: discarding, kubeConfig, tokenStore: new MemoryTokenStore() },
    config: { ...config, events: { ...options, namespaces: ['kube-node-lease'], readTimeoutMs: 100 } },
  });
  assertOk(await first.run());
  await first.stop();
}

function assertOk(report: RunReport): void {
  if (!report.ok) throw new Error(JSON.stringify(report.units));
}
