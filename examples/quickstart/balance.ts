/** The sum at the end of the story: what the server made, against what arrived and what the books say was left out. */
import type { EventLedger } from 'kube-apiserver-check';

export interface Account {
  /** `<uid>:<resourceVersion>` of every version of an event that the server made. */
  readonly made: readonly string[];
  /** The same of what the sender acknowledged, in order. */
  readonly committed: readonly string[];
  /** The books of all runs. */
  readonly ledgers: readonly EventLedger[];
}

export interface Balance {
  readonly made: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly lost: number;
  readonly twice: number;
  /** Nothing is lost, nothing came twice or from nowhere, and the books say the same. */
  readonly holds: boolean;
}

export function balance({ made, committed, ledgers }: Account): Balance {
  const arrived = new Set(committed);
  const filtered = sumOf(ledgers, ({ filtered }) => filtered);
  const notArrived = made.filter((id) => !arrived.has(id)).length;
  const invented = [...arrived].filter((id) => !made.includes(id)).length;
  const lost = notArrived - filtered;
  const twice = committed.length - arrived.size;
  const booked = sumOf(ledgers, ({ delivered }) => delivered) === committed.length && ledgers.every(closes);
  const holds = lost === 0 && twice === 0 && invented === 0 && booked;
  return { made: made.length, delivered: arrived.size, filtered, lost, twice, holds };
}

/** Everything read has come to exactly one end. */
function closes(books: EventLedger): boolean {
  const { carried, read, delivered, filtered, repeated, folded, malformed, quarantined, pending } = books;
  return carried + read === delivered + filtered + repeated + folded + malformed + quarantined + pending;
}

const sumOf = (ledgers: readonly EventLedger[], entry: (ledger: EventLedger) => number): number =>
  ledgers.reduce((sum, ledger) => sum + entry(ledger), 0);
