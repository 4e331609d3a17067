/**
 * From events read to events committed: one batch at a time is transformed, handed over and committed, and only then does its place count.
 * A batch that was refused is kept and handed over again: the same event objects, before anything newer.
 */

import { type Clock, neverAborted } from '../clock.ts';
import type { CommitGate } from '../commit-gate.ts';
import { isKubeCheckError, KubeCheckError } from '../errors.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { CheckEvent } from '../sender.ts';
import type { UnitObserver } from '../unit.ts';
import type { Backoff } from '../watch/backoff.ts';
import type { Place } from '../watch/output.ts';
import type { Ledger } from './ledger.ts';
import { LowWaterMark, type Taken } from './low-water.ts';

interface Transformed {
  readonly events: readonly CheckEvent[];
  /** Kubernetes events left out, by rule. The others are told of in `events`. */
  readonly filtered: ReadonlyMap<string, number>;
}

/** Taken, and not yet committed. */
interface Kept extends Taken {
  /** Made once: a retry hands over the same objects. */
  transformed?: Transformed;
  /** Why it was refused last. */
  refusal?: unknown;
}

export interface DeliveryOptions {
  readonly maxPerCommit: number;
  readonly commitTimeoutMs: number;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Between a refusal and the next try. */
  readonly backoff: Backoff;
  /** A batch is committed up to here. */
  readonly reached: (place: Place) => void;
}

/** What a run brings along. */
export interface DeliveryRun {
  readonly gate: CommitGate;
  readonly transform: (events: readonly KubeEvent[]) => Transformed;
  /** Ends the wait before a refused batch is tried again; never a commit. */
  readonly signal: AbortSignal;
  readonly observer?: UnitObserver | undefined;
}

export class Delivery {
  readonly waiting = new LowWaterMark();
  readonly #options: DeliveryOptions;
  #kept: Kept | undefined;
  /** Committed last was a part that has no place of its own: stopping here would tell it twice. */
  #midway = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Events read that are neither committed nor left out yet. */
  get pending(): number {
    return this.waiting.held + (this.#kept?.events.length ?? 0);
  }

  /**
   * Hands over and commits what waits: all of it, or, with `fullOnly`, as many full batches as there are. When the host has ended the run
   * nothing new is begun.
   * @throws KubeCheckError COMMIT_FAILED, EVENTS_REJECTED, SENDER_THREW; the batch is kept
   */
  async deliver(run: DeliveryRun, { fullOnly = false } = {}): Promise<void> {
    const { maxPerCommit } = this.#options;
    while (this.#kept || (fullOnly ? this.waiting.held >= maxPerCommit : !this.waiting.idle)) {
      if (isHalted(run.signal) && !this.#midway) return;
      const kept = this.#kept ?? { ...this.waiting.take(maxPerCommit) };
      this.#kept = kept;
      await this.#commit(kept, run);
      this.#midway = kept.place === undefined;
      this.#kept = undefined;
    }
  }

  async #commit(kept: Kept, run: DeliveryRun): Promise<void> {
    const { ledger, backoff, reached } = this.#options;
    kept.transformed ??= run.transform(kept.events);
    const { events, filtered } = kept.transformed;
    const told = kept.events.length - sumOf(filtered);
    if (events.length > 0) await this.#handOver(kept, { events, told }, run);
    backoff.reset();
    ledger.book('delivered', told);
    ledger.filtered(filtered);
    if (kept.place) reached(kept.place);
  }

  async #handOver(
    kept: Kept,
    { events, told }: { readonly events: readonly CheckEvent[]; readonly told: number },
    { gate, signal, observer }: DeliveryRun,
  ): Promise<void> {
    const { backoff, clock, commitTimeoutMs } = this.#options;
    await this.#rest(kept, signal);
    const startedAtMs = clock.monotonicMs();
    try {
      await gate.commit({
        signal: neverAborted,
        timeoutMs: commitTimeoutMs,
        handOver: (sender) => {
          for (const event of events) sender.event(event);
        },
      });
    } catch (error) {
      kept.refusal = error;
      this.#notBeforeMs = clock.monotonicMs() + backoff.next();
      throw error;
    }
    observer?.committed({ events: told, durationMs: clock.monotonicMs() - startedAtMs });
  }

  /** The time between two tries. A run that ends before it is over says again why the batch was refused. */
  async #rest({ refusal }: Kept, signal: AbortSignal): Promise<void> {
    const restMs = this.#notBeforeMs - this.#options.clock.monotonicMs();
    if (refusal === undefined || restMs <= 0) return;
    try {
      await this.#options.clock.sleep(restMs, { signal });
    } catch {
      throw refusal;
    }
  }
}

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

/**
 * A run ends its reading when its budget is spent, and still delivers what was read. Any other end (the host's abort, stop) begins nothing
 * new: what was read and not handed over is kept, or read again by the next process.
 */
export const budgetSpent = (budgetMs: number): KubeCheckError =>
  new KubeCheckError('ABORTED', `the run's budget of ${budgetMs} ms is spent`, { details: { budgetMs } });

/** Whether it is the budget that has ended the run. */
export const isBudgetSpent = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && isKubeCheckError(reason, 'ABORTED') && 'budgetMs' in reason.details;

const isHalted = (signal: AbortSignal): boolean => signal.aborted && !isBudgetSpent(signal);
