/** Whether what a backlog takes of memory grows with the backlog. */
import { writeBulkEvents } from '../../test/envtest/bulk-events.ts';
import { startControlPlane } from '../../test/envtest/control-plane.ts';
import { ADMIN } from '../../test/envtest/credentials.ts';
import { named, type Scenario } from '../scenario.ts';
import { nodeSubject, runSubject } from '../subject-process.ts';
import type { Task } from '../subjects/tally.ts';

const sizes = [10_000, 100_000, 1_000_000] as const;
const quickSizes = [1000, 5000, 20_000] as const;
const names = ['10,000', '100,000', '1,000,000'] as const;

interface Subject {
  readonly file: string;
  /** Which of the backlogs. */
  readonly backlog: 0 | 1 | 2;
  readonly flags?: readonly string[];
}

/** What Node takes by itself in a container of 512 MB, … */
const container = ['--max-old-space-size=256', '--max-semi-space-size=2'];
/** … and with the flag of `deploy/Dockerfile`. */
const deployed = ['--max-old-space-size=256', '--max-semi-space-size=16'];

/** An informer keeps all objects: a million of them do not fit beside the server. Of a million, a list in small pages takes minutes: ours only. */
const subjects: Readonly<Record<string, Subject>> = {
  [`kube-apiserver-check, ${names[0]} events`]: { file: 'kube-apiserver-check', backlog: 0 },
  [`kube-apiserver-check, ${names[1]} events`]: { file: 'kube-apiserver-check', backlog: 1 },
  [`kube-apiserver-check, ${names[2]} events`]: { file: 'kube-apiserver-check', backlog: 2 },
  [`as deployed, ${names[0]} events`]: { file: 'kube-apiserver-check', backlog: 0, flags: deployed },
  [`as deployed, ${names[1]} events`]: { file: 'kube-apiserver-check', backlog: 1, flags: deployed },
  [`as deployed, ${names[2]} events`]: { file: 'kube-apiserver-check', backlog: 2, flags: deployed },
  [`in a container of 512 MB, ${names[1]} events`]: { file: 'kube-apiserver-check', backlog: 1, flags: container },
  [`undici + JSON.parse, ${names[0]} events`]: { file: 'undici', backlog: 0 },
  [`undici + JSON.parse, ${names[1]} events`]: { file: 'undici', backlog: 1 },
  [`client-node informer, ${names[0]} events`]: { file: 'client-node-informer', backlog: 0 },
  [`client-node informer, ${names[1]} events`]: { file: 'client-node-informer', backlog: 1 },
};

const namespaceOf = (backlog: number): string => `backlog-${backlog}`;

export const scenario: Scenario = {
  name: 'memory',
  title: 'Memory by the size of the backlog',
  about:
    'Peak resident memory of a process that reads a whole backlog from a real API server, which holds three: each in a namespace of its own, ' +
    'one after the other, in poll mode and with all defaults. What the process has before it asks for anything is part of it. ' +
    'What grows with a million events is the young generation of V8, which gets larger the longer a process allocates: up to some 100 MB where ' +
    'the machine has much memory. `--max-semi-space-size=16`, as in `deploy/Dockerfile`, bounds it; with less, as Node chooses by itself ' +
    'in a small container, events are taken for long-lived, and collecting them costs more CPU.',
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
    const backlogs: Task[] = [];
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
        const { file, backlog, flags } = named(subjects, name);
        const task = backlogs[backlog];
        if (task === undefined) throw new Error(`no backlog for ${name}`);
        const program = nodeSubject(file, flags);
        const { peakRssMb, startRssMb, wallMs, cpuMs } = await runSubject({ program, task, kubeconfig });
        return { peakRssMb, startRssMb, cpuUsPerEvent: (cpuMs * 1000) / task.events, wallMs };
      },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  },
};
