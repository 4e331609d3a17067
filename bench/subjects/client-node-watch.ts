/** A peer: `Watch` of client-node from a version on. */
import { type CoreV1Event, KubeConfig, Watch } from '@kubernetes/client-node';
import { readTask } from '../own-process.ts';
import { startTally, type Task } from './tally.ts';

const task = readTask<Task>();
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const tally = startTally(task);
await new Watch(kubeConfig).watch(
  '/api/v1/events',
  { resourceVersion: task.resourceVersion },
  (type, event: CoreV1Event) => {
    if (type !== 'ADDED') throw new Error(`unexpected: ${type}`);
    tally.see(event.metadata.uid);
    if (tally.isComplete()) tally.report();
  },
  (error) => {
    throw error ?? new Error('the watch was closed');
  },
);
