/** What a request is about, in the words of RBAC: verb, resource, namespace. Errors name it so that a missing rule can be told at once. */
import type { KubeRequest } from '../kube-api.ts';

export interface RequestTarget {
  /** e.g. `list events in namespace "shop"` */
  readonly text: string;
  /** The RBAC rule that allows it. */
  readonly rule: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const resourcePath =
  /^(?:\/api\/(?<core>v\w+)|\/apis\/(?<group>[^/]+)\/\w+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?\/?$/;

export function describe(request: Pick<KubeRequest, 'path'> & Partial<KubeRequest>): RequestTarget {
  const method = request.method ?? 'GET';
  const groups = resourcePath.exec(request.path)?.groups;
  if (!groups) {
    const verb = method.toLowerCase();
    return {
      text: `${verb} ${request.path}`,
      rule: `verb "${verb}" on nonResourceURL "${request.path}"`,
      details: { verb, path: request.path },
    };
  }
  const { group = '', namespace, name } = groups;
  const resource = groups['resource'] ?? '';
  const verb = verbOf(method, name !== undefined, request.query?.['watch'] === 'true');
  const where = namespace === undefined ? 'at the cluster scope' : `in namespace "${namespace}"`;
  const what = name === undefined ? resource : `${resource} "${name}"`;
  return {
    text: `${verb} ${what} ${where}`,
    rule: `verb "${verb}" on resource "${resource}" of API group "${group}" ${where}`,
    details: {
      verb,
      group,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    },
  };
}

function verbOf(method: string, named: boolean, watch: boolean): string {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (watch) return 'watch';
  return named ? 'get' : 'list';
}
