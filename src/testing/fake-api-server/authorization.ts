/** Who asks, and who may: bearer tokens for users, and rules in the terms of RBAC. Everything is allowed until something is denied. */
import type { Permission } from '../../unit.ts';

/** A request as an authorizer sees it. */
export type RequestAttributes = {
  readonly user: string /** get, list, watch, create, update, delete */;
  readonly verb: string;
} & (
  | {
      readonly group: string;
      readonly resource: string;
      readonly namespace?: string;
      /** Never on list, watch and create. */
      readonly name?: string;
      readonly path?: undefined;
    }
  | {
      /** Not a resource: `/readyz`, `/apis/quota.openshift.io`. */
      readonly path: string;
    }
);

export type DenyRule = (attributes: RequestAttributes) => boolean;

/** Whom a real server takes a request without a token for. */
export const anonymous = 'system:anonymous';

/** What everybody may read, also without a token (system:public-info-viewer). */
const publicPaths = ['/healthz', '/livez', '/readyz', '/version'];

/** What every user may read whatever else is granted (system:discovery); OpenShift 3's `/oapi` is not among it upstream. */
const discovery: Permission[] = ['/api', '/api/*', '/apis', '/apis/*', ...publicPaths].map((nonResourceUrl) => ({
  verbs: ['get'],
  nonResourceUrl,
}));

/** True for everything that neither the permissions nor the roles of every user cover. A rule with a name never allows to create. */
export function allExcept(permissions: readonly Permission[]): DenyRule {
  const granted = [...permissions, ...discovery];
  return (attributes) => !granted.some((permission) => covers(permission, attributes));
}

export function isDenied(attributes: RequestAttributes, rules: Iterable<DenyRule>): boolean {
  if (attributes.user === anonymous) return !(attributes.verb === 'get' && publicPaths.includes(attributes.path ?? ''));
  for (const denies of rules) if (denies(attributes)) return true;
  return false;
}

function covers(permission: Permission, attributes: RequestAttributes): boolean {
  if (!permission.verbs.includes(attributes.verb)) return false;
  if ('nonResourceUrl' in permission)
    return attributes.path !== undefined && coversPath(permission.nonResourceUrl, attributes.path);
  if (attributes.path !== undefined) return false;
  return (
    permission.group === attributes.group &&
    permission.resource === attributes.resource &&
    (permission.namespace === undefined || permission.namespace === attributes.namespace) &&
    (permission.name === undefined || permission.name === attributes.name)
  );
}

const coversPath = (rule: string, path: string): boolean =>
  rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : rule === path;
