/**
 * What is stored: a ConfigMap, read and written by the real rules for one. Writers are told apart by what it holds: the server refuses one
 * that writes over anything else than what is there.
 */

import { isKubeCheckError } from '../../../src/errors.ts';
import { type Loaded, loadToken, type Scope, storeOf } from '../../../src/events/scope.ts';
import type { Fence } from '../../../src/leader-elector.ts';
import type { Token, TokenStore } from '../../../src/token-store.ts';
import {
  type ConfigMap,
  claimedBy,
  configMapOf,
  keysIn,
  tokenIn,
  withToken,
  writtenBy,
} from '../../../src/tokens/config-map-object.ts';
import { newerToken } from '../../../src/tokens/newer.ts';
import { numberOf } from './identity.ts';

export const emptyConfigMap: ConfigMap = configMapOf({ metadata: { resourceVersion: '1' } });

const signal = new AbortController().signal;

/** Over one ConfigMap, with the real rules for each call. */
function storeOver(box: { configMap: ConfigMap }): TokenStore {
  return {
    async load(key, { fence }) {
      box.configMap = (fence && claimedBy(box.configMap, fence)) ?? box.configMap;
      return tokenIn(box.configMap, key);
    },
    async save(key, token, { fence }) {
      const mine = writtenBy(box.configMap, fence);
      const kept = newerToken(tokenIn(mine, key), token);
      if (kept === token) box.configMap = withToken(mine, key, token);
      return kept;
    },
    async remove(key, { fence }) {
      if (tokenIn(box.configMap, key)) box.configMap = withToken(writtenBy(box.configMap, fence), key, undefined);
    },
    async keys() {
      return keysIn(box.configMap);
    },
  };
}

/** FENCED: the store belongs to another. */
export type Stored<T> = (T & { readonly configMap: ConfigMap }) | 'FENCED';

/** What the real parts answer in a promise is remembered, as it is asked for very often. */
function remembering<T>(ask: (box: { configMap: ConfigMap }, scope: Scope, fence: Fence | undefined) => Promise<T>) {
  const answers = new Map<string, Stored<{ readonly answer: T }>>();
  return (configMap: ConfigMap, scope: Scope, fence: Fence | undefined) => {
    const key = `${numberOf(configMap)} ${scope.tokenKey} ${fence ? numberOf(fence) : ''}`;
    const known = answers.get(key);
    if (known) return known;
    const box = { configMap };
    return ask(box, scope, fence).then(
      (answer) => {
        const stored = { answer, configMap: box.configMap };
        answers.set(key, stored);
        return stored;
      },
      (error) => {
        if (!isKubeCheckError(error, 'FENCED')) throw error;
        answers.set(key, 'FENCED');
        return 'FENCED' as const;
      },
    );
  };
}

/** The real claim, load and choice of the token. */
export const loaded = remembering<Loaded>((box, scope, fence) =>
  loadToken(storeOver(box), scope, { signal, ...(fence ? { fence } : {}) }),
);

/** The real removal, with what goes along. */
export const removed = remembering<void>((box, scope, fence) =>
  storeOf(storeOver(box), scope).remove(scope.tokenKey, { signal, ...(fence ? { fence } : {}) }),
);

/** A refusal is an answer like others. */
function orFenced<T>(ask: () => T): T | 'FENCED' {
  try {
    return ask();
  } catch (error) {
    if (!isKubeCheckError(error, 'FENCED')) throw error;
    return 'FENCED';
  }
}

/** A claim alone, without the load that it comes with. */
export const claimedOver = (configMap: ConfigMap, fence: Fence | undefined): ConfigMap | 'FENCED' =>
  orFenced(() => (fence && claimedBy(configMap, fence)) ?? configMap);

export interface Save {
  readonly scope: Scope;
  readonly token: Token;
  readonly fence: Fence | undefined;
}

/** What a save writes over what it takes the store to hold. Undefined: nothing. */
export const saved = (configMap: ConfigMap, { scope, token, fence }: Save): ConfigMap | undefined | 'FENCED' =>
  orFenced(() => {
    const mine = writtenBy(configMap, fence);
    const kept = newerToken(tokenIn(configMap, scope.tokenKey), token);
    return kept === token ? withToken(mine, scope.tokenKey, token) : undefined;
  });

export const storeTokens = (store: ConfigMap): readonly Token[] =>
  keysIn(store).flatMap((key) => {
    const token = tokenIn(store, key);
    return token ? [token] : [];
  });
