import type { Fence } from '../leader-elector.ts';
import type { Token, TokenStore } from '../token-store.ts';
import { assertMayClaim, assertMayWrite, fenceToStore } from './fence.ts';
import { newerToken } from './newer.ts';

interface Writing {
  /** Not heeded: nothing here waits for long. */
  readonly signal?: AbortSignal;
  readonly fence?: Fence;
}

/** Forgets with the process: for tests, and for hosts that want the backlog again after each start. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, Token>();
  #fence: Fence | undefined;

  async load(key: string, { fence }: Writing = {}): Promise<Token | undefined> {
    if (fence) assertMayClaim(this.#fence, fence);
    this.#hold(fence);
    return this.#tokens.get(key);
  }

  async save(key: string, token: Token, { fence }: Writing = {}): Promise<Token> {
    if (fence) assertMayWrite(this.#fence, fence);
    this.#hold(fence);
    const kept = newerToken(this.#tokens.get(key), token);
    this.#tokens.set(key, kept);
    return kept;
  }

  async remove(key: string, { fence }: Writing = {}): Promise<void> {
    if (fence) assertMayWrite(this.#fence, fence);
    this.#hold(fence);
    this.#tokens.delete(key);
  }

  async keys(): Promise<readonly string[]> {
    return [...this.#tokens.keys()];
  }

  #hold(fence: Fence | undefined): void {
    if (fence) this.#fence = fenceToStore(fence);
  }
}
