/** How long a host waits for the first event of a large backlog, and for its last one. */
import { startBacklog } from '../cluster.ts';
import type { BacklogAccount, BacklogTask } from '../hosts/backlog-tally.ts';
import { runHost } from '../hosts/run-host.ts';
import { named, type Scenario } from '../scenario.ts';

interface Subject {
  readonly host: string;
  readonly options?: BacklogTask['options'];
}

const subjects: Readonly<Record<string, Subject>> = {
  'kube-apiserver-check, poll': { host: 'backlog-check' },
  'kube-apiserver-check, watch': { host: 'backlog-check', options: { mode: 'watch' } },
  'undici + JSON.parse': { host: 'backlog-undici', options: { pageSize: 500 } },
  'client-node informer': { host: 'backlog-informer' },
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
  async prepare(log, { isQuick = false } = {}) {
    const events = isQuick ? 10_000 : 100_000;
    const backlog = await startBacklog(events, log);
    const { kubeconfig } = backlog;
    return {
      input: { events },
      async measure(name) {
        const { host, options = {} } = named(subjects, name);
        const task: BacklogTask = { events, from: 0, options };
        const { firstEventMs, lastEventMs } = await runHost<BacklogAccount>({ host, task, kubeconfig });
        return { firstEventMs, lastEventMs };
      },
      [Symbol.asyncDispose]: () => backlog[Symbol.asyncDispose](),
    };
  },
};
