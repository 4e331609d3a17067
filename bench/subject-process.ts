/** Runs a subject in a process of its own, so that nobody pays for another's heap, and believes no account that does not add up. */
import { nodeProgram, type Program, runProgram } from './program.ts';
import type { Measurement, Metric } from './scenario.ts';
import type { Account, NodeAccount, Task } from './subjects/tally.ts';

/** What all scenarios with such subjects tell. */
export const accountMetrics: readonly Metric[] = [
  { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs', isMain: true },
  { name: 'eventsPerSecond', label: 'events a second', unit: '' },
  { name: 'peakRssMb', label: 'peak RSS', unit: 'MB' },
  { name: 'startCpuMs', label: 'CPU for start and imports', unit: 'ms' },
];

/** A file of `subjects/`. */
export const nodeSubject = (file: string, flags?: readonly string[]): Program =>
  nodeProgram(`subjects/${file}.ts`, flags);

export interface SubjectRun {
  readonly program: Program;
  readonly task: Task;
  readonly kubeconfig: string;
}

/** Against one that never sees all its events. Etcd counts all that follows a page: a million events in pages take minutes. */
const patienceMs = 900_000;

/** @throws where it failed, or did not see each event exactly once */
export async function runSubject<A extends Account = NodeAccount>({
  program,
  task,
  kubeconfig,
}: SubjectRun): Promise<A> {
  const account = await runProgram<A>({ program, task, kubeconfig, patienceMs });
  if (!account.isExactlyOnce || account.events !== task.events)
    throw new Error(
      `${program.args.join(' ')} saw ${account.events} of ${task.events} events; too many: ${account.tooMany}`,
    );
  return account;
}

/** The figures of {@link accountMetrics}. */
export const figuresOf = ({ events, cpuMs, wallMs, peakRssMb, startCpuMs }: Account): Measurement => ({
  cpuUsPerEvent: (cpuMs * 1000) / events,
  eventsPerSecond: (events * 1000) / wallMs,
  ...{ peakRssMb, startCpuMs },
});
