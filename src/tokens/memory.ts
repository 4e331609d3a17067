import type { Token, TokenStore } from '../token-store.ts';
import { newerToken } from './newer.ts';

/** Forgets with the process: for tests, and for hosts that want the backlog again after each start. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, Token>();

  load(key: string): Promise<Token | undefined> {
    return Promise.resolve(this.#tokens.get(key));
  }

  save(key: string, token: Token): Promise<Token> {
    const kept = newerToken(this.#tokens.get(key), token);
    this.#tokens.set(key, kept);
    return Promise.resolve(kept);
  }

  remove(key: string): Promise<void> {
    this.#tokens.delete(key);
    return Promise.resolve();
  }
}
