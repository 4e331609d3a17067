/** A token store in memory that tells what it was asked, and fails or hangs when told to. */
import type { Fence } from '../../src/leader-elector.ts';
import type { Token, TokenStore } from '../../src/token-store.ts';
import { newerToken } from '../../src/tokens/newer.ts';

export interface LoggingStore extends TokenStore {
  readonly tokens: Map<string, Token>;
  /** `load event`, `save event 50`, `save event 50 …c1` in a list (`-`: the first), `remove event`; with ` failed` where it was told to. */
  readonly log: string[];
  readonly fences: (Fence | undefined)[];
  /** The next calls reject. */
  failNext(times: number, error?: unknown): void;
  /** Calls stay pending from now on, and ignore their signal. */
  hang(): void;
  /** Calls neither hang nor fail any more; those that hang stay so. */
  answer(): void;
}

export function loggingStore(initial: Readonly<Record<string, Token>> = {}): LoggingStore {
  const tokens = new Map(Object.entries(initial));
  const log: string[] = [];
  const fences: (Fence | undefined)[] = [];
  const failures: unknown[] = [];
  let hangs = false;

  async function told(what: string): Promise<void> {
    if (hangs) await new Promise(() => undefined);
    const failed = failures.length > 0;
    log.push(failed ? `${what} failed` : what);
    if (failed) throw failures.shift();
  }

  return {
    tokens,
    log,
    fences,
    failNext(times, error = new Error('refused')) {
      for (let n = 0; n < times; n++) failures.push(error);
    },
    hang() {
      hangs = true;
    },
    answer() {
      hangs = false;
      failures.length = 0;
    },
    async load(key) {
      await told(`load ${key}`);
      return tokens.get(key);
    },
    async save(key, token, { fence }) {
      const place = token.relist ? ` …${token.relist.continueToken}` : '';
      await told(`save ${key} ${token.resourceVersion || '-'}${place}`);
      fences.push(fence);
      const kept = newerToken(tokens.get(key), token);
      tokens.set(key, kept);
      return kept;
    },
    async remove(key) {
      await told(`remove ${key}`);
      tokens.delete(key);
    },
  };
}
