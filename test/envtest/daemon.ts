/**
 * One server process of the control plane: started when it answers, ended by SIGTERM or SIGKILL, paused, started again
 * with the same arguments. Its output goes to a log file, whose end is quoted when something goes wrong.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './until.ts';
import type { Watchdog } from './watchdog.ts';

const START_DEADLINE_MS = 90_000;
/** An API server without a grace period for watches may take 60 s to end. */
const STOP_DEADLINE_MS = 90_000;
const LOG_LINES = 15;

export interface DaemonSpec {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly logFile: string;
  readonly watchdog: Watchdog;
  /** Does it serve? Asked again until it does, from before it listens: a rejection means not yet. */
  readonly isReady: () => Promise<boolean>;
}

export interface Daemon {
  readonly name: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** Resolves when it serves. @throws with the end of its log when it ends or does not serve in time */
  start(): Promise<void>;
  /** SIGTERM; resolves when it is gone. @throws after killing it, when it does not end in time */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. Does nothing when it does not run. */
  kill(): Promise<void>;
  /** stop and start: same port, same data. */
  restart(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT after pause. */
  resume(): void;
  /** Its last log lines. */
  log(lines?: number): string;
}

interface Running {
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it ended, for a message. */
  readonly ended: Promise<string>;
  end?: string;
}

export function createDaemon(spec: DaemonSpec): Daemon {
  let running: Running | undefined;

  function required(): Running {
    if (running === undefined) throw new Error(`${spec.name} is not running`);
    return running;
  }

  function log(lines = LOG_LINES): string {
    return readFileSync(spec.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  async function launch(): Promise<Running> {
    const output = openSync(spec.logFile, 'a');
    const child = spawn(spec.command, spec.arguments, { stdio: ['ignore', output, output] });
    closeSync(output);
    // A test that ends without disposing must not hang on it: the watchdog ends it.
    child.unref();
    const { pid } = child;
    if (pid === undefined) throw await new Promise<Error>((resolve) => child.once('error', resolve));
    spec.watchdog.guard(pid);
    const launched: Running = {
      process: child,
      pid,
      ended: new Promise((resolve) => {
        child.once('exit', (code, signal) => {
          spec.watchdog.release(pid);
          launched.end = signal === null ? `exit code ${code}` : signal;
          if (running === launched) running = undefined;
          resolve(launched.end);
        });
      }),
    };
    return launched;
  }

  async function start(): Promise<void> {
    if (running !== undefined) throw new Error(`${spec.name} is running already`);
    const launched = await launch();
    running = launched;
    let refusal: unknown;
    const serves = async (): Promise<boolean> => {
      if (launched.end !== undefined) throw new Error(`${spec.name} ended: ${launched.end}`);
      return spec.isReady().catch((cause: unknown) => {
        refusal = cause;
        return false;
      });
    };
    try {
      await until(`${spec.name} to serve`, serves, START_DEADLINE_MS);
    } catch (cause) {
      await kill();
      const message = `${spec.name} did not start: ${cause}; last refusal: ${refusal}; the end of its log:\n${log()}`;
      throw new Error(message, { cause });
    }
  }

  async function stop(): Promise<void> {
    const { process, ended } = required();
    process.kill('SIGTERM');
    // A paused process would take the signal only later.
    process.kill('SIGCONT');
    if (await endsWithin(ended, STOP_DEADLINE_MS)) return;
    const quoted = log();
    await kill();
    throw new Error(`${spec.name} did not end ${STOP_DEADLINE_MS} ms after SIGTERM; the end of its log:\n${quoted}`);
  }

  async function kill(): Promise<void> {
    if (running === undefined) return;
    const { process, ended } = running;
    process.kill('SIGKILL');
    if (!(await endsWithin(ended, STOP_DEADLINE_MS))) throw new Error(`${spec.name} outlived SIGKILL`);
  }

  return {
    name: spec.name,
    pid: () => running?.pid,
    start,
    stop,
    kill,
    async restart() {
      await stop();
      await start();
    },
    pause: () => void required().process.kill('SIGSTOP'),
    resume: () => void required().process.kill('SIGCONT'),
    log,
  };
}

/** The timer also keeps the test process alive, which the unreferenced child does not. */
async function endsWithin(ended: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const deadline = new AbortController();
  try {
    return await Promise.race([ended.then(() => true), sleep(deadlineMs, false, { signal: deadline.signal })]);
  } finally {
    deadline.abort();
  }
}
