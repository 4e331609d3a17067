/**
 * The collector's counts of itself where no event is told that they could go along with: committed by themselves, in watch mode at most once
 * a period, in poll mode at the end of a run, and at the last when the collector ends. Like any count they are handed over once: a refused
 * commit costs them, and is told.
 */
import { type Clock, neverAborted } from '../clock.ts';
import { isKubeCheckError } from '../errors.ts';
import type { DeliveryRun } from './delivery.ts';
import { leaseLeft } from './lease.ts';
import type { EventTelemetry } from './telemetry.ts';

export interface CountsAloneOptions {
  readonly telemetry: Pick<EventTelemetry, 'waits'>;
  readonly clock: Clock;
  readonly commitTimeoutMs: number;
}

/** A commit may be a request of the sink's: those that nothing but counts are in are to be few. Milliseconds. */
const periodMs = 10_000;

export class CountsAlone {
  readonly #options: CountsAloneOptions;
  /** Monotonic. */
  #lastAtMs: number;
  #refusal: unknown;

  constructor(options: CountsAloneOptions) {
    this.#options = options;
    this.#lastAtMs = options.clock.monotonicMs();
  }

  /** When to {@link commit}; undefined if nothing waits. Milliseconds. */
  get dueInMs(): number | undefined {
    const { telemetry, clock } = this.#options;
    return telemetry.waits ? Math.max(0, this.#lastAtMs + periodMs - clock.monotonicMs()) : undefined;
  }

  /** Commits what waits, if anything does. @throws KubeCheckError COMMIT_FAILED, SENDER_THREW, FENCED */
  async commit({ gate, alongside, observer, remainingMs, until }: DeliveryRun): Promise<void> {
    const { telemetry, clock, commitTimeoutMs } = this.#options;
    if (!telemetry.waits) return;
    const startedAtMs = clock.monotonicMs();
    this.#lastAtMs = startedAtMs;
    await gate.commit({
      signal: until ?? neverAborted(),
      timeoutMs: Math.min(commitTimeoutMs, leaseLeft(remainingMs)),
      mayBegin: () => leaseLeft(remainingMs),
      handOver: (sender) => alongside?.(sender),
    });
    observer?.committed({ events: 0, durationMs: clock.monotonicMs() - startedAtMs });
  }

  /** The same between runs: a refusal is kept for the next report. @throws KubeCheckError FENCED */
  async commitQuietly(run: DeliveryRun): Promise<void> {
    try {
      await this.commit(run);
    } catch (error) {
      if (isKubeCheckError(error, 'FENCED')) throw error;
      this.#refusal = error;
    }
  }

  /** Why a commit was refused since the last call. */
  takeRefusal(): unknown {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    return refusal;
  }
}
