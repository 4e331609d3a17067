/**
 * What was found, for as long as it holds: one cache a kind, bounded in time and number. `lru-cache` is loaded with the first of them, as
 * most of what imports this library never looks anything up.
 */
import type { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { LookedUp } from '../options.ts';
import type { ObjectLookups } from '../transform/lookups.ts';
import { type Asked, type Facts, kinds } from './kinds.ts';

export interface Memory {
  /** What the transforms see. They ask at once and in one go, and time stands still meanwhile. */
  readonly known: ObjectLookups;
  recall<K extends LookedUp>(kind: K, key: string): Facts[K] | undefined;
  keep<K extends LookedUp>(kind: K, asked: Asked, facts: Facts[K]): void;
  /**
   * Takes the time, which stands still between two calls: what is known then is known until the next one, and so is what is kept meanwhile.
   * To be called when a batch begins.
   */
  tick(): void;
}

/** Pods and nodes of a large cluster; of jobs those of a day. 100 to 200 bytes each, with their keys. */
const maxKnown = { pods: 5000, nodes: 5000, jobs: 1000 };
/** Of a kind, apart from the others: names that somebody has made up must not drive out what is there. */
const maxAbsent = 1000;

/** No namespace and no node has a slash in its name: what others are called can't stand for an object of another namespace. */
export const keyOf = (kind: LookedUp, namespace: string, name: string, uid: string): string =>
  kind === 'nodes' ? name : `${namespace}/${name}/${uid}`;

export async function openMemory(clock: Clock): Promise<Memory> {
  const { LRUCache: Cache } = await import('lru-cache');
  // What the cache takes for made at 0 never ends.
  const timeMs = () => clock.monotonicMs() + 1;
  let nowMs = timeMs();
  const cache = <Known extends object>(max: number) =>
    new Cache<string, Known>({ max, ttl: 1, ttlResolution: 0, perf: { now: () => nowMs } });
  const caches: { readonly [K in LookedUp]: LRUCache<string, Facts[K]> } = {
    pods: cache(maxKnown.pods),
    nodes: cache(maxKnown.nodes),
    jobs: cache(maxKnown.jobs),
  };
  const absent: typeof caches = { pods: cache(maxAbsent), nodes: cache(maxAbsent), jobs: cache(maxAbsent) };
  const peek = <K extends LookedUp>(kind: K, key: string): Facts[K] | undefined =>
    caches[kind].peek(key) ?? absent[kind].peek(key);
  return {
    known: {
      pod: (namespace, name, uid) => peek('pods', keyOf('pods', namespace, name, uid)),
      node: (name) => peek('nodes', keyOf('nodes', '', name, '')),
      job: (namespace, name, uid) => peek('jobs', keyOf('jobs', namespace, name, uid)),
    },
    recall: (kind, key) => caches[kind].get(key) ?? absent[kind].get(key),
    keep(kind, asked, facts) {
      const key = keyOf(kind, asked.namespace, asked.name, asked.uid);
      const ttl = kinds[kind].keptMs(facts, asked);
      const isAbsent = facts === kinds[kind].absent;
      // Asked by name alone, an object may come or go.
      (isAbsent ? caches : absent)[kind].delete(key);
      (isAbsent ? absent : caches)[kind].set(key, facts, { ttl });
    },
    tick() {
      nowMs = timeMs();
    },
  };
}
