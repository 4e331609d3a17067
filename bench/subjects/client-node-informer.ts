/** A peer: `makeInformer` of client-node as its readme shows it, with the unpaged list that it takes. */
import { CoreV1Api, type CoreV1Event, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { readTask } from '../own-process.ts';
import { eventsPath, startTally, type Task } from './tally.ts';

const task = readTask<Task>();
const { namespace } = task;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const api = kubeConfig.makeApiClient(CoreV1Api);
const tally = startTally(task);
const informer = makeInformer<CoreV1Event>(kubeConfig, eventsPath(task), () =>
  namespace === undefined ? api.listEventForAllNamespaces() : api.listNamespacedEvent({ namespace }),
);
informer.on('add', (event) => {
  tally.see(event.metadata.uid);
  if (tally.isComplete()) tally.report();
});
informer.on('error', (error) => {
  throw error;
});
await informer.start();
