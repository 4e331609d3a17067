/** From a request to its answer: who asks, whether that is allowed, what it is about. What the server does not know is unplanned. */
import {
  type Answer,
  badRequest,
  forbidden,
  jsonAnswer,
  methodNotAllowed,
  noSuchResource,
  notAcceptable,
  notFound,
  pageNotFound,
  Refusal,
  unauthorized,
} from './answer.ts';
import { anonymous, isDenied, type RequestAttributes } from './authorization.ts';
import type { Cluster } from './cluster.ts';
import { answerOapi, answerQuotaGroup, answerVersion } from './discovery.ts';
import { outlast } from './etcd.ts';
import { type Exchange, isWatch } from './exchange.ts';
import { parseFieldSelector } from './field-selector.ts';
import { list } from './list.ts';
import { prefersProtobuf } from './protobuf.ts';
import { answerReadyz } from './readyz.ts';
import {
  clusterQuotas,
  componentStatuses,
  events,
  legacyClusterQuotas,
  parseResourcePath,
  prefixOf,
  type ResourcePath,
  typed,
} from './resources.ts';
import { answerWrite } from './write.ts';

const knownParameters = new Set(
  'allowWatchBookmarks continue fieldManager fieldSelector limit pretty resourceVersion resourceVersionMatch timeout timeoutSeconds watch'.split(
    ' ',
  ),
);

/** Undefined: it is answered by a stream of its own. @throws Refusal */
export async function answerRequest(cluster: Cluster, exchange: Exchange): Promise<Answer | undefined> {
  const user = userOf(cluster, exchange);
  const path = parseResourcePath(exchange.path);
  if (!path) return answerPath(cluster, exchange, user);
  const verb = verbOf(exchange, path);
  if (verb === undefined)
    return unplanned(exchange, `the fake server does not ${exchange.request.method} this`, methodNotAllowed());
  authorize(cluster, attributesOf(path, verb, user));
  if (!isServed(cluster, path)) return pageNotFound();
  if (!acceptsJson(exchange) && !(path.resource === events && prefersProtobuf(exchange.record.accept)))
    throw new Refusal(notAcceptable());
  const unknown = [...exchange.query.keys()].find((name) => !knownParameters.has(name));
  if (unknown !== undefined)
    return unplanned(
      exchange,
      `parameter ${unknown}`,
      badRequest(`the fake server does not know the parameter ${unknown}`),
    );
  return answerResource(cluster, exchange, { path, verb });
}

async function answerResource(
  cluster: Cluster,
  exchange: Exchange,
  { path, verb }: { readonly path: ResourcePath; readonly verb: string },
): Promise<Answer | undefined> {
  const { history, etcd } = cluster;
  const { query, record } = exchange;
  const away = etcd.away(path.resource.resource);
  const selector = parseFieldSelector(query.get('fieldSelector') ?? '', path.resource);
  if (verb === 'watch') {
    cluster.watches.start(exchange, { path, selector, ...(away && { ready: away }) });
    return undefined;
  }
  if (path.resource === componentStatuses) return answerComponentStatuses(cluster);
  const late = away && (await outlast(exchange, away, cluster.clock));
  if (late) return late;
  if (verb === 'list') return list(history, { path, query, selector, continueFloor: cluster.continueFloor });
  if (verb !== 'get') {
    const manager = exchange.request.headers['user-agent']?.split('/')[0] ?? 'unknown';
    return answerWrite(cluster.writer, { method: record.method, path, body: record.body, manager });
  }
  const name = path.name ?? '';
  const object = history.get(`${prefixOf(path.resource, path.namespace)}${name}`);
  if (!object) throw new Refusal(notFound({ ...path.resource, name }));
  return jsonAnswer(200, typed(path.resource, object));
}

/** What is no resource. */
async function answerPath(cluster: Cluster, exchange: Exchange, user: string): Promise<Answer> {
  const { path, query } = exchange;
  const verb = exchange.request.method === 'GET' ? 'get' : `${exchange.request.method?.toLowerCase()}`;
  const planned = verb === 'get' && servedPaths.has(path);
  if (!planned)
    return unplanned(exchange, 'this path is not served', path.startsWith('/api/') ? noSuchResource() : pageNotFound());
  authorize(cluster, { user, verb, path });
  switch (path) {
    case '/readyz': {
      const { checks, afterMs } = cluster.etcd.failing;
      if (afterMs > 0) await cluster.clock.sleep(afterMs, { signal: exchange.closed, background: true });
      return answerReadyz(query, new Set([...cluster.failingChecks, ...checks]));
    }
    case '/version':
      return answerVersion(cluster.gitVersion);
    case '/oapi':
      return answerOapi(cluster.openShift);
    default:
      return answerQuotaGroup(cluster.openShift);
  }
}

const servedPaths = new Set(['/readyz', '/version', '/oapi', '/apis/quota.openshift.io']);

function unplanned(exchange: Exchange, why: string, answer: Answer): Answer {
  exchange.unplanned(why);
  return answer;
}

/** @throws Refusal 401 for a token that nobody has */
function userOf(cluster: Cluster, { request }: Exchange): string {
  const { authorization } = request.headers;
  if (authorization === undefined) return anonymous;
  const token = /^Bearer (.*)$/i.exec(authorization)?.[1] ?? '';
  const user = cluster.users.get(token);
  if (user === undefined) throw new Refusal(unauthorized());
  return user;
}

/** Undefined: not served. */
function verbOf({ request, query }: Exchange, { resource, name, namespace }: ResourcePath): string | undefined {
  switch (request.method) {
    case 'GET':
      if (name !== undefined) return 'get';
      if (!isWatch(query)) return 'list';
      return resource.watchable ? 'watch' : undefined;
    case 'POST':
      return resource.writable && name === undefined && namespace !== undefined ? 'create' : undefined;
    case 'PUT':
      return resource.writable && name !== undefined ? 'update' : undefined;
    case 'DELETE':
      return resource.writable && name !== undefined ? 'delete' : undefined;
    default:
      return undefined;
  }
}

function attributesOf({ resource, name, namespace }: ResourcePath, verb: string, user: string): RequestAttributes {
  // A namespace is in itself.
  const scope = resource.resource === 'namespaces' ? name : namespace;
  return {
    user,
    verb,
    group: resource.group,
    resource: resource.resource,
    ...(scope === undefined ? {} : { namespace: scope }),
    ...(name === undefined ? {} : { name }),
  };
}

/** @throws Refusal 403 */
function authorize(cluster: Cluster, attributes: RequestAttributes): void {
  if (isDenied(attributes, cluster.denyRules)) throw new Refusal(forbidden(attributes));
}

function isServed({ openShift }: Cluster, { resource }: ResourcePath): boolean {
  if (resource === clusterQuotas) return openShift === 'group';
  if (resource === legacyClusterQuotas) return openShift === 'oapi';
  return true;
}

function acceptsJson({ request }: Exchange): boolean {
  const accept = request.headers.accept ?? '*/*';
  return accept.split(',').some((type) => /^\s*(application\/json|application\/\*|\*\/\*)\s*(;|$)/.test(type));
}

function answerComponentStatuses({ componentStatuses: items }: Cluster): Answer {
  return {
    ...jsonAnswer(200, { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items }),
    headers: { Warning: '299 - "v1 ComponentStatus is deprecated in v1.19+"' },
  };
}
