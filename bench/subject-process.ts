/** Runs a subject in a process of its own, so that nobody pays for another's heap, and believes no account that does not add up. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Measurement, Metric } from './scenario.ts';
import type { Account, Task } from './subjects/tally.ts';

/** What all scenarios with such subjects tell. */
export const accountMetrics: readonly Metric[] = [
  { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs', isMain: true },
  { name: 'eventsPerSecond', label: 'events a second', unit: '' },
  { name: 'peakRssMb', label: 'peak RSS', unit: 'MB' },
  { name: 'startCpuMs', label: 'CPU for start and imports', unit: 'ms' },
];

export interface SubjectProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A file of `subjects/`, with the Node that runs this. */
export const nodeSubject = (file: string): SubjectProgram => ({
  command: process.execPath,
  args: [join(import.meta.dirname, 'subjects', `${file}.ts`)],
});

export interface SubjectRun {
  readonly program: SubjectProgram;
  readonly task: Task;
  readonly kubeconfig: string;
}

/** Against one that never sees all its events. */
const patienceMs = 180_000;

/** @throws where it failed, or did not see each event exactly once */
export async function runSubject({ program, task, kubeconfig }: SubjectRun): Promise<Measurement> {
  const child = spawn(program.command, [...program.args, JSON.stringify(task)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', KUBECONFIG: kubeconfig, ...program.env },
    // Its stdin ends with us: see readTask.
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [code, said, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program.args.join(' ')} ended with ${code}: ${complaint}`);
  const account: Account = JSON.parse(said);
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
