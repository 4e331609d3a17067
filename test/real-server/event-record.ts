/** Every version of every event, as a plain watch beside the code under test saw it on the wire, and what it says of count and times. */
import assert from 'node:assert/strict';
import type { SourceEvent } from '../../src/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';

/** The fields of core/v1, in which the API server also tells of events.k8s.io. */
export interface StoredEvent {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly name: string;
    readonly namespace: string;
  };
  readonly involvedObject: {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly apiVersion?: string;
  };
  readonly reason: string;
  readonly message?: string;
  readonly type: string;
  readonly source: { readonly component?: string };
  readonly reportingComponent: string;
  readonly count?: number;
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly eventTime: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export interface EventRecord extends Disposable {
  /** By `<uid>:<resourceVersion>`, in the order of writing. */
  readonly versions: ReadonlyMap<string, StoredEvent>;
}

export const idOf = ({ metadata: { uid, resourceVersion } }: StoredEvent): string => `${uid}:${resourceVersion}`;

/** Resolves when everything that is written from now on will be in it. */
export async function recordEvents(plane: ControlPlane): Promise<EventRecord> {
  const versions = new Map<string, StoredEvent>();
  const { items, metadata } = await listEvents(plane);
  for (const event of items) versions.set(idOf(event), event);
  const watch = await plane.watch(ADMIN, `/api/v1/events?watch=1&resourceVersion=${metadata.resourceVersion}`);
  assert.equal(watch.status, 200);
  void (async () => {
    for await (const { type, object } of watch.frames) {
      const event = object as unknown as StoredEvent;
      if (type !== 'DELETED') versions.set(idOf(event), event);
    }
  })().catch(() => undefined); // Its end: what is missing in the record then is missed by the test.
  return { versions, [Symbol.dispose]: () => watch.close() };
}

export async function listEvents(plane: ControlPlane) {
  const { status, body } = await plane.request<{
    readonly items: readonly StoredEvent[];
    readonly metadata: { readonly resourceVersion: string };
  }>(ADMIN, 'GET', '/api/v1/events');
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

export const isNewStyle = ({ firstTimestamp, eventTime }: StoredEvent): boolean =>
  firstTimestamp === null && eventTime !== null;

/** What is to be delivered of this very version. */
export function factsOf(event: StoredEvent): SourceEvent {
  const { metadata, involvedObject, reason, message = '', type, source, reportingComponent } = event;
  const { kind, name, namespace, uid, apiVersion } = involvedObject;
  const object = Object.fromEntries(
    Object.entries({ kind, name, namespace, uid, apiVersion }).filter(([, value]) => value !== undefined),
  ) as unknown as SourceEvent['object'];
  return {
    id: idOf(event),
    namespace: metadata.namespace,
    name: metadata.name,
    object,
    ...{ type, reason, message },
    component: source.component ?? reportingComponent,
    ...seenBy(event),
  };
}

function seenBy(event: StoredEvent): Pick<SourceEvent, 'count' | 'firstAtMs' | 'lastAtMs'> {
  const { eventTime, series, count, firstTimestamp, lastTimestamp } = event;
  if (isNewStyle(event)) {
    const lastAtMs = instant(series?.lastObservedTime ?? eventTime);
    return { count: series?.count ?? 1, firstAtMs: instant(eventTime), lastAtMs };
  }
  return { count: count ?? 0, firstAtMs: instant(firstTimestamp), lastAtMs: instant(lastTimestamp) };
}

/** Whole milliseconds of a time of at most microseconds. */
function instant(time: string | null): number {
  assert.ok(time !== null, 'an event of this style has this time');
  return Date.parse(time);
}
