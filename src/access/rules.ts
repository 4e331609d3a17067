/**
 * What units need, as RBAC rules: one a target, its verbs and the units that need it brought together, in an order that does not depend on
 * the order of the units. Pure.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import type { Permission, Unit } from '../unit.ts';

/** Whoever needs something: a unit, or another part under its own name. */
export type Needs = Pick<Unit, 'name' | 'permissions'>;

export interface Rule {
  readonly target:
    | { readonly group: string; readonly resource: string; readonly name?: string }
    | { readonly nonResourceUrl: string };
  readonly verbs: readonly string[];
  /** The names of those who need it. */
  readonly neededBy: readonly string[];
}

/** `cluster` becomes a ClusterRole, each namespace a Role in it. */
export interface RuleSet {
  readonly cluster: readonly Rule[];
  readonly namespaces: readonly { readonly namespace: string; readonly rules: readonly Rule[] }[];
}

export function rulesFor(needs: readonly Needs[]): RuleSet {
  const scopes = new Map<string, Map<string, Merged>>();
  for (const { name, permissions = [] } of needs) {
    for (const permission of permissions) {
      const scope = entryOf(scopes, scopeOf(permission), () => new Map<string, Merged>());
      const target = targetOf(permission);
      const merged = entryOf(scope, sortKey(target), () => ({ target, verbs: new Set(), neededBy: new Set() }));
      for (const verb of permission.verbs) merged.verbs.add(verb);
      merged.neededBy.add(name);
    }
  }
  const rulesOf = (scope: string) => sorted(scopes.get(scope) ?? new Map());
  return {
    cluster: rulesOf(clusterScope),
    namespaces: [...scopes.keys()]
      .filter((scope) => scope !== clusterScope)
      .sort(compare)
      .map((namespace) => ({ namespace, rules: rulesOf(namespace) })),
  };
}

/** No namespace has this name. */
const clusterScope = '';

interface Merged {
  readonly target: Rule['target'];
  readonly verbs: Set<string>;
  readonly neededBy: Set<string>;
}

const scopeOf = (permission: Permission): string =>
  'nonResourceUrl' in permission ? clusterScope : (permission.namespace ?? clusterScope);

function targetOf(permission: Permission): Rule['target'] {
  if ('nonResourceUrl' in permission) return { nonResourceUrl: permission.nonResourceUrl };
  const { group, resource, name } = permission;
  return { group, resource, ...(name === undefined ? {} : { name }) };
}

/** Resources by group, resource and name, then URLs: a rule without a name is not the same as one with it. */
const sortKey = (target: Rule['target']): string =>
  'nonResourceUrl' in target
    ? JSON.stringify([1, target.nonResourceUrl])
    : JSON.stringify([0, target.group, target.resource, ...(target.name === undefined ? [] : [target.name])]);

const sorted = (rules: ReadonlyMap<string, Merged>): readonly Rule[] =>
  [...rules]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { target, verbs, neededBy }]) => ({
      target,
      verbs: [...verbs].sort((a, b) => verbRank(a) - verbRank(b) || compare(a, b)),
      neededBy: [...neededBy].sort(compare),
    }));

const usualOrder = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

function verbRank(verb: string): number {
  const rank = usualOrder.indexOf(verb);
  return rank < 0 ? usualOrder.length : rank;
}

/** By code unit: a manifest must not depend on anyone's locale. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
