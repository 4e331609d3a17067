/**
 * Watch mode while a term lasts: three tasks that wait for each other only where they must. Reading waits for room, delivering for events,
 * saving for something to save; a store that fails delays neither of the others.
 *
 * It ends with the tenure (the commit in hand is awaited, the token saved), or at what trying again can't help: then the next run begins
 * it anew, at the place where it stood.
 */
import type { CommitGate } from '../commit-gate.ts';
import { asKubeCheckError, KubeCheckError } from '../errors.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import { type Bell, createBell } from './bell.ts';
import type { Collection } from './collection.ts';
import type { DeliveryRun } from './delivery.ts';
import { isClaimedElsewhere } from './lease.ts';
import { Saver } from './saver.ts';
import type { Session } from './session.ts';
import { settle } from './settle.ts';

export interface WatchLoopPorts {
  readonly context: UnitContext;
  readonly store: TokenStore;
  readonly gate: CommitGate;
  /** The end of the last loop: two at once would deliver twice. */
  readonly after: Promise<void>;
}

/** Far beyond what bounds a commit and a save: what takes longer hangs. A commit may wait for one of each other namespace. */
const hangsAfterMs = 300_000;
/** Far beyond what a reader takes between two signs of life: a silent stream, a request that times out, a backoff. */
const deafAfterMs = 180_000;

/** A sender that frees half of the buffer in less is not slow. */
const roomSoonMs = 250;

export class WatchLoop {
  /** Never rejects. */
  readonly ended: Promise<void>;
  readonly #collection: Collection;
  readonly #ports: WatchLoopPorts;
  readonly #stopping = new AbortController();
  /** Its end is to come: the term is over, or it was stopped. */
  readonly #ending: AbortSignal;
  readonly #something: Bell;
  readonly #ripe: Bell;
  readonly #room: Bell;
  readonly #saver: Saver;
  #over = false;
  #error: KubeCheckError | undefined;
  #readingIsOver = false;
  #full = false;
  /** Since when a commit has been under way. Monotonic. */
  #busySinceMs: number | undefined;

