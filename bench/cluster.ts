/** The real control plane that scenarios read from, with events of an etcd of their own, whose history is kept for as long as it runs. */
import { writeBulkEvents } from '../test/envtest/bulk-events.ts';
import { type ControlPlane, startControlPlane } from '../test/envtest/control-plane.ts';
import { ADMIN } from '../test/envtest/credentials.ts';
import type { Log, Measurement, Scenario } from './scenario.ts';
import { serverCpuMs } from './server-cpu.ts';

export async function startCluster(log: Log): Promise<ControlPlane> {
  log('starting a control plane');
  return startControlPlane({ separateEvents: true, apiServerFlags: ['--etcd-compaction-interval=0'] });
}

export interface Written {
  readonly count: number;
  readonly from?: number;
  readonly perRevision?: number;
}

export async function writeEvents({ eventsEtcd }: ControlPlane, written: Written, log: Log): Promise<void> {
  const { durationMs } = await writeBulkEvents(eventsEtcd, written);
  log(`${written.count} events are written, in ${(durationMs / 1000).toFixed(1)} s`);
}

/** As the server says it. */
export async function versionOf(plane: ControlPlane): Promise<string> {
  const { body } = await plane.request<{ readonly gitVersion: string }>(ADMIN, 'GET', '/version');
  return body.gitVersion;
}

/** A control plane that holds so many events, and how to get there. */
export interface Backlog {
  readonly events: number;
  readonly kubeconfig: string;
  /** Does it, and says what CPU time the control plane used meanwhile, in milliseconds. Linux only. @throws elsewhere */
  during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly serverCpuMs: number }>;
}

const eventsUsually = 100_000;
const eventsQuick = 10_000;

/** Prepares a backlog that each subject reads in its turn. Versions are shared, so it is for lists that are read to their end. */
export function onBacklog(measure: (backlog: Backlog, subject: string) => Promise<Measurement>): Scenario['prepare'] {
  return async (log, { isQuick = false } = {}) => {
    const events = isQuick ? eventsQuick : eventsUsually;
    await using owned = new AsyncDisposableStack();
    const plane = owned.use(await startControlPlane({ separateEvents: true }));
    await writeEvents(plane, { count: events, perRevision: 128 }, log);
    const backlog: Backlog = {
      events,
      kubeconfig: plane.kubeconfigPath(ADMIN),
      async during(work) {
        const beforeMs = serverCpuMs(plane);
        const result = await work();
        return { result, serverCpuMs: serverCpuMs(plane) - beforeMs };
      },
    };
    const kept = owned.move();
    return {
      input: { events },
      measure: (subject) => measure(backlog, subject),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  };
}
