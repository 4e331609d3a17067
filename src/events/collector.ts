/**
 * Event collection of one scope in poll mode, from the token to the commit: a run reads what is new, delivers it batch by batch, and saves
 * how far it came. Between runs it goes on from its own place: the store is read once.
 *
 * Promised: at least once (the place moves after the commit only), and not twice while the process lives or ends gracefully.
 */
import { neverAborted } from '../clock.ts';
import type { CommitGate } from '../commit-gate.ts';
import { asKubeCheckError, isKubeCheckError, KubeCheckError } from '../errors.ts';
import type { EventActivity, UnitOutcome } from '../report.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import { type DeliveryRun, isBudgetSpent } from './delivery.ts';
import { harmless } from './harmless.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import { beginSession, type Scope, type Session } from './session.ts';
import { noLookups } from './transform/lookups.ts';

/** A server that is asked for longer than this without an answer has failed, whatever ended the waiting. */
const unansweredMs = 5000;

export class Collector {
  readonly #options: ResolvedEventOptions;
  readonly #scope: Scope;
  readonly #ledger: Ledger = createLedger();
  #session: Session | undefined;

  constructor(options: ResolvedEventOptions, scope: Scope) {
    this.#options = options;
    this.#scope = scope;
  }

  /** Reads, delivers and saves until nothing newer is to be seen or the signal ends it. Never rejects. */
  async run(given: UnitContext, store: TokenStore, gate: CommitGate): Promise<UnitOutcome> {
    const context = { ...given, ...harmless(given) };
    let error: KubeCheckError | undefined;
    try {
      this.#session ??= await beginSession(this.#options, this.#scope, store, context, this.#ledger);
      await this.#collect(this.#session, context, gate);
    } catch (thrown) {
      error = asKubeCheckError(thrown, 'UNIT_FAILED', 'events');
    }
    const unsaved = await this.save(context);
    if (error && unsaved) context.warn(unsaved.message);
    error ??= unsaved;
    const events = this.#closePeriod(error === undefined);
    return error ? { status: 'failed', error: withPlace(error, this.#session), events } : { status: 'ok', events };
  }

  /** Saves the token if it moved. Never rejects: the failure is returned. */
  async save({ fence }: Pick<UnitContext, 'fence'>): Promise<KubeCheckError | undefined> {
    try {
      await this.#session?.checkpoint.save({ signal: neverAborted, ...(fence ? { fence } : {}) });
      return undefined;
    } catch (thrown) {
      return asKubeCheckError(thrown, 'TOKEN_STORE_FAILED', 'the event token could not be saved');
    }
  }

  async #collect(session: Session, context: UnitContext, gate: CommitGate): Promise<void> {
    const { reader, delivery, intake } = session;
    const ports = { lookups: noLookups, tagProvider: context.tagProvider, warn: context.warn };
    const run: DeliveryRun = {
      gate,
      signal: context.signal,
      observer: context.observer,
      transform: (events) => session.transform(events, ports),
    };
    await delivery.deliver(run);
    if (this.#resyncIsDue(session, context.clock.nowMs())) reader.resync();
    const broken = await this.#read(session, context, run);
    if (reader.state.at === 'settled') intake.settled();
    try {
      await delivery.deliver(run);
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
    const { resyncPeriodMs } = this.#options;
    return resyncPeriodMs > 0 && nowMs - (checkpoint.listedAtMs ?? nowMs) > resyncPeriodMs;
  }

  /** Between batches a failing store is only warned of: what counts is whether the token is saved at the end. */
  async #saveWhenDue({ checkpoint }: Session, { fence, warn }: UnitContext): Promise<void> {
    try {
      await checkpoint.saveWhenDue({ signal: neverAborted, ...(fence ? { fence } : {}) });
    } catch (error) {
      if (isKubeCheckError(error, 'FENCED')) throw error;
      warn(asKubeCheckError(error, 'TOKEN_STORE_FAILED', 'the event token could not be saved').message);
    }
  }

  #closePeriod(succeeded: boolean): EventActivity {
    const session = this.#session;
    const pending = session?.delivery.pending ?? 0;
    return {
      ledger: this.#ledger.close(pending),
      gaps: session?.intake.takeGaps() ?? [],
      caughtUp: succeeded && pending === 0 && session?.reader.state.at === 'settled',
    };
  }
}

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

/** A failure says from where the next run goes on, so that nobody has to fear for what was not read. */
function withPlace(error: KubeCheckError, session: Session | undefined): KubeCheckError {
  if (!session) return error;
  const { state } = session.reader;
  const from =
    'version' in state ? state.version : state.at === 'listing' ? (state.place?.first ?? state.since) : undefined;
  const { pending } = session.delivery;
  const kept = pending === 0 ? '' : `, ${pending} event(s) read and kept`;
  return new KubeCheckError(
    error.code,
    `${error.message}; the next run goes on from ${from ?? 'the beginning'}${kept}`,
    {
      cause: error,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      details: { ...error.details, pending, ...(from === undefined ? {} : { goesOnFrom: from }) },
    },
  );
}
