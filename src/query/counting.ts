/** A query that counts what it does and never fails: an event it has no value for is kept, as a mistake in a query must lose nothing. */
import type { KubeEvent } from '../kube/wire/event.ts';
import type { QueryStats } from '../unit.ts';
import type { AcquiredQuery } from './cache.ts';
import type { EventQuery } from './query.ts';

export interface CountingQuery extends EventQuery {
  /**
   * Never throws.
   * @param warn - told of each failure, in the words of the query alone: nothing of the event is in them
   */
  keeps(event: KubeEvent, warn?: (message: string) => void): boolean;
  /** Since it was made. */
  stats(): QueryStats;
}

export function countingQuery({ query, compiles, compileMs }: AcquiredQuery): CountingQuery {
  let evaluations = 0;
  let failures = 0;
  return {
    text: query.text,
    keeps(event, warn) {
      evaluations++;
      try {
        return query.keeps(event);
      } catch (error) {
        failures++;
        warn?.(warningOf(error));
        return true;
      }
    },
    stats: () => ({ compiles, compileMs, evaluations, failures }),
  };
}

const warningOf = (error: unknown): string =>
  `the event query has no value for some events, which are kept (${error instanceof Error ? error.message : 'it fails'})`;
