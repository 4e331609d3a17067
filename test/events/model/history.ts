/** The model's API server: a history of writes and deletions, and what it answers about it. */
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import type { Witness } from '../../../src/token-store.ts';
import { anEvent } from '../kube-event.ts';

/** What happened at a version: versions count from 1. A restored etcd begins another epoch, in which versions are given anew. */
export interface Entry {
  readonly key: number;
  readonly epoch: number;
  /** Of the object, from its creation to its deletion. */
  readonly uid: string;
  readonly deleted?: true;
}
export type History = readonly Entry[];

/** The first version is of something else: a server's history is never empty. */
export const beginning: History = [{ key: -1, epoch: 0, uid: '' }];

/** Objects are dealt out to namespaces in turn. */
export const namespaceOf = (key: number): string => (key % 2 === 0 ? 'a' : 'b');

export const isWithin = (key: number, namespace: string | undefined): boolean =>
  key >= 0 && (namespace === undefined || namespaceOf(key) === namespace);

/** The version of an object as it was at a version of the history; 0: it was not there. */
export function lastOf(h: History, key: number, upTo: number): number {
  for (let version = upTo; version >= 1; version--) {
    const entry = h[version - 1];
    if (entry?.key === key) return entry.deleted ? 0 : version;
  }
  return 0;
}

/** One version of an object, in one history. */
export const idOf = (h: History, version: number): string => `${h[version - 1]?.epoch}.${version}`;

const events = new Map<string, KubeEvent>();

/** As the server shows it; its message is the id. */
export function eventAt(h: History, version: number): KubeEvent {
  const { key = -1, uid = '' } = h[version - 1] ?? {};
  const id = idOf(h, version);
  const known = events.get(`${id} ${key} ${uid}`);
  if (known) return known;
  const namespace = namespaceOf(key);
  const event = anEvent({ uid, version: String(version), namespace, name: `o${key}`, message: id });
  // In the key of a state its id stands for it.
  Object.defineProperty(event, 'toJSON', { value: () => [id, key, uid] });
  events.set(`${id} ${key} ${uid}`, event);
  return event;
}

export function written(h: History, key: number, epoch: number): History {
  const before = lastOf(h, key, h.length);
  const uid = before > 0 ? h[before - 1]?.uid : undefined;
  return [...h, { key, epoch, uid: uid ?? `${epoch}.${h.length + 1}` }];
}

export function deleted(h: History, key: number, epoch: number): History {
  const { uid = '' } = h[lastOf(h, key, h.length) - 1] ?? {};
  return [...h, { key, epoch, uid, deleted: true }];
}

export interface PageAsk {
  readonly namespace: string | undefined;
  readonly snapshot: number;
  /** The first object that may be on it. */
  readonly from: number;
  readonly limit: number;
}

/** Objects in key order, as they were at the snapshot; and the object with which the next page begins. */
export function pageOf(h: History, { namespace, snapshot, from, limit }: PageAsk) {
  const keys = [...new Set(h.map(({ key }) => key))]
    .filter((key) => key >= from && isWithin(key, namespace) && lastOf(h, key, snapshot) > 0)
    .sort((a, b) => a - b);
  const events = keys.slice(0, limit).map((key) => eventAt(h, lastOf(h, key, snapshot)));
  return { events, next: keys[limit] };
}

/** Whether an exact read at the version shows the object as the witness has it. */
export function isThere(h: History, version: number, { name, uid, version: at }: Witness): boolean {
  const last = lastOf(h, Number(name.slice(1)), version);
  return last > 0 && String(last) === at && h[last - 1]?.uid === uid;
}

/** The newest version that a watch of the namespace would show. */
export function newestOf(h: History, namespace: string | undefined): number {
  for (let version = h.length; version >= 1; version--)
    if (isWithin(h[version - 1]?.key ?? -1, namespace)) return version;
  return 0;
}
