/**
 * From events read to events committed: one batch at a time is transformed, handed over and committed, and only then does its place count.
 * A batch that was refused is kept and handed over again: the same event objects, before anything newer.
 */

import { type Clock, neverAborted } from '../clock.ts';
import type { CommitGate } from '../commit-gate.ts';
import { isKubeCheckError } from '../errors.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { CheckEvent, Sender } from '../sender.ts';
import type { UnitObserver } from '../unit.ts';
import type { Backoff } from '../watch/backoff.ts';
import type { Place } from '../watch/output.ts';
import { isHalted } from './budget.ts';
import { leaseLeft } from './lease.ts';
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
  /** Kubernetes events put aside, as the sender refuses them for good. */
  quarantined: number;
  /** Why it was refused last. */
  refusal?: unknown;
}

export interface DeliveryOptions {
  readonly maxPerCommit: number;
  readonly commitTimeoutMs: number;
  readonly onRejected: 'block' | 'quarantine';
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Between a refusal and the next try. */
  readonly backoff: Backoff;
  /** A batch is committed up to here. */
  readonly reached: (place: Place) => void;
  /** These are committed, or put aside: told before what is reached by it. */
  readonly committed?: (events: readonly KubeEvent[]) => void;
}

/** What a run brings along. */
export interface DeliveryRun {
  readonly gate: CommitGate;
  readonly transform: (events: readonly KubeEvent[]) => Promise<Transformed>;
  /** Hands over what goes along with the next commit, once. */
  readonly alongside?: (sender: Sender) => void;
  /** Ends the wait before a refused batch is tried again; never a commit. */
  readonly signal: AbortSignal;
  /** Ends also a commit: it counts as rejected. Absent: only its own time does. */
  readonly until?: AbortSignal | undefined;
  /** How much of the lease is left. Absent: there is none. Milliseconds. */
  readonly remainingMs?: (() => number) | undefined;
  readonly observer?: UnitObserver | undefined;
  warn(message: string): void;
}

export class Delivery {
  readonly waiting = new LowWaterMark();
  readonly #options: DeliveryOptions;
  #kept: Kept | undefined;
  /** Committed last was a part of a page, which has no place of its own: stopping here would tell it twice. */
  #midway = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Events read that are neither committed nor left out yet. */
  get pending(): number {
    const kept = this.#kept;
    return this.waiting.held + (kept ? kept.events.length - kept.quarantined : 0);
  }

  /** Whether {@link next} would have something to do. */
  get idle(): boolean {
    return this.#kept === undefined && this.waiting.idle;
  }

  /** Why the batch in hand was refused last. */
  get refusal(): unknown {
    return this.#kept?.refusal;
  }

  /**
   * Hands over and commits what waits: all of it, or, with `fullOnly`, as many full batches as there are. When the host has ended the run
   * nothing new is begun.
   * @throws KubeCheckError COMMIT_FAILED, EVENTS_REJECTED, SENDER_THREW, FENCED; the batch is kept
   */
  async deliver(run: DeliveryRun, { fullOnly = false } = {}): Promise<void> {
    const { maxPerCommit } = this.#options;
    while (this.#kept || (fullOnly ? this.waiting.held >= maxPerCommit : !this.waiting.idle))
      if (!(await this.next(run))) return;
  }

  /**
   * The batch that was refused, or else the next one. False: the run has been ended, and nothing is begun.
   * @throws KubeCheckError as {@link deliver}
   */
  async next(run: DeliveryRun): Promise<boolean> {
    if (isHalted(run.signal) && !this.#midway) return false;
    await this.#advance(run);
    return true;
  }

  /**
   * Though the run has been ended: one batch more, of events that came late, ahead of all that waits; but first the batch in hand.
   * @throws KubeCheckError as {@link deliver}
   */
  async commitFirst(late: readonly KubeEvent[], run: DeliveryRun): Promise<void> {
    const inHand = new Set(this.#kept?.events);
    this.waiting.putFirst(late.filter((event) => !inHand.has(event)));
    await this.#advance(run);
  }

  async #advance(run: DeliveryRun): Promise<void> {
    const kept = this.#kept ?? { ...this.waiting.take(this.#options.maxPerCommit), quarantined: 0 };
    this.#kept = kept;
    await this.#commit(kept, run);
    this.#midway = kept.midway ?? false;
    this.#kept = undefined;
  }

  async #commit(kept: Kept, run: DeliveryRun): Promise<void> {
    const { ledger, backoff, reached, committed } = this.#options;
    kept.transformed ??= await run.transform(kept.events);
    const leftOut = sumOf(kept.transformed.filtered);
    while (kept.transformed.events.length > 0) {
      const refused = await this.#handOver(kept, kept.transformed.events, run);
      if (refused.size === 0) break;
      this.#quarantine(kept, refused, run);
    }
    backoff.reset();
    ledger.book('delivered', kept.events.length - leftOut - kept.quarantined);
    ledger.filtered(kept.transformed.filtered);
    committed?.(kept.events);
    if (kept.place) reached(kept.place);
  }

  /** Returns what is to be put aside before another try: nothing if all is committed. */
  async #handOver(
    kept: Kept,
    events: readonly CheckEvent[],
    { gate, signal, until = neverAborted(), observer, remainingMs, alongside }: DeliveryRun,
  ): Promise<ReadonlySet<CheckEvent>> {
    const { backoff, clock, commitTimeoutMs, onRejected } = this.#options;
    await this.#rest(kept, signal);
    const startedAtMs = clock.monotonicMs();
    try {
      await gate.commit({
        signal: until,
        timeoutMs: Math.min(commitTimeoutMs, leaseLeft(remainingMs)),
        mayBegin: () => leaseLeft(remainingMs),
        handOver: (sender) => {
          for (const event of events) sender.event(event);
          alongside?.(sender);
        },
      });
    } catch (error) {
      if (isKubeCheckError(error, 'FENCED')) throw error;
      const refused = onRejected === 'quarantine' ? refusedBy(error, events) : none;
      if (refused.size > 0) return refused;
      kept.refusal = error;
      this.#notBeforeMs = clock.monotonicMs() + backoff.next();
      throw error;
    }
    observer?.committed({
      events: events.reduce((sum, { sources }) => sum + sources.length, 0),
      durationMs: clock.monotonicMs() - startedAtMs,
    });
    return none;
  }

  /** Said with their ids: they are in no sink, so here is the only trace of them. */
  #quarantine(kept: Kept, refused: ReadonlySet<CheckEvent>, run: DeliveryRun): void {
    const { events = [], filtered = new Map() } = kept.transformed ?? {};
    const sources = [...refused].flatMap((event) => event.sources.map(({ id }) => id));
    kept.transformed = { events: events.filter((event) => !refused.has(event)), filtered };
    kept.quarantined += sources.length;
    this.#options.ledger.book('quarantined', sources.length);
    const shown = sources.slice(0, 10).join(', ');
    const more = sources.length > 10 ? `, and ${sources.length - 10} more` : '';
    run.warn(`the sender refuses ${sources.length} event(s) for good, which are put aside: ${shown}${more}`);
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

const none: ReadonlySet<CheckEvent> = new Set();

/** Those of a batch that the sender named. Ids of anything else are not taken for progress. */
function refusedBy(error: unknown, events: readonly CheckEvent[]): ReadonlySet<CheckEvent> {
  if (!isKubeCheckError(error, 'EVENTS_REJECTED')) return none;
  const { ids } = error as { readonly ids?: unknown };
  const named = new Set(Array.isArray(ids) ? ids : []);
  return new Set(events.filter(({ id }) => named.has(id)));
}

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
