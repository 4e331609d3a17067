/** Of a host that reads a backlog: that it was handed each of the events exactly once, and what it used from its first request on. */

import { cpuMs, readTask, tellAndEnd } from '../own-process.ts';
import { peakRssMb } from '../peak-memory.ts';

export interface BacklogTask {
  /** So many events that were written in bulk, … */
  readonly events: number;
  /** … the first of them with this number. */
  readonly from: number;
  /** Those of this namespace are read. Absent: all. */
  readonly namespace?: string;
  /** Options of event collection besides. The peers heed `pageSize`. */
  readonly options?: { readonly pageSize?: number } & Readonly<Record<string, unknown>>;
}

export interface BacklogAccount {
  readonly firstEventMs: number;
  readonly lastEventMs: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
  /** When all was imported and nothing asked yet. */
  readonly startRssMb: number;
}

export interface BacklogTally {
  readonly task: BacklogTask;
  /** @throws where it comes again, or is none of the task */
  see(uid: string | undefined): void;
  isComplete(): boolean;
  /** To be called when the host is through. @throws where an event is missing */
  report(): void;
}

/** Call it when all is imported: from here on it is measured. */
export function startBacklogTally(): BacklogTally {
  const task = readTask<BacklogTask>();
  const seen = new Uint8Array(task.events);
  let count = 0;
  let firstEventMs = 0;
  let lastEventMs = 0;
  const startRssMb = process.memoryUsage.rss() / 2 ** 20;
  const startCpuMs = cpuMs();
  const startedMs = performance.now();

  return {
    task,
    see(uid = '') {
      // The last group of the uid of an event written in bulk is its number; a source's id has a colon and the version behind it.
      const place = Number.parseInt(uid.slice(24), 16) - task.from;
      if (seen[place] !== 0) throw new Error(`${uid} is none of the events, or comes again`);
      seen[place] = 1;
      if (count === 0) firstEventMs = performance.now() - startedMs;
      count++;
      if (count === task.events) lastEventMs = performance.now() - startedMs;
    },
    isComplete: () => count === task.events,
    report() {
      if (count !== task.events) throw new Error(`${count} of ${task.events} events were seen`);
      const account: BacklogAccount = {
        ...{ firstEventMs, lastEventMs, startRssMb },
        ...{ cpuMs: cpuMs() - startCpuMs, peakRssMb: peakRssMb() },
      };
      tellAndEnd(account);
    },
  };
}
