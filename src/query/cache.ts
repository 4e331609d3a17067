/**
 * Compiled queries, found again by their text: what validation has compiled the unit need not, and many checks with one query share it.
 * A query that a unit holds stays with it; what nobody asks for again is forgotten.
 */
import type { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../clock.ts';
import { KubeCheckError } from '../errors.ts';
import { required } from '../required.ts';
import { compileQuery } from './compile.ts';
import type { QueryProblem } from './problem.ts';
import type { EventQuery } from './query.ts';

/** A compiled query, and what it has cost whoever is given it: nothing where it was found, or was accounted for already. */
export interface AcquiredQuery {
  readonly query: EventQuery;
  readonly compiles: number;
  readonly compileMs: number;
}

export interface QueryCache {
  /** Why it can't be used. Undefined: it can, and is compiled now. */
  check(text: string): QueryProblem | undefined;
  /** @throws KubeCheckError CONFIG_INVALID, with the problem in `details.issues` */
  acquire(text: string): AcquiredQuery;
}

/** Of the whole process, on the machine's time. */
export const queries: QueryCache = queryCache(systemClock);

export const cacheLimits = { entries: 100, ttlMs: 600_000 } as const;

/** Makes nothing before it is asked. */
export function queryCache(clock: Clock): QueryCache {
  let entries: LRUCache<string, AcquiredQuery> | undefined;

  function entryOf(text: string): AcquiredQuery | QueryProblem {
    entries ??= newEntries(clock);
    const known = entries.get(text);
    if (known) return known;
    const startMs = clock.monotonicMs();
    const compiled = compileQuery(text);
    if ('problem' in compiled) return compiled.problem;
    const entry = { query: compiled.query, compiles: 1, compileMs: clock.monotonicMs() - startMs };
    entries.set(text, entry);
    return entry;
  }

  return {
    check(text) {
      const entry = entryOf(text);
      return 'query' in entry ? undefined : entry;
    },
    acquire(text) {
      const entry = entryOf(text);
      if (!('query' in entry)) throw refusal(entry);
      // Accounted for once: the sum over all units is what was compiled.
      entries?.set(text, { query: entry.query, compiles: 0, compileMs: 0 });
      return entry;
    },
  };
}

function newEntries(clock: Clock): LRUCache<string, AcquiredQuery> {
  const lru = required('lru-cache') as typeof import('lru-cache');
  return new lru.LRUCache({
    max: cacheLimits.entries,
    ttl: cacheLimits.ttlMs,
    updateAgeOnGet: true,
    // By default it remembers what time it is until a timer fires, which is no time of the clock.
    ttlResolution: 0,
    // What it stores at 0 would never grow old.
    perf: { now: () => clock.monotonicMs() + 1 },
  });
}

function refusal({ message, remedy }: QueryProblem): KubeCheckError {
  const issue = { path: 'events.query', message, ...(remedy === undefined ? {} : { remedy }) };
  return new KubeCheckError('CONFIG_INVALID', `configuration refused: events.query: ${message}`, {
    details: { issues: [issue] },
    ...(remedy === undefined ? {} : { remedy }),
  });
}
