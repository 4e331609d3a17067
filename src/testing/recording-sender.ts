/**
 * A destination in memory that keeps apart what was only handed over, what was acknowledged, and what arrived without being
 * acknowledged; and that fails in every way a real one can, when told to.
 */
import type { CheckEvent, MetricSample, Sender, ServiceCheck } from '../sender.ts';

/** Items of all four kinds, each in the order of hand-over. */
export interface HandedOver {
  readonly gauges: readonly MetricSample[];
  readonly counts: readonly MetricSample[];
  readonly serviceChecks: readonly ServiceCheck[];
  readonly events: readonly CheckEvent[];
}

/**
 * How a commit ended. `committed`: acknowledged. `landed`: it arrived, but the sender said no or was aborted, so the same events are to
 * come again. `rejected`, `aborted`: nothing of it arrived.
 */
export type CommitOutcome = 'committed' | 'landed' | 'rejected' | 'aborted';

/** One commit that has ended. */
export interface RecordedBatch extends HandedOver {
  readonly outcome: CommitOutcome;
  /** What the commit rejected with. */
  readonly error?: unknown;
}

interface Refusal {
  readonly error: unknown;
  readonly landed: boolean;
}

interface OpenBatch {
  gauges: MetricSample[];
  counts: MetricSample[];
  serviceChecks: ServiceCheck[];
  events: CheckEvent[];
}

const emptyBatch = (): OpenBatch => ({ gauges: [], counts: [], serviceChecks: [], events: [] });

/**
 * Records what it is given:
 *
 * ```ts
 * const sender = new RecordingSender();
 * sender.rejectNext(1);
 * await check.run();
 * assert.deepEqual(sender.events.map(({ title }) => title), ['Events from the Pod shop/cart-0']);
 * assert.deepEqual(sender.duplicateSourceIds(), []);
 * ```
 */
export class RecordingSender implements Sender {
  readonly acks = 'accepted';
  readonly #batches: RecordedBatch[] = [];
  readonly #refusals: Refusal[] = [];
  readonly #throws: { readonly error: unknown }[] = [];
  readonly #observers = new Set<() => void>();
  #open: OpenBatch = emptyBatch();
  #pending = false;
  #hold: { readonly released: Promise<void>; readonly release: () => void; readonly heedAbort: boolean } | undefined;

  gauge(sample: MetricSample): void {
    this.#take(() => this.#open.gauges.push(sample));
  }

  count(sample: MetricSample): void {
    this.#take(() => this.#open.counts.push(sample));
  }

  serviceCheck(check: ServiceCheck): void {
    this.#take(() => this.#open.serviceChecks.push(check));
  }

  event(event: CheckEvent): void {
    this.#take(() => this.#open.events.push(event));
  }

  /** Rejects at once if a commit is pending: a check must never have two. */
  async commit({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#pending) throw new Error('RecordingSender: commit() was called while another one was pending');
    this.#pending = true;
    const batch = this.#open;
    this.#open = emptyBatch();
    for (const observe of [...this.#observers]) observe();
    let landed = false;
    try {
      await this.#held(signal);
      const refusal = this.#refusals.shift();
      landed = refusal?.landed ?? signal.aborted;
      if (refusal) throw refusal.error;
      this.#batches.push({ ...batch, outcome: landed ? 'landed' : 'committed' });
    } catch (error) {
      const failed = signal.aborted && error === signal.reason ? 'aborted' : 'rejected';
      this.#batches.push({ ...batch, outcome: landed ? 'landed' : failed, error });
      throw error;
    } finally {
      this.#pending = false;
    }
  }

  /** Acknowledged gauges, in order. */
  get gauges(): readonly MetricSample[] {
    return this.#committed().flatMap((batch) => batch.gauges);
  }

  /** Acknowledged counts, in order. */
  get counts(): readonly MetricSample[] {
    return this.#committed().flatMap((batch) => batch.counts);
  }

  /** Acknowledged service checks, in order. */
  get serviceChecks(): readonly ServiceCheck[] {
    return this.#committed().flatMap((batch) => batch.serviceChecks);
  }

  /** Acknowledged events, in order. */
  get events(): readonly CheckEvent[] {
    return this.#committed().flatMap((batch) => batch.events);
  }

  /** What waits for the next commit. */
  get handedOver(): HandedOver {
    return {
      gauges: [...this.#open.gauges],
      counts: [...this.#open.counts],
      serviceChecks: [...this.#open.serviceChecks],
      events: [...this.#open.events],
    };
  }

  /** All commits that have ended, in order, whatever became of them. */
  get batches(): readonly RecordedBatch[] {
    return [...this.#batches];
  }

  /** Whether a commit is pending. */
  get committing(): boolean {
    return this.#pending;
  }

  /** Resolves when the next commit begins; at once if one is pending. */
  whenCommitting(): Promise<void> {
    return new Promise((resolve) => {
      const begun = () => {
        this.#observers.delete(begun);
        resolve();
      };
      this.#observers.add(begun);
      if (this.#pending) begun();
    });
  }

  /**
   * The next commits reject.
   * @param times - how many
   * @param options - `error`: what with. `landed`: the batch arrives all the same, as when only the answer was lost
   */
  rejectNext(times = 1, options: { readonly error?: unknown; readonly landed?: boolean } = {}): void {
    const { error = new Error('RecordingSender: told to reject this commit'), landed = false } = options;
    for (let n = 0; n < times; n++) this.#refusals.push({ error, landed });
  }

  /**
   * Commits stay pending until {@link RecordingSender.releaseCommits}, or until their signal is aborted.
   * @param options - `heedAbort: false`: an abort changes nothing, and the late success is recorded as `landed`
   */
  holdCommits(options: { readonly heedAbort?: boolean } = {}): void {
    this.releaseCommits();
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#hold = { released, release, heedAbort: options.heedAbort ?? true };
  }

  /** Lets the held commit go on, and later ones pass. */
  releaseCommits(): void {
    this.#hold?.release();
    this.#hold = undefined;
  }

  /**
   * The next hand-overs throw, which no sender may do.
   * @param times - how many
   * @param error - what they throw
   */
  throwOnHandOver(times = 1, error: unknown = new Error('RecordingSender: told to throw on hand-over')): void {
    for (let n = 0; n < times; n++) this.#throws.push({ error });
  }

  /** The `sources[].id` of all acknowledged events, in order: each Kubernetes event version that was delivered. */
  committedSourceIds(): readonly string[] {
    return this.events.flatMap(({ sources }) => sources.map(({ id }) => id));
  }

  /** The ids that arrived more than once, acknowledged or not, in the order of their second arrival. */
  duplicateSourceIds(): readonly string[] {
    const seen = new Set<string>();
    const twice = new Set<string>();
    for (const batch of this.#batches.filter(({ outcome }) => outcome === 'committed' || outcome === 'landed'))
      for (const { id } of batch.events.flatMap(({ sources }) => sources)) (seen.has(id) ? twice : seen).add(id);
    return [...twice];
  }

  #committed(): readonly RecordedBatch[] {
    return this.#batches.filter(({ outcome }) => outcome === 'committed');
  }

  #take(record: () => void): void {
    const refusal = this.#throws.shift();
    if (refusal) throw refusal.error;
    record();
  }

  async #held(signal: AbortSignal): Promise<void> {
    const hold = this.#hold;
    if (!hold) return signal.throwIfAborted();
    if (!hold.heedAbort) return hold.released;
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      hold.released.then(resolve).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}
