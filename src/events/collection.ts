/**
 * What is collected of one scope, over runs and terms of leadership: the session of this term, and the books, which outlive it. A term that
 * begins anew loads the token anew, as another process may have led in between.
 */
import { neverAborted } from '../clock.ts';
import { asKubeCheckError, type KubeCheckError } from '../errors.ts';
import type { EventActivity, EventGap, EventLedger } from '../report.ts';
import type { Token, TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import { leaseLeft } from './lease.ts';
import { createLedger } from './ledger.ts';
import { noLookUp } from './look-up/look-up.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import type { Scope } from './scope.ts';
import type { Session, SharedPorts } from './session.ts';

type Term = Required<Pick<UnitContext, 'fence' | 'tenure'>>;

export class Collection {
  readonly options: ResolvedEventOptions;
  readonly scope: Scope;
  readonly #ledger = createLedger();
  readonly #shared: SharedPorts;
  #session: Session | undefined;
  /** Under which the session was begun; undefined without a lease. */
  #term: Term | undefined;
  #remembered: Token | undefined;
  #gaps: readonly EventGap[] = [];

  constructor(options: ResolvedEventOptions, scope: Scope, shared: SharedPorts = { lookUp: noLookUp }) {
    this.options = options;
    this.scope = scope;
    this.#shared = shared;
  }

  /** Absent before the token was loaded. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** The session of this term, begun if there is none. @throws KubeCheckError TOKEN_STORE_FAILED, FENCED, ABORTED */
  async begin(context: UnitContext, store: TokenStore): Promise<Session> {
    const term = context.fence && { fence: context.fence, tenure: context.tenure };
    if (this.#session && isSameTerm(term, this.#term)) return this.#session;
    this.giveUp();
    const { options, scope } = this;
    const session = { options, scope, ledger: this.#ledger, ...this.#shared, remembered: this.#remembered };
    // Most of what events take is loaded here: importing this library must not pay for it.
    const { beginSession } = await import('./session.ts');
    this.#session = await beginSession(session, store, context);
    this.#term = term;
    return this.#session;
  }

  /**
   * Ends the session: what is read and not committed is no longer ours to deliver, and is read again by whoever leads next. What comes
   * then begins with a claim. Not while a commit is under way.
   */
  giveUp(): void {
    const session = this.#session;
    if (!session) return;
    this.#gaps = [...this.#gaps, ...session.intake.takeGaps()];
    this.#ledger.book('repeated', this.#pending);
    const { forgotten, token = this.#remembered } = session.checkpoint;
    this.#remembered = forgotten ? undefined : token;
    this.#session = undefined;
  }

  /** Saves the token if it moved. Never rejects: the failure, TOKEN_STORE_FAILED or FENCED, is returned. */
  async trySave({
    fence,
    remainingMs,
  }: Pick<UnitContext, 'fence' | 'remainingMs'>): Promise<KubeCheckError | undefined> {
    const checkpoint = this.#session?.checkpoint;
    if (checkpoint?.dueInMs === undefined) return undefined;
    try {
      leaseLeft(remainingMs);
      await checkpoint.save({ signal: neverAborted(), ...(fence ? { fence } : {}) });
      return undefined;
    } catch (thrown) {
      return asKubeCheckError(thrown, 'TOKEN_STORE_FAILED', 'the event token could not be saved');
    }
  }

  /** The books so far. */
  get ledger(): EventLedger {
    return this.#ledger.soFar(this.#pending);
  }

  /** Closes the books of a period. */
  close(caughtUp: boolean): EventActivity {
    const gaps = [...this.#gaps, ...(this.#session?.intake.takeGaps() ?? [])];
    this.#gaps = [];
    return { ledger: this.#ledger.close(this.#pending), gaps, caughtUp };
  }

  get #pending(): number {
    return this.#session ? pendingOf(this.#session) : 0;
  }
}

/** Events read that are neither committed nor left out yet: in order, or held. */
export const pendingOf = ({ delivery, fold }: Pick<Session, 'delivery' | 'fold'>): number =>
  delivery.pending + (fold?.held ?? 0);

/**
 * A lease that was lost and is ours again in the same term was nobody else's meanwhile (taking it would have begun another term): then this
 * process goes on from its own place. Of a lease without uid that is not known.
 */
function isSameTerm(now: Term | undefined, before: Term | undefined): boolean {
  if (!now || !before) return now === before;
  if (now.tenure === before.tenure) return true;
  const [a, b] = [now.fence, before.fence];
  return a.lease !== undefined && a.lease === b.lease && a.term === b.term && a.holder === b.holder;
}
