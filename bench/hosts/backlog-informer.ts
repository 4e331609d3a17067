/** A peer: `makeInformer` of client-node as its readme shows it, with the unpaged list that it takes. */
import { CoreV1Api, type CoreV1Event, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { startBacklogTally } from './backlog-tally.ts';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const api = kubeConfig.makeApiClient(CoreV1Api);
const tally = startBacklogTally();
const { namespace } = tally.task;
const informer =
  namespace === undefined
    ? makeInformer<CoreV1Event>(kubeConfig, '/api/v1/events', () => api.listEventForAllNamespaces())
    : makeInformer<CoreV1Event>(kubeConfig, `/api/v1/namespaces/${namespace}/events`, () =>
        api.listNamespacedEvent({ namespace }),
      );
informer.on('add', ({ metadata }) => {
  tally.see(metadata.uid);
  if (tally.isComplete()) tally.report();
});
informer.on('error', (error) => {
  throw error;
});
await informer.start();
