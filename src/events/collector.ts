/**
 * Event collection of one scope in poll mode, from the token to the commit: a run reads what is new, delivers it batch by batch, and saves
 * how far it came. Between runs it goes on from its own place: the store is read once.
 *
 * Promised: at least once (the place moves after the commit only), and not twice while the process lives or ends gracefully.
 */
import type { CommitGate } from '../commit-gate.ts';
import { asKubeCheckError, KubeCheckError } from '../errors.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import { logger } from '../log.ts';
import type { EventActivity, EventGap, UnitOutcome } from '../report.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import type { WatchOutput } from '../watch/list-watch.ts';
import { type DeliveryRun, dueAfterAbort } from './delivery.ts';
import { gapOf } from './gap.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import { beginSession, type Scope, type Session } from './session.ts';
import { noLookups } from './transform/lookups.ts';
import { lastSeenAtMs } from './transform/times.ts';

const log = logger('events');
/** A save is bounded by its request's own deadline; the end of a run must not cut it off. */
const neverAborted = new AbortController().signal;

export class Collector {
  readonly #options: ResolvedEventOptions;
  readonly #scope: Scope;
  readonly #ledger: Ledger = createLedger();
  #gaps: EventGap[] = [];
  #session: Session | undefined;

  constructor(options: ResolvedEventOptions, scope: Scope) {
    this.#options = options;
    this.#scope = scope;
  }

  /** Reads, delivers and saves until nothing newer is to be seen or the signal ends it. Never rejects. */
  async run(context: UnitContext, store: TokenStore, gate: CommitGate): Promise<UnitOutcome> {
    let error: KubeCheckError | undefined;
    try {
      this.#session ??= await beginSession(this.#options, this.#scope, store, context, this.#ledger);
      await this.#collect(this.#session, context, gate);
    } catch (thrown) {
      error = asKubeCheckError(thrown, 'UNIT_FAILED', 'events');
    }
    const unsaved = await this.save(context);
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
    const ports = { lookups: noLookups, tagProvider: context.tagProvider, warn: context.warn };
    const run: DeliveryRun = {
      gate,
      signal: context.signal,
      observer: context.observer,
      transform: (events) => session.transform(events, ports),
    };
    await session.delivery.deliver(run);
    for await (const output of session.reader.read(context.signal)) {
      await this.#take(output, session, context);
      // A list's page is one batch. Of a watch, full batches go at once and the rest when it falls silent, so that bundles are whole.
      await session.delivery.deliver(run, { fullOnly: output.type !== 'page' });
      await this.#saveWhenDue(session, context);
    }
    if (!context.signal.aborted || dueAfterAbort(context.signal)) await session.delivery.deliver(run);
    if (session.reader.state.at === 'settled') session.wholeAtMs = context.clock.nowMs();
  }

  async #take(output: WatchOutput, session: Session, context: UnitContext): Promise<void> {
    switch (output.type) {
      case 'interrupted':
        context.warn(`${output.error.message} (tried again after ${output.delayMs} ms)`);
        return;
      case 'frames': {
        if (output.events.length > 0 || output.malformed > 0) context.observer?.frameRead();
        this.#ledger.book('read', output.events.length + output.malformed);
        this.#ledger.book('malformed', output.malformed);
        session.delivery.waiting.add(output.events, output.place, { ordered: true });
        return;
      }
      case 'page':
        return this.#takePage(output, session, context);
    }
  }

  async #takePage(
    page: WatchOutput & { readonly type: 'page' },
    session: Session,
    context: UnitContext,
  ): Promise<void> {
    const { list, events, repeated, malformed } = page;
    if (list.begins || !session.list) {
      session.list = { startedAtMs: context.clock.monotonicMs(), read: 0, recovered: 0 };
      log('%s: listing, cause %s, from %s', this.#scope.name, list.cause, list.from);
      if (list.cause === 'rewound') await this.#forget(session, context, list.from);
    }
    const read = events.length + repeated + malformed;
    this.#ledger.book('read', read);
    this.#ledger.book('repeated', repeated);
    this.#ledger.book('malformed', malformed);
    const wanted = list.cause === 'first' ? this.#youngEnough(events, session) : events;
    session.list.read += read;
    session.list.recovered += wanted.length;
    session.delivery.waiting.add(wanted, page.place, { ordered: false });
    if (list.ends) this.#listEnded(page, session, context);
  }

  /** Where there was no token, `startFrom` may leave out what happened long before. */
  #youngEnough(events: readonly KubeEvent[], { oldestMs }: Session): readonly KubeEvent[] {
    if (oldestMs === undefined) return events;
    const young = events.filter((event) => lastSeenAtMs(event) >= oldestMs);
    this.#ledger.filtered(new Map([['start-from', events.length - young.length]]));
    return young;
  }

  /** The one case in which a stored token goes down: removed, because it is about a history that is no more. */
  async #forget(session: Session, context: UnitContext, lost: string | undefined): Promise<void> {
    context.warn(
      `the API server's history was rewritten (etcd restored from a backup?): it does not reach ${lost}; every event it holds now is delivered`,
    );
    await session.checkpoint.forget({ signal: neverAborted, ...(context.fence ? { fence: context.fence } : {}) });
  }

  #listEnded(
    { list }: WatchOutput & { readonly type: 'page' },
    session: Session,
    { clock, observer }: UnitContext,
  ): void {
    const { startedAtMs, read, recovered } = session.list ?? {
      startedAtMs: clock.monotonicMs(),
      read: 0,
      recovered: 0,
    };
    session.list = undefined;
    session.checkpoint.listEnded();
    observer?.relisted({
      scope: this.#scope.name,
      cause: list.cause,
      read,
      durationMs: clock.monotonicMs() - startedAtMs,
    });
    const gap = gapOf({
      list,
      scope: this.#scope.name,
      wholeAtMs: session.wholeAtMs,
      nowMs: clock.nowMs(),
      recovered,
      eventTtlMs: this.#options.eventTtlMs,
      ...(session.unreadable === undefined ? {} : { unreadable: session.unreadable }),
    });
    if (gap) this.#gaps.push(gap);
  }

  /** Between batches a failing store is only warned of: what counts is whether the token is saved at the end. */
  async #saveWhenDue(session: Session, context: UnitContext): Promise<void> {
    try {
      await session.checkpoint.saveWhenDue({
        signal: neverAborted,
        ...(context.fence ? { fence: context.fence } : {}),
      });
    } catch (thrown) {
      const error = asKubeCheckError(thrown, 'TOKEN_STORE_FAILED', 'the event token could not be saved');
      if (error.code === 'FENCED') throw error;
      context.warn(error.message);
    }
  }

  #closePeriod(succeeded: boolean): EventActivity {
    const session = this.#session;
    const pending = session?.delivery.pending ?? 0;
    const activity = {
      ledger: this.#ledger.close(pending),
      gaps: this.#gaps,
      caughtUp: succeeded && pending === 0 && session?.reader.state.at === 'settled',
    };
    this.#gaps = [];
    return activity;
  }
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
