/** A peer: the typed list of client-node, in pages. */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { readTask } from '../own-process.ts';
import { startTally, type Task } from './tally.ts';

const task = readTask<Task>();
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const api = kubeConfig.makeApiClient(CoreV1Api);
const tally = startTally(task);
let more = '';
do {
  const limit = task.pageSize ?? 500;
  const page = await api.listEventForAllNamespaces(more === '' ? { limit } : { limit, _continue: more });
  for (const event of page.items) tally.see(event.metadata.uid);
  more = page.metadata?._continue ?? '';
} while (more !== '');
tally.report();
