/** The unit that collects events: its scopes, its token store, its rights. */
import { type CommitGate, commitGate } from '../commit-gate.ts';
import type { KubeApi } from '../kube-api.ts';
import { queries } from '../query/cache.ts';
import { countingQuery } from '../query/counting.ts';
import type { EventActivity, UnitOutcome } from '../report.ts';
import type { TokenStore } from '../token-store.ts';
import { ConfigMapTokenStore } from '../tokens/config-map.ts';
import type { Permission, Unit, UnitContext, UnitProgress } from '../unit.ts';
import { mergeActivity } from './activity.ts';
import { Collector } from './collector.ts';
import { createLookUp } from './look-up/create-look-up.ts';
import { kinds } from './look-up/kinds.ts';
import { namespaceCheck } from './namespace-check.ts';
import { createNotes } from './notes.ts';
import type { EventCollectorOptions } from './options.ts';
import { mergedOutcome, mergedProgress } from './outcome.ts';
import { type ResolvedEventOptions, resolveEventOptions } from './resolve-options.ts';
import { type Scope, scopesOf } from './scope.ts';
import { sentenceOf } from './select/suspect.ts';
import { suspects } from './select/suspects.ts';
import { WatchCollector } from './watch-collector.ts';

/** A store that was injected, or how to make one on the API of the first run. */
export type TokenStoreSource = TokenStore | ((api: KubeApi) => TokenStore);

export interface EventUnitOptions extends EventCollectorOptions {
  readonly tokenStore?: TokenStoreSource;
  /** Where the ConfigMap of the default store lives. @defaultValue the service account's, else `default` */
  readonly tokenNamespace?: string;
}

/** Collects one scope. `run` never rejects. */
interface ScopeCollector {
  run(context: UnitContext, store: TokenStore, gate: CommitGate): Promise<UnitOutcome>;
  stop(): Promise<void>;
  takeEvents(now: { readonly ledElsewhere: boolean }): EventActivity;
  progress(): UnitProgress;
}

export function eventUnit(given: EventUnitOptions = {}): Unit {
  const options = resolveEventOptions(given);
  const suspicious = suspicionsOf(given);
  const lookUp = createLookUp(options);
  const query = options.query === undefined ? undefined : countingQuery(queries.acquire(options.query));
  const collect = options.mode === 'watch' ? WatchCollector : Collector;
  const collectors = scopesOf(options.namespaces).map((scope) => ({
    scope,
    collector: new collect(options, scope, { lookUp, query }) satisfies ScopeCollector as ScopeCollector,
    exists: namespaceCheck(scope.namespace),
  }));
  let store = typeof given.tokenStore === 'function' ? undefined : given.tokenStore;

  return {
    name: 'events',
    commits: true,
    permissions: permissionsOf(collectors, options, given),
    async run(context) {
      for (const message of suspicious) context.warn(message);
      const tokens = store ?? storeFor(context.api, options.tokenName, given);
      store = tokens;
      const gate = commitGate(context.sender, context.clock);
      const outcomes = collectors.map(async ({ scope, collector, exists }) => {
        const outcome = await collector.run(context, tokens, gate);
        if (outcome.status === 'ok' && outcome.events?.ledger.read === 0) await exists(context);
        return { scope, outcome };
      });
      return mergedOutcome(await Promise.all(outcomes));
    },
    async stop() {
      await Promise.all(collectors.map(({ collector }) => collector.stop()));
      lookUp.stop();
    },
    takeEvents: (now) => mergeActivity(collectors.map(({ collector }) => collector.takeEvents(now))),
    progress() {
      const { stats: lookups } = lookUp;
      return {
        ...mergedProgress(collectors.map(({ collector }) => collector.progress())),
        ...(lookups ? { lookups } : {}),
        ...(query ? { query: query.stats() } : {}),
      };
    },
  };
}

/** For each report, as nobody may have looked at the first one; no more than a report can bear. */
function suspicionsOf(options: EventCollectorOptions): readonly string[] {
  const notes = createNotes();
  for (const suspect of suspects(options)) notes.add(sentenceOf(suspect));
  return notes.take();
}

function storeFor(api: KubeApi, name: string, { tokenStore, tokenNamespace }: EventUnitOptions): TokenStore {
  if (typeof tokenStore === 'function') return tokenStore(api);
  return (
    tokenStore ??
    new ConfigMapTokenStore({ api, name, ...(tokenNamespace === undefined ? {} : { namespace: tokenNamespace }) })
  );
}

function permissionsOf(
  scopes: readonly { readonly scope: Scope }[],
  { lookUp, tokenName }: Pick<ResolvedEventOptions, 'lookUp' | 'tokenName'>,
  { tokenStore, tokenNamespace }: EventUnitOptions,
): readonly Permission[] {
  const lookedUp = (namespaced: boolean) =>
    lookUp
      .filter((kind) => kinds[kind].namespaced === namespaced)
      .map((kind) => ({ verbs: ['get'], group: kinds[kind].group, resource: kind }));
  const ofScopes = scopes.flatMap(({ scope: { namespace } }): readonly Permission[] => {
    const place = namespace === undefined ? {} : { namespace };
    const inScope = [{ verbs: ['list', 'watch'], group: '', resource: 'events' }, ...lookedUp(true)];
    return inScope.map((permission) => ({ ...permission, ...place }));
  });
  const read = [...ofScopes, ...lookedUp(false)];
  if (tokenStore) return read;
  const configMaps = { group: '', resource: 'configmaps', namespace: tokenNamespace ?? 'default' };
  return [
    ...read,
    { ...configMaps, verbs: ['get', 'update'], name: tokenName },
    // A create can't be limited to a name: RBAC decides before the name is known.
    { ...configMaps, verbs: ['create'] },
  ];
}
