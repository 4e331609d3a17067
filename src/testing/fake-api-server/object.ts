/** A Kubernetes object as JSON, as far as the fake server looks into it. */
import { createHash } from 'node:crypto';

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly [field: string]: unknown;
}

/** Any object of the API; stored ones have all of their metadata. */
export interface KubeObject {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** A text's own UUID: the same in each run of a test. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}

/** `2026-01-01T00:00:00Z`, as metav1.Time prints. */
export function wholeSeconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `2026-01-01T00:00:00.000000Z`, as metav1.MicroTime prints. */
export function microseconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/Z$/, '000Z');
}

/**
 * The bookkeeping of server-side apply that every object carries: a third of an event's bytes.
 * @param apiVersion - the version of the API that it was written through: events.k8s.io has other names for some fields
 */
export function managedFields(
  object: object,
  {
    manager,
    atMs,
    apiVersion = 'v1',
  }: { readonly manager: string; readonly atMs: number; readonly apiVersion?: string },
): readonly unknown[] {
  const names = apiVersion === 'v1' ? {} : newNames;
  const fieldsV1 = Object.fromEntries(
    Object.entries(object)
      .filter(([field, value]) => !notManaged.has(field) && !isEmpty(value))
      .map(([field, value]) => [`f:${names[field] ?? field}`, fieldsOf(field, value)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  return [{ manager, operation: 'Update', apiVersion, time: wholeSeconds(atMs), fieldsType: 'FieldsV1', fieldsV1 }];
}

const notManaged = new Set(['metadata', 'kind', 'apiVersion', 'status']);

const newNames: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
};

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** A reference is one unit; what may be absent as a whole is a field (`.`) beside its parts. */
function fieldsOf(field: string, value: unknown): object {
  if (field === 'involvedObject' || typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const parts = Object.fromEntries(Object.keys(value).map((name) => [`f:${name}`, {}]));
  return field === 'source' ? parts : { '.': {}, ...parts };
}
