/** A peer: `Watch` of client-node; an event is there when its callback is called. */
import { type CoreV1Event, KubeConfig, Watch } from '@kubernetes/client-node';
import { sayReady } from '../own-process.ts';
import { nowUs, startLagTally } from './lag-tally.ts';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const { task, see } = startLagTally();
await new Watch(kubeConfig).watch(
  '/api/v1/events',
  { resourceVersion: task.resourceVersion },
  (_, { metadata }: CoreV1Event) => see(metadata.name, nowUs()),
  (error) => {
    throw error ?? new Error('the watch was closed');
  },
);
sayReady();
