/** The side of the process that program.ts starts: its task, its account, and what it has used. */

/** What the parent asks for. Its end is ours, too. */
export function readTask<Task>(): Task {
  process.stdin.once('end', () => process.exit(1)).resume();
  return JSON.parse(process.argv[2] ?? '') as Task;
}

/** The host has begun what its parent waits for. An empty line, which is no part of its account. */
export const sayReady = (): void => void process.stdout.write('\n');

/** Tells it and ends the process, whatever is still open. */
export function tellAndEnd(account: object): void {
  process.stdout.write(JSON.stringify(account), () => process.exit(0));
}

/** User and system time of all threads, since the start of the process. Milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
