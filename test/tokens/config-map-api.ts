/**
 * The part of an API server that keeps one ConfigMap, behind the port that the store is given: versions, uids and conflicts as the real
 * one has them. What was asked is recorded, and a script may answer in its place.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeCheckError } from '../../src/errors.ts';
import { classifyAnswer, classifyFailure } from '../../src/kube/classify.ts';
import type { KubeApi, KubeRequest } from '../../src/kube-api.ts';

export interface ConfigMapObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly [more: string]: unknown;
}

type Method = 'GET' | 'POST' | 'PUT';
/** A status; a whole answer; or an error code of Node where there is none. 200 and 201: as the server itself would. */
export type Scripted =
  | number
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly fails: string }
  | { readonly answers: unknown };

export interface Recorded {
  readonly method: Method;
  readonly path: string;
  readonly body?: ConfigMapObject;
}

export interface ConfigMapApi extends KubeApi {
  readonly requests: readonly Recorded[];
  /** What is stored now. */
  configMap: ConfigMapObject | undefined;
  /** Somebody else writes. */
  edit(change: (configMap: ConfigMapObject) => Partial<ConfigMapObject>): void;
  /** Somebody else deletes it, and makes it anew. */
  recreate(fields: Partial<ConfigMapObject>): void;
}

export interface ConfigMapWorld {
  readonly configMap?: object;
  /** By method, each used once and in order; then the server itself answers. */
  readonly script?: Partial<Record<Method, readonly Scripted[]>>;
  readonly namespace?: string;
  readonly name?: string;
  /** Called before each request is answered. */
  readonly before?: (request: Recorded) => void;
}

export function configMapApi(world: ConfigMapWorld = {}): ConfigMapApi {
  const { namespace = 'monitoring', name = 'kube-apiserver-check', before } = world;
  const all = `/api/v1/namespaces/${namespace}/configmaps`;
  const requests: Recorded[] = [];
  const script = {
    GET: [...(world.script?.GET ?? [])],
    POST: [...(world.script?.POST ?? [])],
    PUT: [...(world.script?.PUT ?? [])],
  };
  let made = 0;
  let version = 900;
  const create = (fields: object): ConfigMapObject => {
    const metadata = { namespace, name, uid: `uid-${++made}`, resourceVersion: String(++version) };
    return { ...fields, metadata: { ...metadata, ...(fields as Partial<ConfigMapObject>).metadata } };
  };

  const api: ConfigMapApi = {
    requests,
    configMap: world.configMap && create(world.configMap),
    edit(change) {
      const old = api.configMap ?? fail('nothing to edit');
      const changed = { ...old, ...change(old) };
      api.configMap = { ...changed, metadata: { ...changed.metadata, resourceVersion: String(++version) } };
    },
    recreate(fields) {
      api.configMap = create(fields);
    },
    async json(request) {
      const method = request.method ?? 'GET';
      const recorded: Recorded = {
        method,
        path: request.path,
        ...(request.body === undefined ? {} : { body: JSON.parse(JSON.stringify(request.body)) as ConfigMapObject }),
      };
      requests.push(recorded);
      if (request.signal.aborted) throw classifyFailure(request, request.signal.reason);
      before?.(recorded);
      const scripted = script[method].shift();
      if (scripted !== undefined && scripted !== 200 && scripted !== 201) return play(request, scripted);
      if (request.path !== (method === 'POST' ? all : `${all}/${name}`)) fail(`not planned: ${method} ${request.path}`);
      return structuredClone(answer(request, recorded));
    },
    open: () => fail('the store asks for JSON only'),
  };

  function answer(request: KubeRequest, { method, body }: Recorded): ConfigMapObject {
    const old = api.configMap;
    if (method === 'POST') {
      if (old) throw refusal(request, 409, { reason: 'AlreadyExists' });
      api.configMap = create(body ?? {});
      return api.configMap;
    }
    if (!old) throw refusal(request, 404, { reason: 'NotFound', message: `configmaps "${name}" not found` });
    if (method === 'GET') return old;
    const { uid, resourceVersion } = body?.metadata ?? fail('no body');
    if (uid !== old.metadata.uid || resourceVersion !== old.metadata.resourceVersion)
      throw refusal(request, 409, { reason: 'Conflict' });
    // As the real one: what changes nothing makes no new version.
    if (!isDeepStrictEqual(body, old))
      api.configMap = {
        ...body,
        metadata: { ...body?.metadata, resourceVersion: String(++version) },
      } as ConfigMapObject;
    return api.configMap ?? fail('nothing stored');
  }
  return api;
}

function play(request: KubeRequest, scripted: Exclude<Scripted, 200>): unknown {
  if (typeof scripted === 'number') throw refusal(request, scripted);
  if ('answers' in scripted) return scripted.answers;
  if ('fails' in scripted)
    throw classifyFailure(request, Object.assign(new Error(`it is ${scripted.fails}`), { code: scripted.fails }));
  throw refusal(request, scripted.status, scripted.body, scripted.headers);
}

function refusal(
  request: KubeRequest,
  status: number,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): KubeCheckError {
  const type = { 'content-type': 'application/json' };
  return classifyAnswer(
    request,
    { status, headers: new Headers({ ...type, ...headers }), body: JSON.stringify(body) },
    0,
  );
}

function fail(why: string): never {
  throw new Error(why);
}
