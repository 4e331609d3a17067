/** How far behind the API server a watch is while events come steadily. */
import { type ControlPlane, startControlPlane } from '../../test/envtest/control-plane.ts';
import { ADMIN } from '../../test/envtest/credentials.ts';
import type { WriterAccount, WriterTask } from '../hosts/event-writer.ts';
import type { LagAccount, LagTask } from '../hosts/lag-tally.ts';
import { runHost, startHost } from '../hosts/run-host.ts';
import { type Measurement, named, type Scenario } from '../scenario.ts';

const eventsASecond = 500;
/** Three seconds, in which ours has looked up all objects of the events and the compiler has settled. */
const warmUp = 1500;

interface Subject {
  readonly host: string;
  readonly options?: LagTask['options'];
}

/** Nothing waits for its like: that is what `batchWindowMs` is for. */
const atOnce = { batchWindowMs: 0 };

const subjects: Readonly<Record<string, Subject>> = {
  'kube-apiserver-check': { host: 'lag-check', options: atOnce },
  'kube-apiserver-check, commits every 20 ms': { host: 'lag-check', options: { batchWindowMs: 20 } },
  'kube-apiserver-check, JSON': { host: 'lag-check', options: { ...atOnce, wire: 'json' } },
  'undici + JSON.parse': { host: 'lag-undici' },
  'client-node Watch': { host: 'lag-client-node' },
};

export const scenario: Scenario = {
  name: 'steady-watch-lag',
  title: 'Lag of a watch',
  about:
    `Another process creates ${eventsASecond} events a second through a real API server. Lag is the time from the server's answer to it until the ` +
    "sender's `commit()` is called with the event (of the peers: until the host has the parsed object), by the clock that both processes share; " +
    'an event that was there before the answer counts as 0. Batches are committed at once, not after the second that bundles wait for by default. ' +
    `The first ${warmUp} events are not counted.`,
  metrics: [
    { name: 'p50Ms', label: 'lag, p50', unit: 'ms' },
    { name: 'p99Ms', label: 'lag, p99', unit: 'ms', isMain: true },
    { name: 'maxMs', label: 'lag, max', unit: 'ms' },
    { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs' },
  ],
  subjects: Object.keys(subjects),
  async prepare(log, { isQuick = false } = {}) {
    const events = warmUp + (isQuick ? 1000 : 5000);
    log('starting a control plane');
    const plane = await startControlPlane({ separateEvents: true });
    const kubeconfig = plane.kubeconfigPath(ADMIN);
    let measured = 0;
    return {
      input: { events: events - warmUp, eventsASecond, warmUp },
      async measure(name) {
        const { host, options = {} } = named(subjects, name);
        const series = `series-${measured++}`;
        const resourceVersion = await presentVersion(plane);
        const task: LagTask = { series, events, warmUp, resourceVersion, options };
        const writing: WriterTask = { series, events, eventsASecond };
        const watching = startHost<LagAccount>({ host, task, kubeconfig });
        await watching.ready;
        const [seen, written] = await Promise.all([
          watching.account,
          runHost<WriterAccount>({ host: 'event-writer', task: writing, kubeconfig }),
        ]);
        return lagOf(seen, written);
      },
      [Symbol.asyncDispose]: () => plane[Symbol.asyncDispose](),
    };
  },
};

async function presentVersion(plane: ControlPlane): Promise<string> {
  const { body } = await plane.request<{ readonly metadata: { readonly resourceVersion: string } }>(
    ADMIN,
    'GET',
    '/api/v1/events?limit=1',
  );
  return body.metadata.resourceVersion;
}

function lagOf({ atUs, twice, cpuMs }: LagAccount, { answeredUs, durationMs }: WriterAccount): Measurement {
  // A host tells its account when it has seen them all.
  if (twice > 0) throw new Error(`${twice} events came twice`);
  const reached = (atUs.length * 1000) / durationMs;
  if (reached < eventsASecond * 0.95) throw new Error(`only ${Math.round(reached)} events a second were written`);
  const lags = atUs
    .map((at, number) => Math.max(0, at - (answeredUs[number] ?? Number.NaN)) / 1000)
    .slice(warmUp)
    .sort((a, b) => a - b);
  const percentile = (share: number): number => lags[Math.ceil(lags.length * share) - 1] ?? Number.NaN;
  return {
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    maxMs: percentile(1),
    cpuUsPerEvent: (cpuMs * 1000) / lags.length,
  };
}
