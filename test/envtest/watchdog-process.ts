/**
 * Runs as a process of its own beside a control plane. Its stdin is held open by the test process; when that ends, however
 * it ended, this kills what is still running and removes the folder. Lines on stdin: `+pid` started, `-pid` is gone.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: watchdog-process.ts FOLDER');

const running = new Set<number>();
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) running.add(pid);
  else running.delete(pid);
}

for (const pid of running) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
// The killed may write until they are gone: retried while files appear.
rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
