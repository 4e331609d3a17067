/**
 * The token as this process knows it, and its saving. What is committed moves it; saving follows at most once a period, and a store that
 * fails delays nothing but itself: the token is saved later, and what was committed since comes again only after a crash.
 */
import type { Clock } from '../clock.ts';
import type { Fence } from '../leader-elector.ts';
import type { Token, TokenStore, Witness } from '../token-store.ts';
import type { Place } from '../watch/output.ts';

export interface CheckpointOptions {
  readonly store: TokenStore;
  readonly key: string;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly selector?: string;
  readonly listedAtMs?: number;
  /** The stored text that was no version: what the list that follows is said to bridge from. */
  readonly unreadable?: string;
}

interface Saving {
  readonly signal: AbortSignal;
  readonly fence?: Fence;
}

export class Checkpoint {
  readonly #options: CheckpointOptions;
  #token: Token | undefined;
  #listedAtMs: number | undefined;
  #wholeAtMs: number | undefined;
  #saved: Token | undefined;
  /** Monotonic. */
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #savedAtMs: number | undefined;
  #unsavedSinceMs: number | undefined;
  /** How many removals are still to be made. */
  #forgets = 0;
  /** Of the history that is forgotten: what is still committed of it reaches no place in the new one. */
  #newBegins: Place | undefined;
  #lost: string | undefined;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#listedAtMs = options.listedAtMs;
  }

  /** When the last complete list ended. Unix milliseconds. */
  get listedAtMs(): number | undefined {
    return this.#listedAtMs;
  }

  /** Whether something stored is still to be removed. */
  get forgets(): boolean {
    return this.#forgets > 0;
  }

  /** Whether what it knew was about another history, and nothing of the new one is reached yet. */
  get forgotten(): boolean {
    return this.#newBegins !== undefined;
  }

  /** Since when something is committed that is not saved. Unix milliseconds. */
  get unsavedSinceMs(): number | undefined {
    return this.#unsavedSinceMs;
  }

  /** Unix milliseconds. */
  get savedAtMs(): number | undefined {
    return this.#savedAtMs;
  }

  /** What would be saved: where everything is committed up to. */
  get token(): Token | undefined {
    return this.#token;
  }

  /** In how many milliseconds the next save is due; undefined if nothing is to be saved. */
  get dueInMs(): number | undefined {
    if (this.forgets) return 0;
    if (this.#token === undefined || this.#token === this.#saved) return undefined;
    return Math.max(0, this.#triedAtMs + this.#options.intervalMs - this.#options.clock.monotonicMs());
  }

  /** When reading was last known to be complete. Unix milliseconds. */
  get wholeAtMs(): number | undefined {
    return this.#wholeAtMs;
  }

  /** Everything up to this place is committed. `wholeAtMs`: where that is told late, when reading was last complete by then. */
  reached(place: Place, wholeAtMs = this.#wholeAtMs): void {
    if (this.#newBegins !== undefined && place !== this.#newBegins) return;
    this.#newBegins = undefined;
    this.#token = this.#tokenAt(place, wholeAtMs);
    if (this.#token !== this.#saved) this.#unsavedSinceMs ??= this.#options.clock.nowMs();
  }

  /** Reading is complete up to this moment. */
  whole(): void {
    this.#wholeAtMs = this.#options.clock.nowMs();
  }

  listEnded(): void {
    this.#listedAtMs = this.#options.clock.nowMs();
  }

  /**
   * The server's history was rewritten: what is stored is about another one, and is removed before anything else is stored.
   * @param begins - the first place in the new one. What is reached before it is of the old one, and not stored
   * @param lost - the version up to which the old one was read
   */
  forget(begins: Place, lost?: string): void {
    this.#forgets++;
    this.#lost = lost;
    this.#newBegins = begins;
    this.#token = undefined;
  }

  /** Saves if something moved. One call at a time. @throws KubeCheckError TOKEN_STORE_FAILED, FENCED */
  async save(saving: Saving): Promise<void> {
    const { store, key, clock } = this.#options;
    if (this.forgets) {
      const removed = this.#forgets;
      await store.remove(key, saving);
      // Until a place of the new history is reached: whoever begins meanwhile must not take it for its first time.
      if (!this.#token) await store.save(key, { resourceVersion: rewrittenMark(this.#lost) }, saving);
      this.#forgets -= removed;
    }
    const token = this.#token;
    if (!token || token === this.#saved) return;
    this.#triedAtMs = clock.monotonicMs();
    await store.save(key, token, saving);
    this.#saved = token;
    this.#savedAtMs = clock.nowMs();
    this.#unsavedSinceMs = this.#token === token ? undefined : this.#savedAtMs;
  }

  #tokenAt(place: Place, wholeAtMs: number | undefined): Token {
    const listed = this.#listedAtMs === undefined ? {} : { listedAtMs: this.#listedAtMs };
    if (place.at === 'version') {
      const whole = wholeAtMs === undefined ? {} : { wholeAtMs };
      const { version, witness } = place;
      const token = {
        resourceVersion: version,
        ...listed,
        ...whole,
        ...(witness ? { witness: witnessOf(witness) } : {}),
      };
      return sameOr(this.#token, token);
    }
    const { cause, continueToken, first, since, lost } = place;
    const { selector, unreadable } = this.#options;
    const from = cause === 'unreadable-token' ? unreadable : lost;
    return {
      resourceVersion: since ?? '',
      ...listed,
      relist: {
        continueToken,
        resourceVersion: first,
        ...(since === undefined ? {} : { since }),
        ...(selector ? { selector } : {}),
        ...(cause === 'first' || cause === 'expired' ? {} : { cause }),
        ...(from === undefined ? {} : { from }),
      },
    };
  }
}

/** Stands in for a token: no version, and read back by {@link lostVersionIn}. */
const rewrittenMark = (lost: string | undefined): string =>
  lost === undefined ? 'rewritten' : `rewritten after ${lost}`;

/** The version that a mark names, perhaps none; undefined for any other text. */
export function lostVersionIn(text: string): string | undefined {
  const mark = /^rewritten(?: after (\d+))?$/.exec(text);
  return mark ? (mark[1] ?? '') : undefined;
}

/** Of an event in hand only what is kept of a witness. */
const witnessOf = ({ namespace, name, uid, version }: Witness): Witness => ({ namespace, name, uid, version });

/** An unmoved token is the same object, so that nothing is written for it. */
function sameOr(current: Token | undefined, token: Token): Token {
  const same =
    current !== undefined &&
    current.relist === undefined &&
    current.resourceVersion === token.resourceVersion &&
    current.listedAtMs === token.listedAtMs;
  return same ? current : token;
}
