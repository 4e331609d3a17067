/** The main job at its largest: all events that a server holds, from the first request to the last event handed over. */
import { ADMIN } from '../../test/envtest/credentials.ts';
import { buildClientGo } from '../client-go.ts';
import { startCluster, versionOf, writeEvents } from '../cluster.ts';
import type { Program } from '../program.ts';
import { named, type Scenario } from '../scenario.ts';
import { accountMetrics, figuresOf, nodeSubject, runSubject } from '../subject-process.ts';
import type { Account, Task } from '../subjects/tally.ts';

const eventsUsually = 140_000;
const eventsQuick = 20_000;

interface Subject extends Pick<Task, 'pageSize' | 'warm' | 'options'> {
  readonly program: (clientGo: string) => Program;
  readonly isGo?: boolean;
}

/** Since 1.35 its informers have their first list streamed; before, and where a server has no such list, they read pages. */
const informerInGo = (contentType: string, isStreamed: boolean): Subject => ({
  program: (clientGo) => ({
    command: clientGo,
    args: [contentType],
    ...(isStreamed ? {} : { env: { KUBE_FEATURE_WatchListClient: 'false' } }),
  }),
  isGo: true,
});

const protobuf = 'application/vnd.kubernetes.protobuf';
const json = 'application/json';

/** Of pages of 500, 2,000 and 5,000 the bare loop is at its best with 2,000 or more. */
const subjects: Readonly<Record<string, Subject>> = {
  'kube-apiserver-check': { program: () => nodeSubject('kube-apiserver-check'), warm: true, options: { lookUp: [] } },
  'kube-apiserver-check, with look-ups': { program: () => nodeSubject('kube-apiserver-check'), warm: true },
  'undici + JSON.parse': { program: () => nodeSubject('undici'), pageSize: 2000 },
  'client-go informer, protobuf': informerInGo(protobuf, true),
  'client-go informer, protobuf, paged': informerInGo(protobuf, false),
  'client-go informer, JSON': informerInGo(json, true),
  'client-go informer, JSON, paged': informerInGo(json, false),
  'client-node typed list': { program: () => nodeSubject('client-node-list'), pageSize: 500 },
  'client-node informer': { program: () => nodeSubject('client-node-informer') },
};

export interface BacklogOptions {
  /** @defaultValue 140000; 20000 if it is to be quick */
  readonly events?: number;
  /** @defaultValue all */
  readonly subjects?: readonly string[];
}

export function backlogList(options: BacklogOptions = {}): Scenario {
  const chosen = options.subjects ?? Object.keys(subjects);
  return {
    name: 'backlog-list',
    title: 'Reading a backlog',
    about:
      'A process reads every event that a real API server holds, over TLS, and hands each to a callback that throws it away. Ours is the whole ' +
      'collector: decoding, filtering, tags, transform, commits; the others stop at the decoded object. As nobody else does, it can look up ' +
      'the objects of events, which is on by default: each of some 500 pods is asked for once, which here is not there any more. CPU is ' +
      'user and system time of all threads of the process from the end of its imports to the last event, wall time the same stretch, ' +
      'on a machine that the server shares. The bare loop has pages of 2,000, which suits it best, the typed list pages of 500. ' +
      'Informers keep all objects; those of client-go have the first list streamed by default, and read pages where that is switched off.',
    metrics: accountMetrics,
    subjects: chosen,
    async prepare(log, { isQuick = false } = {}) {
      const events = options.events ?? (isQuick ? eventsQuick : eventsUsually);
      await using owned = new AsyncDisposableStack();
      const plane = owned.use(await startCluster(log));
      const clientGo = chosen.some((name) => subjects[name]?.isGo) ? buildClientGo(plane.folder, log) : '';
      // A list is read to its end, so versions may be shared.
      await writeEvents(plane, { count: events, perRevision: 100 }, log);
      const kubeconfig = plane.kubeconfigPath(ADMIN);
      const input = { events, kubernetes: await versionOf(plane) };
      const kept = owned.move();
      return {
        input,
        async measure(name) {
          const subject = named(subjects, name);
          const { program, isGo: _, ...asked } = subject;
          const task: Task = { events, ...asked };
          return figuresOf(await runSubject<Account>({ program: program(clientGo), task, kubeconfig }));
        },
        [Symbol.asyncDispose]: () => kept.disposeAsync(),
      };
    },
  };
}

export const scenario: Scenario = backlogList();
