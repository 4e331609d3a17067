/** A collector on a world in memory, and what a host sees of it. The books are checked after each run. */
import assert from 'node:assert/strict';
import { commitGate } from '../../src/commit-gate.ts';
import type { KubeCheckError } from '../../src/errors.ts';
import { budgetSpent } from '../../src/events/budget.ts';
import { Collector } from '../../src/events/collector.ts';
import type { EventCollectorOptions } from '../../src/events/options.ts';
import { resolveEventOptions } from '../../src/events/resolve-options.ts';
import type { KubeApi } from '../../src/kube-api.ts';
import type { EventActivity, UnitOutcome } from '../../src/report.ts';
import type { Sender } from '../../src/sender.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import type { TokenStore } from '../../src/token-store.ts';
import type { UnitObserver } from '../../src/unit.ts';
import { assertBooks } from '../books.ts';
import { KubeWorld } from './kube-world.ts';
import { type LoggingStore, loggingStore } from './logging-store.ts';

export interface RunOptions {
  /** Ends the reading, as a check's budget does. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
  readonly observer?: UnitObserver;
  /** Instead of collecting the messages. */
  readonly warn?: (message: string) => void;
}

/** A {@link UnitOutcome}, flat. */
export interface Ran extends EventActivity {
  readonly status: UnitOutcome['status'];
  readonly error?: KubeCheckError;
  readonly warnings: readonly string[];
}

export interface Process {
  run(options?: RunOptions): Promise<Ran>;
  /** After the last run. */
  stop(): Promise<void>;
}

/** What a process has instead of the common ones. */
export interface Ports {
  readonly api?: KubeApi;
  readonly sender?: Sender;
  readonly store?: TokenStore;
  /** Rejects when the process has died: its run is waited for no longer. */
  readonly died?: Promise<never>;
}

export interface Collecting {
  readonly clock: ManualClock;
  readonly world: KubeWorld;
  readonly sender: RecordingSender;
  readonly store: LoggingStore;
  /** A new process: it knows nothing but what is stored. */
  process(options?: EventCollectorOptions, ports?: Ports): Process;
}

/** Each event is told alone, so that ids are easy to follow; no jitter. */
export function collecting(): Collecting {
  const clock = new ManualClock({ random: 0 });
  const world = new KubeWorld({ nowMs: () => clock.nowMs() });
  const sender = new RecordingSender();
  const store = loggingStore();

  function process(options: EventCollectorOptions = {}, ports: Ports = {}): Process {
    const resolved = resolveEventOptions({ bundling: 'none', collectedEventTypes: [{ kind: 'Pod' }], ...options });
    const collector = new Collector(resolved, { name: 'cluster', tokenKey: 'event' });
    let previous: { readonly events: EventActivity } | undefined;

    async function run({ budgetMs, signal, observer, warn }: RunOptions = {}): Promise<Ran> {
      const ended = new AbortController();
      const whole = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
      const done = new AbortController();
      if (budgetMs !== undefined)
        clock.sleep(budgetMs, { signal: done.signal }).then(
          () => ended.abort(budgetSpent(budgetMs)),
          () => undefined,
        );
      const warnings: string[] = [];
      const context = {
        api: ports.api ?? world,
        clock,
        sender: ports.sender ?? sender,
        tagProvider: {},
        signal: whole,
        tenure: new AbortController().signal,
        warn: warn ?? ((message: string) => void warnings.push(message)),
        ...(observer ? { observer } : {}),
      };
      const running = collector.run(context, ports.store ?? store, commitGate(context.sender, clock));
      const outcome = await clock.runUntil(ports.died ? Promise.race([running, ports.died]) : running);
      done.abort();
      assertBooks(outcome, previous);
      const { events } = outcome;
      assert.ok(events);
      previous = { events };
      const error = outcome.status === 'failed' ? { error: outcome.error } : {};
      return { status: outcome.status, ...error, ...events, warnings };
    }

    return { run, stop: () => clock.runUntil(collector.stop()) };
  }

  return { clock, world, sender, store, process };
}
