/** Catching up after a pause: a watch from an old version brings what has happened since. */
import { ADMIN } from '../../test/envtest/credentials.ts';
import { startCluster, versionOf, writeEvents } from '../cluster.ts';
import { named, type Scenario } from '../scenario.ts';
import { accountMetrics, figuresOf, nodeSubject, runSubject } from '../subject-process.ts';
import type { Task } from '../subjects/tally.ts';

const eventsUsually = 100_000;
const eventsQuick = 8000;
/** A history that begins with nothing can't be told from one that was rewritten. */
const eventsBefore = 100;

const subjects: Readonly<Record<string, string>> = {
  'kube-apiserver-check': 'kube-apiserver-check',
  'undici + JSON.parse': 'undici',
  'client-node Watch': 'client-node-watch',
};

export const scenario: Scenario = {
  name: 'watch-replay',
  title: 'Replaying a watch',
  about:
    'A process that knows an old resource version is brought every change since by a watch on a real API server, over TLS, each a new event at ' +
    'a version of its own. Ours is the whole collector in watch mode, with a token at that version, without look-ups: one after the other the ' +
    'events are of 500 objects in turn, so that each becomes a check event of its own, as 30 of a list do together; `undici + JSON.parse` ' +
    'parses the lines of the stream, client-node’s `Watch` calls back with each. CPU is that of the process from the end of its imports to ' +
    'the last event. How fast events come is up to the server.',
  metrics: accountMetrics,
  subjects: Object.keys(subjects),
  async prepare(log, { isQuick = false } = {}) {
    const events = isQuick ? eventsQuick : eventsUsually;
    await using owned = new AsyncDisposableStack();
    const plane = owned.use(await startCluster(log));
    await writeEvents(plane, { count: eventsBefore, from: events }, log);
    const resourceVersion = String(await plane.eventsEtcd.revision());
    await writeEvents(plane, { count: events }, log);
    const kubeconfig = plane.kubeconfigPath(ADMIN);
    const task: Task = { events, resourceVersion, warm: true, options: { lookUp: [] } };
    const input = { events, kubernetes: await versionOf(plane) };
    const kept = owned.move();
    return {
      input,
      async measure(name) {
        const file = named(subjects, name);
        return figuresOf(await runSubject({ program: nodeSubject(file), task, kubeconfig }));
      },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  },
};
