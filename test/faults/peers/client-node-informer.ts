/** A peer: `makeInformer` of client-node as its readme shows it, a line for each add and update; it keeps its place in memory. */
import { CoreV1Api, type CoreV1Event, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { endWithParent, readOptions, say } from '../said.ts';
import { appendBatch, idOf } from './output.ts';

/** Its examples wait 5 s after an error; this is kinder to it. */
const restartMs = 1000;

endWithParent();
const options = readOptions();
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const core = kubeConfig.makeApiClient(CoreV1Api);
const informer = makeInformer<CoreV1Event>(kubeConfig, '/api/v1/events', () => core.listEventForAllNamespaces());

let batch: string[] = [];
function add(event: CoreV1Event): void {
  if (batch.length === 0) setImmediate(flush);
  batch.push(idOf(event));
}
function flush(): void {
  const ids = batch;
  batch = [];
  appendBatch(options, ids);
}

informer.on('add', add);
informer.on('update', add);
informer.on('error', () => void setTimeout(() => void informer.start(), restartMs));
process.once('SIGTERM', () => {
  void informer.stop().then(() => {
    flush();
    process.exit(0);
  });
});
say({ at: 'begun' });
await informer.start();
