/** The books of event collection. Each count is made where the thing happens, so that the equation in {@link EventLedger} proves something. */
import type { EventLedger } from '../report.ts';

type Counts = { -readonly [Key in Exclude<keyof EventLedger, 'filteredBy' | 'carried' | 'pending'>]: number };

const nothing: Counts = { read: 0, delivered: 0, filtered: 0, repeated: 0, folded: 0, malformed: 0, quarantined: 0 };

export interface Ledger {
  /** Counts up what happened to `events` events. */
  book(entry: 'read' | 'delivered' | 'repeated' | 'folded' | 'malformed' | 'quarantined', events: number): void;
  filtered(byRule: ReadonlyMap<string, number>): void;
  /** The books so far, with `pending` as counted now. */
  soFar(pending: number): EventLedger;
  /** Ends the period: its books, with `pending` as counted now, which the next one carries. */
  close(pending: number): EventLedger;
}

export function createLedger(): Ledger {
  let counts: Counts = { ...nothing };
  let filteredBy = new Map<string, number>();
  let carried = 0;
  const soFar = (pending: number): EventLedger => ({
    carried,
    ...counts,
    pending,
    filteredBy: Object.fromEntries(filteredBy),
  });
  return {
    book(entry, events) {
      counts[entry] += events;
    },
    filtered(byRule) {
      for (const [rule, events] of byRule) {
        counts.filtered += events;
        filteredBy.set(rule, (filteredBy.get(rule) ?? 0) + events);
      }
    },
    soFar,
    close(pending) {
      const closed = soFar(pending);
      counts = { ...nothing };
      filteredBy = new Map();
      carried = pending;
      return closed;
    },
  };
}

/** An empty period. */
export const emptyLedger: EventLedger = createLedger().close(0);

/** Two periods, one after the other, as one. */
export function addLedgers(first: EventLedger, then: EventLedger): EventLedger {
  const rules = new Set([...Object.keys(first.filteredBy), ...Object.keys(then.filteredBy)]);
  const sums = Object.fromEntries(
    Object.keys(nothing).map((key) => [key, first[key as keyof Counts] + then[key as keyof Counts]]),
  );
  return {
    ...(sums as unknown as Counts),
    carried: first.carried,
    pending: then.pending,
    filteredBy: Object.fromEntries(
      [...rules].map((rule) => [rule, (first.filteredBy[rule] ?? 0) + (then.filteredBy[rule] ?? 0)]),
    ),
  };
}
