/** Idle poll runs in a process of their own, so that what is measured of it is the runs alone: not the test, nor the server. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What is run again and again: the events unit in a host's own loop, or the check with all that it does by default. */
export type IdleSubject = 'events unit' | 'check';

export interface IdleRunsOptions {
  readonly subject: IdleSubject;
  /** Runs before the first that counts: Node compiles what it runs often. */
  readonly warmUp: number;
  readonly runs: number;
  readonly readTimeoutMs: number;
}

export interface IdleRun {
  /** User and system, of all threads of the process. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Answered while it ran. */
  readonly requests: number;
}

/** @throws where a run is not ok, or reads an event */
export async function idleRuns(kubeconfig: string, options: IdleRunsOptions): Promise<readonly IdleRun[]> {
  const script = join(import.meta.dirname, 'idle-runs-process.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    env: { ...process.env, DEBUG: '', KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`idle runs: exit ${code}\n${stderr}`);
  return JSON.parse(stdout);
}

export function medianOf(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.floor((sorted.length - 1) / 2),
    Math.floor(sorted.length / 2) + 1,
  );
  return (low + high) / 2;
}
