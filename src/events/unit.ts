/** The unit that collects events: its scopes, its token store, its rights. */
import { commitGate } from '../commit-gate.ts';
import { isKubeCheckError } from '../errors.ts';
import type { KubeApi } from '../kube-api.ts';
import type { TokenStore } from '../token-store.ts';
import { ConfigMapTokenStore } from '../tokens/config-map.ts';
import type { Permission, Unit, UnitContext } from '../unit.ts';
import { Collector } from './collector.ts';
import type { EventCollectorOptions } from './options.ts';
import { resolveEventOptions } from './resolve-options.ts';
import type { Scope } from './session.ts';

/** A store that was injected, or how to make one on the API of the first run. */
export type TokenStoreSource = TokenStore | ((api: KubeApi) => TokenStore);

export interface EventUnitOptions extends EventCollectorOptions {
  readonly tokenStore?: TokenStoreSource;
  /** Where the ConfigMap of the default store lives. @defaultValue the service account's, else `default` */
  readonly tokenNamespace?: string;
}

export function eventUnit(given: EventUnitOptions = {}): Unit {
  const options = resolveEventOptions(given);
  const scope = scopeOf(options.namespaces?.[0]);
  const collector = new Collector(options, scope);
  let store = typeof given.tokenStore === 'function' ? undefined : given.tokenStore;
  let last: UnitContext | undefined;
  const namespace = namespaceCheck(scope.namespace);

  return {
    name: 'events',
    commits: true,
    permissions: permissionsOf(scope, options.tokenName, given),
    async run(context) {
      last = context;
      store ??= storeFor(context.api, options.tokenName, given);
      const outcome = await collector.run(context, store, commitGate(context.sender, context.clock));
      if (outcome.status === 'ok' && outcome.events?.ledger.read === 0) await namespace(context);
      return outcome;
    },
    async stop() {
      if (last) await collector.save(last);
    },
  };
}

function scopeOf(namespace: string | undefined): Scope {
  if (namespace === undefined) return { name: 'cluster', tokenKey: 'event' };
  return { name: namespace, tokenKey: `event.${namespace}`, namespace };
}

function storeFor(api: KubeApi, name: string, { tokenStore, tokenNamespace }: EventUnitOptions): TokenStore {
  if (typeof tokenStore === 'function') return tokenStore(api);
  return (
    tokenStore ??
    new ConfigMapTokenStore({ api, name, ...(tokenNamespace === undefined ? {} : { namespace: tokenNamespace }) })
  );
}

function permissionsOf(
  { namespace }: Scope,
  tokenName: string,
  { tokenStore, tokenNamespace }: EventUnitOptions,
): readonly Permission[] {
  const events: Permission = {
    verbs: ['list', 'watch'],
    group: '',
    resource: 'events',
    ...(namespace === undefined ? {} : { namespace }),
  };
  if (tokenStore) return [events];
  const configMaps = { group: '', resource: 'configmaps', namespace: tokenNamespace ?? 'default' };
  return [
    events,
    { ...configMaps, verbs: ['get', 'update'], name: tokenName },
    // A create can't be limited to a name: RBAC decides before the name is known.
    { ...configMaps, verbs: ['create'] },
  ];
}

/**
 * A namespace that does not exist is 200 and silence to whoever may read the whole cluster. So while nothing comes it is looked for; where
 * the right to look is missing nobody is asked again, as reading its events needs no such right.
 */
function namespaceCheck(namespace: string | undefined): (context: UnitContext) => Promise<void> {
  let settled = namespace === undefined;
  return async ({ api, signal, warn }) => {
    if (settled || namespace === undefined) return;
    try {
      await api.json({ path: `/api/v1/namespaces/${encodeURIComponent(namespace)}`, signal });
      settled = true;
    } catch (error) {
      if (isKubeCheckError(error, 'API_ABSENT'))
        warn(`the namespace "${namespace}" does not exist: there are no events to collect until it does`);
      else settled = isKubeCheckError(error, 'API_DENIED');
    }
  };
}
