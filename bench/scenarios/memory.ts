/** Whether what a backlog takes of memory grows with the backlog. */
import { writeBulkEvents } from '../../test/envtest/bulk-events.ts';
import { startControlPlane } from '../../test/envtest/control-plane.ts';
import { ADMIN } from '../../test/envtest/credentials.ts';
import type { BacklogAccount, BacklogTask } from '../hosts/backlog-tally.ts';
import { runHost } from '../hosts/run-host.ts';
import { named, type Scenario } from '../scenario.ts';

const sizes = [10_000, 100_000, 1_000_000] as const;
const quickSizes = [1000, 5000, 20_000] as const;
const names = ['10,000', '100,000', '1,000,000'] as const;

interface Subject {
  readonly host: string;
  /** Which of the backlogs. */
  readonly backlog: 0 | 1 | 2;
}

/** An informer keeps all objects: a million of them do not fit beside the server. Of a million, a list in small pages takes minutes: ours only. */
const subjects: Readonly<Record<string, Subject>> = {
  [`kube-apiserver-check, ${names[0]} events`]: { host: 'backlog-check', backlog: 0 },
  [`kube-apiserver-check, ${names[1]} events`]: { host: 'backlog-check', backlog: 1 },
  [`kube-apiserver-check, ${names[2]} events`]: { host: 'backlog-check', backlog: 2 },
  [`undici + JSON.parse, ${names[0]} events`]: { host: 'backlog-undici', backlog: 0 },
  [`undici + JSON.parse, ${names[1]} events`]: { host: 'backlog-undici', backlog: 1 },
  [`client-node informer, ${names[0]} events`]: { host: 'backlog-informer', backlog: 0 },
  [`client-node informer, ${names[1]} events`]: { host: 'backlog-informer', backlog: 1 },
};

const namespaceOf = (backlog: number): string => `backlog-${backlog}`;

export const scenario: Scenario = {
  name: 'memory',
  title: 'Memory by the size of the backlog',
  about:
    'Peak resident memory of a process that reads a whole backlog from a real API server, which holds three: each in a namespace of its own, ' +
    'one after the other, in poll mode and with all defaults. What the process has before it asks for anything is part of it.',
  metrics: [
    { name: 'peakRssMb', label: 'peak RSS', unit: 'MB', isMain: true },
    { name: 'startRssMb', label: 'RSS before the first request', unit: 'MB' },
    { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs' },
    { name: 'wallMs', label: 'wall time', unit: 'ms' },
  ],
  subjects: Object.keys(subjects),
  async prepare(log, { isQuick = false } = {}) {
    const counts = isQuick ? quickSizes : sizes;
    await using owned = new AsyncDisposableStack();
    const plane = owned.use(await startControlPlane({ separateEvents: true }));
    const backlogs: BacklogTask[] = [];
    let from = 0;
    for (const [backlog, events] of counts.entries()) {
      const namespace = namespaceOf(backlog);
      log(`writing ${events} events`);
      await plane.request(ADMIN, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      await writeBulkEvents(plane.eventsEtcd, { count: events, from, namespaces: [namespace], perRevision: 128 });
      backlogs.push({ events, from, namespace });
      from += events;
    }
    const kubeconfig = plane.kubeconfigPath(ADMIN);
    const kept = owned.move();
    return {
      input: { events: counts.join(', ') },
      async measure(name) {
        const { host, backlog } = named(subjects, name);
        const task = backlogs[backlog];
        if (task === undefined) throw new Error(`no backlog for ${name}`);
        const account = await runHost<BacklogAccount>({ host, task, kubeconfig });
        const { peakRssMb, startRssMb, lastEventMs: wallMs, cpuMs } = account;
        return { peakRssMb, startRssMb, cpuUsPerEvent: (cpuMs * 1000) / task.events, wallMs };
      },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  },
};
