/**
 * The token as this process knows it, and its saving. What is committed moves it; saving follows at most once a period, and a store that
 * fails delays nothing but itself: the token is saved later, and what was committed since comes again only after a crash.
 */
import type { Clock } from '../clock.ts';
import type { Fence } from '../leader-elector.ts';
import type { Token, TokenStore } from '../token-store.ts';
import type { Place } from '../watch/output.ts';

export interface CheckpointOptions {
  readonly store: TokenStore;
  readonly key: string;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly selector?: string;
  readonly listedAtMs?: number;
}

interface Saving {
  readonly signal: AbortSignal;
  readonly fence?: Fence;
}

export class Checkpoint {
  readonly #options: CheckpointOptions;
  #token: Token | undefined;
  #listedAtMs: number | undefined;
  #saved: Token | undefined;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #forgets = false;

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
    return this.#forgets;
  }

  /** Everything up to this place is committed. */
  reached(place: Place): void {
    this.#token = this.#tokenAt(place);
  }

  listEnded(): void {
    this.#listedAtMs = this.#options.clock.nowMs();
  }

  /** The server's history was rewritten: what is stored is about another one, and is removed before anything else is stored. */
  forget(): void {
    this.#forgets = true;
    this.#token = undefined;
  }

  /** Saves if something moved and the last save is long enough ago, or if something stored is to be removed. @throws KubeCheckError TOKEN_STORE_FAILED, FENCED */
  async saveWhenDue(saving: Saving): Promise<void> {
    const due = this.#options.clock.monotonicMs() - this.#savedAtMs >= this.#options.intervalMs;
    if (due || this.#forgets) await this.save(saving);
  }

  /** Saves if something moved. @throws KubeCheckError TOKEN_STORE_FAILED, FENCED */
  async save(saving: Saving): Promise<void> {
    const { store, key, clock } = this.#options;
    if (this.#forgets) {
      await store.remove(key, saving);
      this.#forgets = false;
    }
    const token = this.#token;
    if (!token || token === this.#saved) return;
    this.#savedAtMs = clock.monotonicMs();
    await store.save(key, token, saving);
    this.#saved = token;
  }

  #tokenAt(place: Place): Token {
    const listed = this.#listedAtMs === undefined ? {} : { listedAtMs: this.#listedAtMs };
    if (place.at === 'version') return sameOr(this.#token, { resourceVersion: place.version, ...listed });
    const { continueToken, first, since } = place;
    const { selector } = this.#options;
    return {
      resourceVersion: since ?? '',
      ...listed,
      relist: {
        continueToken,
        resourceVersion: first,
        ...(since === undefined ? {} : { since }),
        ...(selector ? { selector } : {}),
      },
    };
  }
}

/** An unmoved token is the same object, so that nothing is written for it. */
function sameOr(current: Token | undefined, token: Token): Token {
  const same =
    current !== undefined &&
    current.relist === undefined &&
    current.resourceVersion === token.resourceVersion &&
    current.listedAtMs === token.listedAtMs;
  return same ? current : token;
}
