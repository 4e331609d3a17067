/**
 * From events read to events committed: one batch at a time is transformed, handed over and committed, and only then does its place count.
 * A batch that was refused is kept and handed over again: the same event objects, before anything newer.
 */

import type { Clock } from '../clock.ts';
import type { CommitGate } from '../commit-gate.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { CheckEvent } from '../sender.ts';
import type { UnitObserver } from '../unit.ts';
import type { Backoff } from '../watch/backoff.ts';
import type { Place } from '../watch/list-watch.ts';
import type { Ledger } from './ledger.ts';
import { LowWaterMark } from './low-water.ts';

interface Batch {
  readonly events: readonly CheckEvent[];
  /** Kubernetes events in it that are told of, and those left out, by rule. */
  readonly told: number;
  readonly filtered: ReadonlyMap<string, number>;
  readonly place?: Place;
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
  readonly transform: (events: readonly KubeEvent[]) => Pick<Batch, 'events' | 'filtered'>;
  /** Ends the wait before a refused batch is tried again; never a commit. */
  readonly signal: AbortSignal;
  readonly observer?: UnitObserver | undefined;
}

/** Delivery in a run: what is being committed is awaited, whatever happens to the run (the gate bounds it). */
const neverAborted = new AbortController().signal;

export class Delivery {
  readonly waiting = new LowWaterMark();
  readonly #options: DeliveryOptions;
  #refused: Batch | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Events read that are neither committed nor left out yet. */
  get pending(): number {
    return this.waiting.held + (this.#refused ? this.#refused.told + sumOf(this.#refused.filtered) : 0);
  }

  /**
   * Hands over and commits what waits: all of it, or, with `fullOnly`, as many full batches as there are.
   * @throws KubeCheckError COMMIT_FAILED, EVENTS_REJECTED, SENDER_THREW; the batch is kept
   */
  async deliver(run: DeliveryRun, { fullOnly = false } = {}): Promise<void> {
    const { maxPerCommit } = this.#options;
    if (this.#refused) await this.#again(this.#refused, run);
    while (fullOnly ? this.waiting.held >= maxPerCommit : !this.waiting.idle) {
      const taken = this.waiting.take(maxPerCommit);
      const { events, filtered } = run.transform(taken.events);
      const told = taken.events.length - sumOf(filtered);
      await this.#commit({ events, filtered, told, ...(taken.place ? { place: taken.place } : {}) }, run);
    }
  }

  async #again(batch: Batch, run: DeliveryRun): Promise<void> {
    const restMs = this.#notBeforeMs - this.#options.clock.monotonicMs();
    if (restMs > 0) await this.#options.clock.sleep(restMs, { signal: run.signal });
    await this.#commit(batch, run);
  }

  async #commit(batch: Batch, run: DeliveryRun): Promise<void> {
    const { ledger, backoff, clock, commitTimeoutMs, reached } = this.#options;
    this.#refused = batch;
    if (batch.events.length > 0) {
      try {
        const startedAtMs = clock.monotonicMs();
        await run.gate.commit({
          signal: neverAborted,
          timeoutMs: commitTimeoutMs,
          handOver: (sender) => {
            for (const event of batch.events) sender.event(event);
          },
        });
        run.observer?.committed({ events: batch.told, durationMs: clock.monotonicMs() - startedAtMs });
      } catch (error) {
        this.#notBeforeMs = clock.monotonicMs() + backoff.next();
        throw error;
      }
    }
    this.#refused = undefined;
    backoff.reset();
    ledger.book('delivered', batch.told);
    ledger.filtered(batch.filtered);
    if (batch.place) reached(batch.place);
  }
}

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

/**
 * A run ends its reading when its budget is spent, and still delivers what was read. Any other end (the host's abort, stop) begins nothing
 * new: what was read and not handed over is kept, or read again by the next process.
 */
export const budgetSpent = Symbol.for('kube-apiserver-check.budget-spent');
export const dueAfterAbort = (signal: AbortSignal): boolean => signal.reason === budgetSpent;
