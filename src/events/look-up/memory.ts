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
  /** Takes the time, which stands still between two calls: what is known then is known until the next one. */
  tick(): void;
}

/** Pods and nodes of a large cluster; of jobs those of a day. 100 to 200 bytes each, with their keys. */
const maxKnown = { pods: 5000, nodes: 5000, jobs: 1000 };

/** No namespace and no node has a slash in its name: what others are called can't stand for an object of another namespace. */
export const keyOf = (kind: LookedUp, namespace: string, name: string, uid: string): string =>
  kind === 'nodes' ? name : `${namespace}/${name}/${uid}`;

export async function openMemory(clock: Clock): Promise<Memory> {
  const { LRUCache: Cache } = await import('lru-cache');
  let nowMs = 0;
  const cache = <K extends LookedUp>(kind: K) =>
    new Cache<string, Facts[K]>({ max: maxKnown[kind], ttl: 1, ttlResolution: 0, perf: { now: () => nowMs } });
  const caches: { readonly [K in LookedUp]: LRUCache<string, Facts[K]> } = {
    pods: cache('pods'),
    nodes: cache('nodes'),
    jobs: cache('jobs'),
  };
  return {
    known: {
      pod: (namespace, name, uid) => caches.pods.peek(keyOf('pods', namespace, name, uid)),
      node: (name) => caches.nodes.peek(name),
      job: (namespace, name, uid) => caches.jobs.peek(keyOf('jobs', namespace, name, uid)),
    },
    recall: (kind, key) => caches[kind].get(key),
    keep(kind, asked, facts) {
      const ttl = kinds[kind].keptMs(facts, asked);
      caches[kind].set(keyOf(kind, asked.namespace, asked.name, asked.uid), facts, { ttl });
    },
    tick() {
      // What the cache takes for made at 0 never ends.
      nowMs = clock.monotonicMs() + 1;
    },
  };
}