  constructor(collection: Collection, ports: WatchLoopPorts) {
    const { clock, tenure } = ports.context;
    this.#collection = collection;
    this.#ports = ports;
    this.#ending = AbortSignal.any([tenure, this.#stopping.signal]);
    this.#something = createBell(clock);
    this.#ripe = createBell(clock);
    this.#room = createBell(clock);
    this.#saver = new Saver(collection, ports.context);
    ports.gate.keepApart();
    this.ended = ports.after.then(() => this.#live());
  }

  /** Resolves when what it had in hand is committed and saved. Never rejects. */
  stop(): Promise<void> {
    this.#stopping.abort(new KubeCheckError('ABORTED', 'events: the watch is being stopped'));
    return this.ended;
  }

  get over(): boolean {
    return this.#over;
  }

  /** It ends, or has ended. */
  get ending(): boolean {
    return this.#over || this.#ending.aborted;
  }

  /** What ended it, if it was neither its term nor a stop. */
  get error(): KubeCheckError | undefined {
    return this.#error;
  }

  /** Why the token could not be saved last, as long as it is not. */
  get saveFailure(): KubeCheckError | undefined {
    return this.#saver.failure;
  }

  /** False once it neither succeeds nor fails any more. */
  get live(): boolean {
    const busyMs = this.#busySinceMs === undefined ? 0 : this.#nowMs() - this.#busySinceMs;
    const scopes = this.#collection.options.namespaces?.length ?? 1;
    if (Math.max(busyMs, this.#saver.busyMs) > hangsAfterMs * scopes) return false;
    const reader = this.#collection.session?.reader;
    // Where reading has ended, it is for the next run to begin it again: that is no silence.
    if (this.#readingIsOver || this.#full || !reader) return true;
    return reader.pulse.untriedMs <= deafAfterMs + 1.1 * (reader.failure?.retryAfterMs ?? 0);
  }

  async #live(): Promise<void> {
    const { context, store } = this.#ports;
    try {
      // What outlives a run must not end with one.
      await this.#work(await this.#collection.begin({ ...context, signal: this.#ending }, store));
    } catch (thrown) {
      if (!this.#ending.aborted) this.#error = asKubeCheckError(thrown, 'UNIT_FAILED', 'events');
    }
    await this.#saver.save();
    if (isClaimedElsewhere(this.#error) || isClaimedElsewhere(this.#saver.failure)) this.#collection.giveUp();
    this.#over = true;
  }

  /** @throws what failed, once all tasks have ended */
  async #work(session: Session): Promise<void> {
    const over = new AbortController();
    const ended = AbortSignal.any([this.#ending, over.signal]);
    const end = () => over.abort();
    const tasks = [
      this.#deliver(session, ended).finally(end),
      this.#saver.run(session.checkpoint, ended).catch((error) => {
        end();
        throw error;
      }),
      // What was read before it failed is delivered: its end is not that of the others.
      this.#read(session, ended),
    ];
    const failed = (await Promise.allSettled(tasks)).find((task) => task.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #read(session: Session, ended: AbortSignal): Promise<void> {
    const { reader, intake, delivery, checkpoint } = session;
    const { bufferSize, maxPerCommit } = this.#collection.options;
    try {
      for await (const output of reader.read(ended)) {
        intake.take(output, this.#ports.context);
        if (checkpoint.forgets) this.#saver.ringAtOnce();
        this.#something.ring();
        if (delivery.waiting.ripe(maxPerCommit)) this.#ripe.ring();
        if (delivery.pending >= bufferSize) await this.#makeRoom(session, ended);
      }
    } finally {
      this.#readingIsOver = true;
      this.#something.ring();
    }
  }

  /**
   * Waits until half of the buffer is free. A watch that is open meanwhile would make the API server hold what it can't send (2.5 KB an event
   * were seen), however steadily a slow sender goes on: so it is closed unless there is room almost at once.
   */
  async #makeRoom({ reader, delivery }: Session, ended: AbortSignal): Promise<void> {
    const enough = this.#collection.options.bufferSize / 2;
    const closeAtMs = this.#nowMs() + roomSoonMs;
    this.#full = true;
    while (delivery.pending > enough && !ended.aborted) {
      const leftMs = closeAtMs - this.#nowMs();
      if (leftMs <= 0) reader.pause();
      await this.#room.wait(ended, leftMs > 0 ? leftMs : undefined);
    }
    this.#full = false;
  }

  /** A refused batch is tried again for ever, after its backoff; what is read meanwhile waits behind it. */
  async #deliver(session: Session, ended: AbortSignal): Promise<void> {
    const { delivery, intake, fold, counts } = session;
    const run = session.deliveryRun({ ...this.#ports, signal: ended });
    while (!ended.aborted) {
      intake.release();
      if (counts.dueInMs === 0 && delivery.refusal === undefined) await this.#busy(() => counts.commitQuietly(run));
      if (delivery.idle) {
        if (this.#readingIsOver) break;
        await this.#something.wait(ended, soonest(fold?.dueInMs, counts.dueInMs));
        continue;
      }
      await this.#fill(session, ended);
      await this.#commit(session, run);
      // The next run begins both again: who refuses a batch must not keep reading from it.
      if (this.#readingIsOver && delivery.refusal !== undefined) break;
    }
    // A part of a page that has no place of its own is followed by the rest, or it would come again.
    if (ended.aborted) while (!delivery.idle && (await delivery.next(run)));
    if (!isClaimedElsewhere(this.#saver.failure))
      await settle(session, this.#ports, this.#collection.options.commitTimeoutMs);
  }

  /** A batch closes when it is full or old enough. */
  async #fill({ delivery }: Session, ended: AbortSignal): Promise<void> {
    const { batchWindowMs, maxPerCommit } = this.#collection.options;
    if (batchWindowMs === 0 || delivery.refusal !== undefined || this.#readingIsOver) return;
    if (!delivery.waiting.ripe(maxPerCommit)) await this.#ripe.wait(ended, batchWindowMs);
  }

  /** @throws what is no refusal of the batch: trying it again at once would not help */
  async #commit({ delivery }: Session, run: DeliveryRun): Promise<void> {
    try {
      await this.#busy(() => delivery.next(run));
    } catch (error) {
      if (delivery.refusal !== error) throw error;
    } finally {
      this.#room.ring();
      this.#saver.ring();
    }
  }

  async #busy(commit: () => Promise<unknown>): Promise<void> {
    this.#busySinceMs = this.#nowMs();
    try {
      await commit();
    } finally {
      this.#busySinceMs = undefined;
    }
  }

  #nowMs(): number {
    return this.#ports.context.clock.monotonicMs();
  }
}

/** Of two waits the shorter one; undefined if neither is to come. */
const soonest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
