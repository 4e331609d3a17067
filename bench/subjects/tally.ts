/**
 * A subject's own account, the same for all of them: that it was handed each of the events written in bulk exactly once, and what it used
 * from being ready (all imported, nothing asked yet) until the last event. The tally itself is in the figures: 0.1 µs an event.
 */
import type { EventCollectorOptions } from '../../src/index.ts';
import { tellAndEnd } from '../own-process.ts';
import { peakRssMb } from '../peak-memory.ts';

/** What the parent asks for, as JSON in the first argument. */
export interface Task {
  /** Those with the numbers 0 to this, exclusively. */
  readonly events: number;
  /** Of a list, where the subject has a choice. */
  readonly pageSize?: number;
  /** Of a watch: it begins behind this version. */
  readonly resourceVersion?: string;
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
  readonly wallMs: number;
  readonly peakRssMb: number;
}

export interface Tally {
  see(uid: string | undefined): void;
  /** The number of events that are to be seen was reached. */
  isComplete(): boolean;
  /** Tells the figures up to now and ends the process. */
  report(): void;
}

const mostNamed = 5;

export function startTally({ events }: Task): Tally {
  const seen = new Uint8Array(events);
  const tooMany: string[] = [];
  let count = 0;
  const atStart = process.cpuUsage();
  const startedMs = performance.now();

  return {
    see(uid = '') {
      // The last group of the uid of an event written in bulk is its number; a source's id has a colon and the version behind it.
      const number = Number.parseInt(uid.slice(24), 16);
      if (seen[number] !== 0 && tooMany.length < mostNamed) tooMany.push(uid);
      seen[number] = 1;
      count += 1;
    },
    isComplete: () => count >= events,
    report() {
      const { user, system } = process.cpuUsage(atStart);
      const account: Account = {
        events: count,
        isExactlyOnce: count === events && seen.every((times) => times === 1),
        tooMany,
        startCpuMs: (atStart.user + atStart.system) / 1000,
        cpuMs: (user + system) / 1000,
        wallMs: performance.now() - startedMs,
        peakRssMb: peakRssMb(),
      };
      tellAndEnd(account);
    },
  };
}
