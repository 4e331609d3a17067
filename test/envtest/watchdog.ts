/** Sees to it that no process and no file of a control plane outlives the test process, even one that was killed. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';

export interface Watchdog extends AsyncDisposable {
  /** From now on this process is killed when the test process ends. */
  guard(pid: number): void;
  /** It has ended: its pid may soon be another's. */
  release(pid: number): void;
}

export function startWatchdog(folder: string): Watchdog {
  const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog-process.ts'), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Out of the terminal's process group, or Ctrl-C would end it before it has cleaned up.
    detached: true,
  });
  const ended = new Promise<void>((resolve, reject) => {
    watchdog.once('error', reject);
    watchdog.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the watchdog ended with ${code}`))));
  });
  ended.catch(() => {});
  const pipe = watchdog.stdin as Socket;
  pipe.on('error', () => {});
  // Neither the process nor the pipe to it may keep the test process alive.
  watchdog.unref();
  pipe.unref();
  return {
    guard: (pid) => void pipe.write(`+${pid}\n`),
    release: (pid) => void pipe.write(`-${pid}\n`),
    async [Symbol.asyncDispose]() {
      watchdog.ref();
      pipe.end();
      await ended;
    },
  };
}
