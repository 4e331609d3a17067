/**
 * A subject's own account, the same for all of them: that it was handed each of the events written in bulk exactly once, and what it used
 * from being ready (all imported, credentials read, nothing asked yet) until the last event. The tally itself is in the figures: 0.1 µs an event.
 */
import type { EventCollectorOptions } from '../../src/index.ts';
import { cpuMs, tellAndEnd } from '../own-process.ts';
import { peakRssMb } from '../peak-memory.ts';

/** What the parent asks for, as JSON in the first argument. */
export interface Task {
  /** So many that were written in bulk. */
  readonly events: number;
  /** The number of the first of them. @defaultValue 0 */
  readonly from?: number;
  /** Those of this namespace are read. Absent: all. */
  readonly namespace?: string;
  /** Of a list, where the subject has a choice. */
  readonly pageSize?: number;
  /** Of a watch: it begins behind this version. */
  readonly resourceVersion?: string;
  /**
   * Ours alone: the figures are of reading and no more. What a first run loads is loaded, and a connection open, before they begin, and they
   * end with the last commit. Else they are of a whole process: it starts cold, and ends when the check has stopped.
   */
  readonly warm?: true;
  /** Ours alone: what the sender takes for a commit. */
  readonly commitMs?: number;
  /** Ours alone: options of event collection. */
  readonly options?: EventCollectorOptions;
}

/** What it answers on stdout, as a line of JSON. */
export interface Account {
  readonly events: number;
  readonly isExactlyOnce: boolean;
  /** A few of what was seen and should not have been: again, or none of those asked for. */
  readonly tooMany: readonly string[];
  readonly startCpuMs: number;
  readonly cpuMs: number;
  /** Until the last event. */
  readonly wallMs: number;
  readonly peakRssMb: number;
}

/** The peer in Go does not tell all of it. */
export interface NodeAccount extends Account {
  readonly startRssMb: number;
  readonly firstEventMs: number;
}

export interface Tally {
  see(uid: string | undefined): void;
  /** The number of events that are to be seen was reached. */
  isComplete(): boolean;
  /** Tells the figures up to now and ends the process. */
  report(): void;
}

/** Where a task's events are. */
export const eventsPath = ({ namespace }: Task): string =>
  namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`;

const mostNamed = 5;

export function startTally({ events, from = 0 }: Task): Tally {
  const seen = new Uint8Array(events);
  const tooMany: string[] = [];
  let count = 0;
  let firstEventMs = 0;
  let wallMs = 0;
  const startRssMb = process.memoryUsage.rss() / 2 ** 20;
  const startCpuMs = cpuMs();
  const startedMs = performance.now();

  return {
    see(uid = '') {
      // The last group of the uid of an event written in bulk is its number; a source's id has a colon and the version behind it.
      const place = Number.parseInt(uid.slice(24), 16) - from;
      if (seen[place] !== 0 && tooMany.length < mostNamed) tooMany.push(uid);
      seen[place] = 1;
      if (count === 0) firstEventMs = performance.now() - startedMs;
      count += 1;
      if (count === events) wallMs = performance.now() - startedMs;
    },
    isComplete: () => count >= events,
    report() {
      const account: NodeAccount = {
        events: count,
        isExactlyOnce: count === events && seen.every((times) => times === 1),
        ...{ tooMany, startCpuMs, startRssMb, firstEventMs, wallMs },
        cpuMs: cpuMs() - startCpuMs,
        peakRssMb: peakRssMb(),
      };
      tellAndEnd(account);
    },
  };
}
