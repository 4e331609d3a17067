/**
 * A host's token store, made safe to wait for: each call is bounded, and what it throws has a code. A store that never answers must not
 * hold a run for ever.
 */
import { type Clock, deadline } from '../clock.ts';
import { asKubeCheckError, isKubeCheckError, KubeCheckError } from '../errors.ts';
import { orAborted } from '../or-aborted.ts';
import type { TokenStore } from '../token-store.ts';
import { isBudgetSpent } from './budget.ts';

/** Longer than the deadlines of the requests that a save may take, so that it is these that tell what is wrong. */
const timeoutMs = 60_000;

export function boundedStore(store: TokenStore, clock: Clock): TokenStore {
  async function bounded<T, Options extends { readonly signal: AbortSignal }>(
    done: string,
    options: Options,
    ask: (options: Options) => Promise<T>,
  ): Promise<T> {
    const what = `the event token could not be ${done}`;
    const late = () => new KubeCheckError('TOKEN_STORE_FAILED', `${what}: no answer within ${timeoutMs} ms`);
    const limit = deadline(clock, timeoutMs, late, options.signal);
    try {
      return await orAborted(ask({ ...options, signal: limit.signal }), limit.signal);
    } catch (error) {
      if (isBudgetSpent(options.signal) && isKubeCheckError(error, 'ABORTED')) throw unanswered(what, error);
      const ended = options.signal.aborted && !isKubeCheckError(error);
      throw asKubeCheckError(error, ended ? 'ABORTED' : 'TOKEN_STORE_FAILED', what);
    } finally {
      limit.clear();
    }
  }
  return {
    load: (key, options) => bounded('loaded', options, (signalled) => store.load(key, signalled)),
    save: (key, token, options) => bounded('saved', options, (signalled) => store.save(key, token, signalled)),
    remove: (key, options) => bounded('removed', options, (signalled) => store.remove(key, signalled)),
    ...(store.keys && {
      keys: (options) => bounded('looked up', options, async (signalled) => (await store.keys?.(signalled)) ?? []),
    }),
  };
}

/** A run that only waited for its token says for what: that its budget is spent would tell nobody that the server hangs. */
const unanswered = (what: string, cause: KubeCheckError): KubeCheckError =>
  new KubeCheckError('TOKEN_STORE_FAILED', `${what}: no answer until ${cause.message}`, {
    cause,
    remedy: "check the token store; where it is a ConfigMap, the API server's load and its etcd",
    details: { ...cause.details, reason: 'timeout' },
  });
