/** Runs a subject in a process of its own, so that nobody pays for another's heap, and believes no account that does not add up. */
import { nodeProgram, type Program, runProgram } from './program.ts';
import type { Measurement, Metric } from './scenario.ts';
import type { Account, Task } from './subjects/tally.ts';

/** What all scenarios with such subjects tell. */
export const accountMetrics: readonly Metric[] = [
  { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs', isMain: true },
  { name: 'eventsPerSecond', label: 'events a second', unit: '' },
  { name: 'peakRssMb', label: 'peak RSS', unit: 'MB' },
  { name: 'startCpuMs', label: 'CPU for start and imports', unit: 'ms' },
];

/** A file of `subjects/`. */
export const nodeSubject = (file: string): Program => nodeProgram(`subjects/${file}.ts`);

export interface SubjectRun {
  readonly program: Program;
  readonly task: Task;
  readonly kubeconfig: string;
}

/** Against one that never sees all its events. */
const patienceMs = 180_000;

/** @throws where it failed, or did not see each event exactly once */
export async function runSubject({ program, task, kubeconfig }: SubjectRun): Promise<Measurement> {
  const account = await runProgram<Account>({ program, task, kubeconfig, patienceMs });
  if (!account.isExactlyOnce || account.events !== task.events)
    throw new Error(
      `${program.args.join(' ')} saw ${account.events} of ${task.events} events; too many: ${account.tooMany}`,
    );
  return {
    cpuUsPerEvent: (account.cpuMs * 1000) / account.events,
    eventsPerSecond: (account.events * 1000) / account.wallMs,
    peakRssMb: account.peakRssMb,
    startCpuMs: account.startCpuMs,
  };
}
