/** Writes over HTTP: create, update with optimistic concurrency, delete; and what the server adds to an object that it stores. */
import type { Clock } from '../../clock.ts';
import {
  type Answer,
  alreadyExists,
  badRequest,
  conflict,
  internalError,
  jsonAnswer,
  notFound,
  Refusal,
} from './answer.ts';
import type { History } from './history.ts';
import { type KubeObject, managedFields, type ObjectMeta, uuidOf, wholeSeconds } from './object.ts';
import { namespaces, prefixOf, type Resource, type ResourcePath, typed } from './resources.ts';

/** The store behind the API: every write of the fake server, by request or by method, goes through here. */
export interface Writer {
  /** @throws Refusal 409 if it exists, 404 if its namespace does not */
  create(resource: Resource, object: KubeObject, manager?: string): KubeObject;
  /** A write that changes nothing makes no version. @throws Refusal 404, or 409 if uid or version differ from what is stored */
  update(
    resource: Resource,
    object: KubeObject,
    manager?: string,
  ): { readonly object: KubeObject; readonly created: boolean };
  /** @throws Refusal 404 */
  delete(resource: Resource, named: { readonly name: string; readonly namespace?: string }): KubeObject;
}

export function createWriter(history: History, clock: Clock): Writer {
  let made = 0;
  const keyOf = (resource: Resource, { name, namespace }: Pick<ObjectMeta, 'name' | 'namespace'>): string =>
    `${prefixOf(resource, resource.namespaced ? namespace : undefined)}${name}`;

  function store(resource: Resource, object: KubeObject, held: KubeObject | undefined, manager: string): KubeObject {
    const body = without(object, ['kind', 'apiVersion', 'metadata']);
    const given = object.metadata;
    const atMs = clock.nowMs();
    return history.put(keyOf(resource, given), (revision) => ({
      metadata: {
        name: given.name,
        ...(resource.namespaced && given.namespace !== undefined ? { namespace: given.namespace } : {}),
        uid: held?.metadata.uid ?? given.uid ?? uuidOf(`fake-api-server/${++made}`),
        resourceVersion: `${revision}`,
        creationTimestamp: held?.metadata.creationTimestamp ?? given.creationTimestamp ?? wholeSeconds(atMs),
        ...without(given, serverMetadata),
        managedFields:
          given['managedFields'] ?? held?.metadata['managedFields'] ?? managedFields(body, { manager, atMs }),
      },
      ...body,
    }));
  }

  return {
    create(resource, object, manager = 'fake-api-server') {
      const { name, namespace } = object.metadata;
      const named = { ...resource, name };
      if (resource.namespaced && !history.get(`${namespaces.prefix}${namespace}`))
        throw new Refusal(notFound({ ...namespaces, name: namespace ?? '' }));
      if (history.get(keyOf(resource, object.metadata))) throw new Refusal(alreadyExists(named));
      return store(resource, object, undefined, manager);
    },
    update(resource, object, manager = 'fake-api-server') {
      const { name, uid, resourceVersion } = object.metadata;
      const named = { ...resource, name };
      const key = keyOf(resource, object.metadata);
      const held = history.get(key);
      if (!held && !resource.createOnUpdate) throw new Refusal(notFound(named));
      if (uid !== undefined && uid !== held?.metadata.uid)
        throw new Refusal(conflict(named, uidConflict(key, uid, held?.metadata.uid)));
      if (!held) return { object: this.create(resource, object, manager), created: true };
      if (resourceVersion !== undefined && resourceVersion !== held.metadata.resourceVersion)
        throw new Refusal(conflict(named));
      return { object: same(held, object) ? held : store(resource, object, held, manager), created: false };
    },
    delete(resource, { name, namespace }) {
      const key = keyOf(resource, { name, ...(namespace === undefined ? {} : { namespace }) });
      const held = history.get(key);
      if (!held) throw new Refusal(notFound({ ...resource, name }));
      history.delete(key);
      return held;
    },
  };
}

const uidConflict = (key: string, given: string, held: string | undefined): string =>
  `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ` +
  `UID in precondition: ${given}, UID in object meta: ${held ?? ''}`;

/** What the server itself keeps in the metadata. */
const serverMetadata = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'managedFields'];

function same(held: KubeObject, given: KubeObject): boolean {
  const comparable = (object: KubeObject): string =>
    JSON.stringify(
      canonical({
        ...without(object, ['kind', 'apiVersion', 'metadata']),
        metadata: without(object.metadata, serverMetadata),
      }),
    );
  return comparable(held) === comparable(given);
}

const without = (object: object, fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));

/** Fields in one order, empty ones left out, as after a round through the server's own types. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined && field !== '')
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, field]) => [name, canonical(field)]),
  );
}

/** Answers a POST, PUT or DELETE on a resource. @throws Refusal */
export function answerWrite(
  writer: Writer,
  request: { readonly method: string; readonly path: ResourcePath; readonly body: unknown; readonly manager: string },
): Answer {
  const { method, path, manager } = request;
  const { resource, name, namespace } = path;
  if (method === 'DELETE') {
    const { uid } = writer.delete(resource, {
      name: name ?? '',
      ...(namespace === undefined ? {} : { namespace }),
    }).metadata;
    const details = { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.resource, uid };
    return jsonAnswer(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  }
  const object = objectOf(request.body, path);
  if (method === 'POST') {
    if (object.metadata.resourceVersion)
      throw new Refusal(internalError('resourceVersion should not be set on objects to be created'));
    const metadata = { ...without(object.metadata, ['uid', 'creationTimestamp']), name: object.metadata.name };
    return jsonAnswer(201, typed(resource, writer.create(resource, { ...object, metadata }, manager)));
  }
  if (object.metadata.name !== name)
    throw new Refusal(
      badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`),
    );
  const { object: stored, created } = writer.update(resource, object, manager);
  return jsonAnswer(created ? 201 : 200, typed(resource, stored));
}

/** The body as an object of the path's kind, in the path's namespace. @throws Refusal 400 */
function objectOf(body: unknown, { resource, namespace }: ResourcePath): KubeObject {
  const { metadata, ...fields } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const meta = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as Record<string, unknown>;
  if (typeof meta['name'] !== 'string' || meta['name'] === '')
    throw new Refusal(
      badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): it has no metadata.name`),
    );
  if (meta['namespace'] !== undefined && meta['namespace'] !== namespace)
    throw new Refusal(
      badRequest('the namespace of the provided object does not match the namespace sent on the request'),
    );
  return { ...fields, metadata: { ...meta, name: meta['name'], ...(namespace === undefined ? {} : { namespace }) } };
}
