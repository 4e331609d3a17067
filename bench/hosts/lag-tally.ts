/**
 * Of a host that watches: when it was handed each event of a series, and that none came twice. Times are microseconds of CLOCK_MONOTONIC, which
 * on Linux is what `process.hrtime` reads, in all processes of a machine.
 */
import { cpuMs, readTask, tellAndEnd } from '../own-process.ts';

/** The events of a series are named `<series>.<number>`, numbered from 0. */
export interface Series {
  readonly series: string;
  readonly events: number;
}

export interface LagTask extends Series {
  /** The first of them, of which no CPU is counted. */
  readonly warmUp: number;
  /** The watch begins behind it. */
  readonly resourceVersion: string;
  /** Options of event collection besides. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface LagAccount {
  /** By number. */
  readonly atUs: readonly number[];
  /** Between the last event of the warm-up and the last of all. */
  readonly cpuMs: number;
  readonly twice: number;
}

export interface LagTally {
  readonly task: LagTask;
  /** Of other series nothing is counted. When all are here the account is told, and the process ends. */
  see(name: string | undefined, atUs: number): void;
}

/** For events that come twice. */
const lingersMs = 500;

export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

export function startLagTally(): LagTally {
  const task = readTask<LagTask>();
  const prefix = `${task.series}.`;
  const atUs = new Float64Array(task.events);
  let count = 0;
  let twice = 0;
  let warmCpuMs = 0;

  function report(cpu: number): void {
    const account: LagAccount = { atUs: [...atUs], cpuMs: cpu, twice };
    tellAndEnd(account);
  }

  return {
    task,
    see(name = '', now) {
      if (!name.startsWith(prefix)) return;
      const number = Number(name.slice(prefix.length));
      if (atUs[number] !== 0) {
        twice++;
        return;
      }
      atUs[number] = now;
      count++;
      if (count === task.warmUp) warmCpuMs = cpuMs();
      if (count === task.events) setTimeout(report, lingersMs, cpuMs() - warmCpuMs);
    },
  };
}
