/**
 * A host with its check beside a FakeApiServer that behaves oddly: it calls `run()` every 15 s, and holds each report's books against the
 * one before. All time is the clock's, so minutes of a bad server pass in milliseconds, and what was asked in them is counted.
 */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type EventCollectorOptions,
  formatReport,
  KubeASCheck,
  type KubeASCheckConfig,
  type KubeCheckError,
  type KubeConfigLike,
  MemoryTokenStore,
  type RunReport,
} from '../../src/index.ts';
import {
  coreEvent,
  FakeApiServer,
  type FakeApiServerOptions,
  ManualClock,
  newStyleEvent,
  type RecordedRequest,
  RecordingSender,
  type SampleEvent,
} from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';

export type Mode = 'poll' | 'watch';
export const modes: readonly Mode[] = ['poll', 'watch'];

/** How often a host runs the check. */
export const intervalMs = 15_000;
export const eventsPath = '/api/v1/events';
/** Small, so that a list has several pages. */
export const pageSize = 5;

export interface OddHostOptions {
  readonly mode: Mode;
  readonly server?: Omit<FakeApiServerOptions, 'clock'>;
  readonly events?: EventCollectorOptions;
  readonly check?: KubeASCheckConfig;
  /** Where the token is kept. @defaultValue in memory */
  readonly store?: 'ConfigMap';
  /** @defaultValue the server's own */
  readonly kubeConfig?: (server: FakeApiServer) => KubeConfigLike;
}

/** Requests for events, by what they are for. */
export interface Asked {
  /** First pages. */
  readonly list: number;
  /** Further pages. */
  readonly page: number;
  readonly guard: number;
  readonly watch: number;
}

export interface OddHost extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly server: FakeApiServer;
  readonly sender: RecordingSender;
  readonly check: KubeASCheck;
  /** So many new events, of both styles by turns. */
  addEvents(count: number, sample?: SampleEvent): void;
  run(): Promise<RunReport>;
  /** A run that is to be without any failure. */
  runWell(): Promise<RunReport>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** A host's life for so long: a run each 15 s. */
  live(ms: number, beforeEach?: () => void | Promise<void>): Promise<readonly RunReport[]>;
  /** What was asked of the server since this was called last. */
  asked(): Asked;
  /**
   * All is well again: every version that was ever written is committed, each once; the check ends, and leaves nothing open.
   * @param exceptFor - what is expected to be otherwise
   */
  endWell(exceptFor?: { readonly repeated?: readonly string[] }): Promise<void>;
}

export async function startOddHost(options: OddHostOptions): Promise<OddHost> {
  const clock = new ManualClock();
  const server = await new FakeApiServer({ ...options.server, clock }).start();
  const sender = new RecordingSender();
  const idle = () => calmOrHot(server);
  const check = new KubeASCheck({
    kubeConfig: options.kubeConfig?.(server) ?? server.kubeConfig(),
    sender,
    clock,
    ...(options.store === 'ConfigMap' ? {} : { tokenStore: new MemoryTokenStore() }),
    config: {
      leader: { skip: true },
      quotas: false,
      ...options.check,
      events: { mode: options.mode, pageSize, ...options.events },
    },
  });
  let made = 0;
  let told = 0;
  let last: RunReport | undefined;

  async function run(): Promise<RunReport> {
    const report = await clock.runUntil(check.run(), { idle });
    assertBooks(report, last);
    last = report;
    return report;
  }

  async function runWell(): Promise<RunReport> {
    const report = await run();
    assert.ok(report.ok, formatReport(report));
    return report;
  }

  return {
    ...{ clock, server, sender, check, run, runWell },
    addEvents(count, sample) {
      for (let n = 0; n < count; n++) {
        const style = made % 2 === 0 ? coreEvent : newStyleEvent;
        server.addEvent(style({ name: `event-${`${++made}`.padStart(4, '0')}`, ...sample }));
      }
    },
    pass: (ms) => clock.advance(ms, { idle }),
    async live(ms, beforeEach) {
      const reports: RunReport[] = [];
      const untilMs = clock.monotonicMs() + ms;
      while (clock.monotonicMs() < untilMs) {
        await beforeEach?.();
        const nextAtMs = clock.monotonicMs() + intervalMs;
        reports.push(await run());
        await clock.advance(Math.max(0, nextAtMs - clock.monotonicMs()), { idle });
      }
      return reports;
    },
    asked() {
      const kinds = server.requests.slice(told).map(kindOf);
      told = server.requests.length;
      const count = (kind: keyof Asked) => kinds.filter((each) => each === kind).length;
      return { list: count('list'), page: count('page'), guard: count('guard'), watch: count('watch') };
    },
    async endWell({ repeated = [] } = {}) {
      await runWell();
      await clock.advance(intervalMs, { idle });
      const report = await runWell();
      assert.ok(report.events.caughtUp, formatReport(report));
      const committed = sender.committedSourceIds();
      const written = server.eventVersions.map(({ id }) => id);
      assert.deepEqual([...new Set(committed)].sort(), written.toSorted(), 'committed is what was written');
      assert.deepEqual([...sender.duplicateSourceIds()].sort(), [...repeated].sort(), 'told twice');
      await clock.runUntil(check.stop(), { idle });
      await server.idle();
      assert.deepEqual([server.openWatches, server.connections], [[], 0], 'nothing is left open');
    },
    async [Symbol.asyncDispose]() {
      await clock.runUntil(check.stop(), { idle });
      await server.close();
    },
  };
}

/** More than any reader asks in one instant, however many pages a list has here. */
const hotLoop = 200;

/** Resolves when nothing more happens without the clock. @throws where so much is asked meanwhile that it is a loop without a wait */
async function calmOrHot(server: FakeApiServer): Promise<void> {
  const before = server.requests.length;
  let calm = false;
  const calmed = server.idle().then(() => {
    calm = true;
  });
  while (!calm) {
    await Promise.race([calmed, turns(100)]);
    const asked = server.requests.length - before;
    assert.ok(asked < hotLoop, `a loop without a wait: ${asked} requests in one instant`);
  }
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await nextTurn();
}

function kindOf({ path, query }: RecordedRequest): keyof Asked | undefined {
  if (!path.endsWith('/events')) return undefined;
  if (query['watch']) return 'watch';
  if (query['continue']) return 'page';
  return query['resourceVersion'] ? 'guard' : 'list';
}

/** How the events unit failed; undefined if it did not. */
export function failureOf({ units }: RunReport): KubeCheckError | undefined {
  const outcome = units.find(({ name }) => name === 'events')?.outcome;
  return outcome?.status === 'failed' ? outcome.error : undefined;
}

/** What these reports warn of, of events. */
export const warningsOf = (...reports: readonly RunReport[]): readonly string[] =>
  reports.flatMap(({ warnings }) => warnings.filter(({ unit }) => unit === 'events').map(({ message }) => message));

/** `cause loss recovered` of each gap. */
export const gapsOf = (...reports: readonly RunReport[]): readonly string[] =>
  reports.flatMap(({ events }) => events.gaps.map(({ cause, loss, recovered }) => `${cause} ${loss} ${recovered}`));
