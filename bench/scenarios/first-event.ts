/** How long a host waits for the first event of a large backlog, and for its last one. */
import { onBacklog } from '../cluster.ts';
import { named, type Scenario } from '../scenario.ts';
import { nodeSubject, runSubject } from '../subject-process.ts';
import type { Task } from '../subjects/tally.ts';

interface Subject extends Pick<Task, 'pageSize' | 'options'> {
  readonly file: string;
}

const subjects: Readonly<Record<string, Subject>> = {
  'kube-apiserver-check, poll': { file: 'kube-apiserver-check' },
  'kube-apiserver-check, watch': { file: 'kube-apiserver-check', options: { mode: 'watch' } },
  'undici + JSON.parse': { file: 'undici', pageSize: 500 },
  'client-node informer': { file: 'client-node-informer' },
};

export const scenario: Scenario = {
  name: 'first-event',
  title: 'The first event of a backlog',
  about:
    'From the call of `run()`, with everything imported and no connection open, until the sender is handed the first event of a backlog on a ' +
    'real API server; and until it is handed the last. Of the peers: from their first request to the first and the last event in the hands ' +
    'of the host.',
  metrics: [
    { name: 'firstEventMs', label: 'first event after', unit: 'ms', isMain: true },
    { name: 'lastEventMs', label: 'last event after', unit: 'ms' },
  ],
  subjects: Object.keys(subjects),
  prepare: onBacklog(async ({ events, kubeconfig }, name) => {
    const { file, ...asked } = named(subjects, name);
    const task: Task = { events, ...asked };
    const { firstEventMs, wallMs } = await runSubject({ program: nodeSubject(file), task, kubeconfig });
    return { firstEventMs, lastEventMs: wallMs };
  }),
};
