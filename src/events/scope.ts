/**
 * What is collected as a whole, with a token of its own: the cluster, or one namespace; and where one goes on that another has left.
 * Everything at or below the cluster's token is delivered in every namespace, so a namespace may start there. Back from namespaces, only
 * what is at or below the lowest of their tokens is delivered in all of them.
 */
import { isNewer, isVersion } from '../kube/version.ts';
import type { Token, TokenStore } from '../token-store.ts';

export interface Scope {
  /** As reports name it. */
  readonly name: string;
  readonly tokenKey: string;
  readonly namespace?: string;
}

const clusterKey = 'event';
const namespaceKey = (namespace: string): string => `${clusterKey}.${namespace}`;

export const scopesOf = (namespaces: readonly string[] | undefined): readonly Scope[] =>
  namespaces?.map((namespace) => ({ name: namespace, tokenKey: namespaceKey(namespace), namespace })) ?? [
    { name: 'cluster', tokenKey: clusterKey },
  ];

export interface Loaded {
  readonly token: Token | undefined;
  /** It starts elsewhere than at its own token. */
  readonly warning?: string;
}

/** Of a namespace of which nothing is delivered yet. */
const unread: Token = { resourceVersion: '' };

type Loading = Parameters<TokenStore['load']>[1];

/** @throws KubeCheckError TOKEN_STORE_FAILED, FENCED, ABORTED */
export async function loadToken(store: TokenStore, scope: Scope, loading: Loading): Promise<Loaded> {
  const own = await store.load(scope.tokenKey, loading);
  if (scope.namespace !== undefined) {
    const loaded = ofNamespace(scope.namespace, own, await store.load(clusterKey, loading));
    // Before anything is read: a namespace without a token would look as if there were nothing in it that the cluster has to go back for.
    if (!own || loaded.token !== own) await store.save(scope.tokenKey, loaded.token ?? unread, loading);
    return loaded;
  }
  const tokens: (Token | undefined)[] = [];
  for (const key of await relatedKeys(store, scope, loading)) tokens.push(await store.load(key, loading));
  return ofCluster(own, tokens);
}

/** The same store; a token that is removed, as the server's history was rewritten, takes along those that others could start at instead. */
export function storeOf(store: TokenStore, scope: Scope): TokenStore {
  return {
    load: (key, options) => store.load(key, options),
    save: (key, token, options) => store.save(key, token, options),
    async remove(key, options) {
      for (const related of await relatedKeys(store, scope, options)) await store.remove(related, options);
      await store.remove(key, options);
    },
    ...(store.keys ? { keys: (options: Loading) => store.keys?.(options) ?? Promise.resolve([]) } : {}),
  };
}

async function relatedKeys(store: TokenStore, scope: Scope, { signal }: Loading): Promise<readonly string[]> {
  if (scope.namespace !== undefined) return [clusterKey];
  const keys = (await store.keys?.({ signal })) ?? [];
  return keys.filter((key) => key.startsWith(namespaceKey('')));
}

function ofNamespace(namespace: string, own: Token | undefined, cluster: Token | undefined): Loaded {
  if (!isReadable(cluster) || (isReadable(own) && !isNewer(cluster.resourceVersion, own.resourceVersion)))
    return { token: own };
  // Its rights may end at the namespace: a witness elsewhere could not be looked at.
  const { witness, relist: _unfinished, ...token } = cluster;
  return {
    token: { ...token, ...(witness?.namespace === namespace ? { witness } : {}) },
    warning: `the namespace "${namespace}" starts where the whole cluster was left, at ${token.resourceVersion}`,
  };
}

function ofCluster(own: Token | undefined, namespaces: readonly (Token | undefined)[]): Loaded {
  const isAhead = (token: Token | undefined): boolean =>
    !isReadable(own) || (isReadable(token) && isNewer(token.resourceVersion, own.resourceVersion));
  // Of all of them: one that is behind the cluster's own may be what the cluster has begun at, and has not caught up with the others yet.
  const lowest = namespaces.reduce<Token | undefined>(lower, namespaces[0]);
  if (!lowest || !namespaces.some(isAhead)) return { token: own };
  if (!isReadable(lowest) || !isAhead(lowest)) return { token: own, warning: goesBackTo(own) };
  const { relist: _unfinished, ...token } = lowest;
  return { token, warning: `${goesBackTo(token)}, and other namespaces were not collected up to there` };
}

const goesBackTo = (token: Token | undefined): string =>
  `the whole cluster starts at ${isReadable(token) ? token.resourceVersion : 'the beginning'}, as not all of its namespaces were ` +
  'collected further: what is newer comes again from those that were';

const lower = (a: Token | undefined, b: Token | undefined): Token | undefined =>
  isReadable(a) && (!isReadable(b) || isNewer(a.resourceVersion, b.resourceVersion)) ? b : a;

const isReadable = (token: Token | undefined): token is Token =>
  token !== undefined && isVersion(token.resourceVersion);
