/** A peer: `makeInformer` of client-node as its readme shows it, with the unpaged list that it takes. */
import { CoreV1Api, type CoreV1Event, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { readTask } from '../own-process.ts';
import { startTally, type Task } from './tally.ts';

const task = readTask<Task>();
const tally = startTally(task);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const api = kubeConfig.makeApiClient(CoreV1Api);
const { namespace } = task;
const informer =
  namespace === undefined
    ? makeInformer<CoreV1Event>(kubeConfig, '/api/v1/events', () => api.listEventForAllNamespaces())
    : makeInformer<CoreV1Event>(kubeConfig, `/api/v1/namespaces/${namespace}/events`, () =>
        api.listNamespacedEvent({ namespace }),
      );
informer.on('add', (event) => {
  tally.see(event.metadata.uid);
  if (tally.isComplete()) tally.report();
});
informer.on('error', (error) => {
  throw error;
});
await informer.start();
