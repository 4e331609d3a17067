/** A program of a benchmark, as its parent sees it: it gets a task, tells one account as JSON, and ends. See own-process.ts for its side. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A file of `bench/`, with the Node that runs this. Without the condition for sources: a host runs what was built. */
export const nodeProgram = (file: string, flags: readonly string[] = []): Program => ({
  command: process.execPath,
  args: [...flags, join(import.meta.dirname, file)],
});

export interface ProgramRun {
  readonly program: Program;
  /** As JSON in its last argument. */
  readonly task: object;
  readonly kubeconfig: string;
  /** Against one that never sees all its events. */
  readonly patienceMs: number;
}

export interface Running<Account> {
  /** It has said something: see sayReady. */
  readonly ready: Promise<void>;
  /** Rejects where it failed, with its words. */
  readonly account: Promise<Account>;
}

export function startProgram<Account>({ program, task, kubeconfig, patienceMs }: ProgramRun): Running<Account> {
  const { command, args, env } = program;
  const child = spawn(command, [...args, JSON.stringify(task)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', KUBECONFIG: kubeconfig, ...env },
    // Its stdin ends with us: see readTask.
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const account = Promise.all([ended(child), text(child.stdout), text(child.stderr)]).then(
    ([code, said, complaint]) => {
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${complaint}`);
      return JSON.parse(said) as Account;
    },
  );
  const begun = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return { account, ready: Promise.race([begun, account.then(() => undefined)]) };
}

/** @throws where it failed, with its words */
export const runProgram = <Account>(run: ProgramRun): Promise<Account> => startProgram<Account>(run).account;

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
}
