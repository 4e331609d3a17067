/**
 * Event collection of one scope in poll mode, from the token to the commit: a run reads what is new, delivers it batch by batch, and saves
 * how far it came. Between runs it goes on from its own place: the store is read once.
 *
 * Promised: at least once (the place moves after the commit only), and not twice while the process lives or ends gracefully.
 */
import type { CommitGate } from '../commit-gate.ts';
import { asKubeCheckError, KubeCheckError } from '../errors.ts';
import type { EventActivity, UnitOutcome } from '../report.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext, UnitProgress } from '../unit.ts';
import { isBudgetSpent, isHalted } from './budget.ts';
import { Collection } from './collection.ts';
import type { DeliveryRun } from './delivery.ts';
import { harmless } from './harmless.ts';
import { isClaimedElsewhere } from './lease.ts';
import { progressOf, withPlace } from './outcome.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import type { Scope } from './scope.ts';
import type { Session, SharedPorts } from './session.ts';
import { settle } from './settle.ts';

/** A server that is asked for longer than this without an answer has failed, whatever ended the waiting. */
const unansweredMs = 5000;

export class Collector {
  readonly #collection: Collection;
  #last: { readonly context: UnitContext; readonly gate: CommitGate } | undefined;
  #running: Promise<unknown> | undefined;

  constructor(options: ResolvedEventOptions, scope: Scope, shared?: SharedPorts) {
    this.#collection = new Collection(options, scope, shared);
  }

  /** Reads, delivers and saves until nothing newer is to be seen or the signal ends it. Never rejects. */
  run(given: UnitContext, store: TokenStore, gate: CommitGate): Promise<UnitOutcome> {
    const context = { ...given, ...harmless(given) };
    this.#last = { context, gate };
    const running = this.#run(context, store, gate);
    this.#running = running;
    return running;
  }

  async #run(context: UnitContext, store: TokenStore, gate: CommitGate): Promise<UnitOutcome> {
    let error: KubeCheckError | undefined;
    try {
      await this.#collect(await this.#collection.begin(context, store), context, gate);
    } catch (thrown) {
      error = asKubeCheckError(thrown, 'UNIT_FAILED', 'events');
    }
    const unsaved = await this.#collection.trySave(context);
    if (error && unsaved) context.warn(unsaved.message);
    error ??= unsaved;
    const { session } = this.#collection;
    const events = this.#collection.close(error === undefined && session !== undefined && isCaughtUp(session));
    if (isClaimedElsewhere(error)) this.#collection.giveUp();
    return error ? { status: 'failed', error: withPlace(error, session), events } : { status: 'ok', events };
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    // Two at once would hand over the same batch twice.
    await this.#running;
    const { session, options } = this.#collection;
    if (!this.#last) return;
    if (session) await settle(session, this.#last, options.commitTimeoutMs);
    await this.#collection.trySave(this.#last.context);
  }

  /** In poll mode everything happens inside a run. */
  takeEvents({ ledElsewhere }: { readonly ledElsewhere: boolean }): EventActivity {
    if (ledElsewhere) this.#collection.giveUp();
    return this.#collection.close(false);
  }

  progress(): UnitProgress {
    return progressOf(this.#collection, true);
  }

  async #collect(session: Session, context: UnitContext, gate: CommitGate): Promise<void> {
    const { reader, delivery, intake, counts } = session;
    const run = session.deliveryRun({ context, gate, signal: context.signal });
    intake.release();
    await delivery.deliver(run);
    if (this.#resyncIsDue(session, context.clock.nowMs())) reader.resync();
    const broken = await this.#read(session, context, run);
    if (reader.state.at === 'settled') intake.whole();
    intake.release();
    try {
      await delivery.deliver(run);
      if (!isHalted(context.signal)) await counts.commit(run);
    } catch (error) {
      if (broken) context.warn(broken.message);
      throw error;
    }
    if (broken) throw broken;
  }

  /** Returns why reading failed, if it did: what was read before that is to be delivered all the same. */
  async #read(session: Session, context: UnitContext, run: DeliveryRun): Promise<KubeCheckError | undefined> {
    const { reader, delivery, intake, checkpoint } = session;
    const { signal } = context;
    const reading = remembersFailure(reader.read(signal));
    let answered = false;
    for await (const output of reading.outputs) {
      answered ||= output.type !== 'interrupted';
      intake.take(output, context);
      if (checkpoint.forgets) await this.#saveWhenDue(session, context);
      // A list's page is one batch. Of a watch, full batches go at once and the rest when it falls silent, so that bundles are whole.
      await delivery.deliver(run, { fullOnly: output.type === 'frames' });
      await this.#saveWhenDue(session, context);
    }
    if (reading.failure || !isBudgetSpent(signal)) return reading.failure;
    const waitedMs = reader.unansweredMs;
    return waitedMs >= unansweredMs || (waitedMs > 0 && !answered) ? noAnswer(waitedMs) : undefined;
  }

  #resyncIsDue({ checkpoint }: Session, nowMs: number): boolean {
    const { resyncPeriodMs } = this.#collection.options;
    return resyncPeriodMs > 0 && nowMs - (checkpoint.listedAtMs ?? nowMs) > resyncPeriodMs;
  }

  /** Between batches a failing store is only warned of: what counts is whether the token is saved at the end. */
  async #saveWhenDue({ checkpoint }: Session, context: UnitContext): Promise<void> {
    if (checkpoint.dueInMs !== 0) return;
    const unsaved = await this.#collection.trySave(context);
    if (unsaved?.code === 'FENCED') throw unsaved;
    if (unsaved) context.warn(unsaved.message);
  }
}

const isCaughtUp = ({ delivery, reader }: Session): boolean => delivery.pending === 0 && reader.state.at === 'settled';

/** The same outputs; a failure ends them quietly and is remembered. */
function remembersFailure<T>(outputs: AsyncIterable<T>): {
  readonly outputs: AsyncIterable<T>;
  failure?: KubeCheckError;
} {
  const reading: { outputs: AsyncIterable<T>; failure?: KubeCheckError } = { outputs: guarded() };
  async function* guarded(): AsyncGenerator<T, void> {
    try {
      yield* outputs;
    } catch (error) {
      reading.failure = asKubeCheckError(error, 'UNIT_FAILED', 'events');
    }
  }
  return reading;
}

/** A server that hangs until the budget is spent has said nothing; that must not pass for calm. */
function noAnswer(waitedMs: number): KubeCheckError {
  return new KubeCheckError('API_UNAVAILABLE', `events: no answer for ${Math.round(waitedMs)} ms until the run ended`, {
    remedy: "check the API server's load and its etcd (events may have one of their own)",
    details: { reason: 'timeout' },
  });
}
