/** One process under test, as its parent sees it: what it said so far, and the signals that are sent to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { readLines } from '../envtest/lines.ts';
import type { ProcessOptions, Said } from './said.ts';

export interface SubjectProcess {
  /** Unique in the run: its place and a number. */
  readonly name: string;
  readonly place: string;
  readonly said: readonly Said[];
  readonly startedAtMs: number;
  /** SIGKILL, SIGTERM, SIGSTOP, SIGCONT, SIGUSR2. An end by one of the first two is not held against it. */
  send(signal: NodeJS.Signals): void;
  /** Undefined while it runs. */
  readonly end: ProcessEnd | undefined;
  readonly ended: Promise<ProcessEnd>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** What it was told to end by. Undefined: by itself. */
  readonly told: NodeJS.Signals | undefined;
}

export interface SubjectSpec {
  readonly script: string;
  readonly kubeconfig: string;
  readonly place: string;
  readonly options: ProcessOptions;
  /** It said something, or ended. */
  readonly changed: () => void;
}

export function startSubject({ script, kubeconfig, place, options, changed }: SubjectSpec): SubjectProcess {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    // Its stdin ends with us: see endWithParent.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  // One that is paused would not notice the end of its stdin.
  const reap = () => void child.kill('SIGKILL');
  process.once('exit', reap);
  const said: Said[] = [];
  let told: NodeJS.Signals | undefined;
  let end: ProcessEnd | undefined;

  async function listen(): Promise<void> {
    for await (const line of readLines(child.stdout)) {
      if (line === '') continue;
      said.push(JSON.parse(line));
      changed();
    }
  }

  async function untilEnd(): Promise<ProcessEnd> {
    const [exit, stderr] = await Promise.all([exitOf(child), text(child.stderr), listen()]);
    process.removeListener('exit', reap);
    end = { ...exit, stderr, told };
    changed();
    return end;
  }

  return {
    name: options.process,
    place,
    said,
    startedAtMs: Date.now(),
    send(signal) {
      if (signal === 'SIGKILL' || signal === 'SIGTERM') told = signal;
      child.kill(signal);
    },
    get end() {
      return end;
    },
    ended: untilEnd(),
  };
}

function exitOf(child: ChildProcess): Promise<Pick<ProcessEnd, 'code' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });
}
