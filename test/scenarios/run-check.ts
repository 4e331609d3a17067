/** A check in a process of its own, as its parent sees it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubeASCheckConfig, RunReport } from '../../src/index.ts';
import { readLines } from '../envtest/lines.ts';

export interface CheckProcessOptions {
  /** The file that its sender appends to. */
  readonly output: string;
  readonly config: KubeASCheckConfig;
  /** `until-ok`: again and again, as a host does, until a report is ok. */
  readonly runs: 'one' | 'until-ok';
  /** `stop`: it stops the check and closes the sender. `leave`: it does neither. In both cases it has to exit by itself. */
  readonly ending: 'stop' | 'leave';
}

/** What the process says. A report has been through JSON. */
export type CheckMessage =
  | { readonly at: 'begun' }
  | { readonly at: 'committed'; readonly events: number }
  | { readonly at: 'reported'; readonly report: RunReport };

export interface CheckEnd {
  readonly reports: readonly RunReport[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** How long it was there after its last report. Undefined: there was none. */
  readonly lingeredMs: number | undefined;
}

export interface CheckProcess {
  /** Resolves to true when it has begun to run, committed so many batches of events, made so many reports; to false if it ends before. */
  begun(): Promise<boolean>;
  committed(batches: number): Promise<boolean>;
  reported(runs: number): Promise<boolean>;
  readonly ended: Promise<CheckEnd>;
  /** SIGKILL. */
  kill(): void;
}

/** A process that does not exit by itself is ended then: its signal says so. */
const deadlineMs = 90_000;

export function startCheck(kubeconfig: string, options: CheckProcessOptions): CheckProcess {
  const script = join(import.meta.dirname, 'check-process.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    // What it says on stderr is an error, so nobody may ask it to say more.
    env: { ...process.env, DEBUG: '', KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  const messages: CheckMessage[] = [];
  const observers = new Set<() => void>();
  let over = false;
  let reportedAtMs: number | undefined;

  const closed = new Promise<Pick<CheckEnd, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });

  async function listen(): Promise<void> {
    for await (const line of readLines(child.stdout)) {
      const message: CheckMessage = JSON.parse(line);
      messages.push(message);
      if (message.at === 'reported') reportedAtMs = performance.now();
      for (const observe of [...observers]) observe();
    }
    over = true;
    for (const observe of [...observers]) observe();
  }

  async function watchToEnd(): Promise<CheckEnd> {
    const [stderr, end] = await Promise.all([text(child.stderr), closed, listen()]);
    const lingeredMs = reportedAtMs === undefined ? undefined : performance.now() - reportedAtMs;
    const reports = messages.flatMap((message) => (message.at === 'reported' ? [message.report] : []));
    return { ...end, stderr, reports, lingeredMs };
  }

  function said(holds: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const look = () => {
        if (!over && !holds()) return;
        observers.delete(look);
        resolve(holds());
      };
      observers.add(look);
      look();
    });
  }

  return {
    begun: () => said(() => messages.length > 0),
    committed: (batches) =>
      said(() => messages.filter((message) => message.at === 'committed' && message.events > 0).length >= batches),
    reported: (runs) => said(() => messages.filter((message) => message.at === 'reported').length >= runs),
    ended: watchToEnd(),
    kill: () => void child.kill('SIGKILL'),
  };
}
