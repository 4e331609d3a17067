/** A host process of a benchmark, as its parent sees it: a file of this folder with a task, that tells one account as JSON and ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface HostSpec {
  /** Of this folder, without its ending. */
  readonly host: string;
  /** As JSON in its first argument. */
  readonly task: object;
  readonly kubeconfig: string;
  readonly nodeFlags?: readonly string[];
}

/** Against one that never sees all its events. Etcd counts all that follows a page: a million events in small pages take minutes. */
const patienceMs = 900_000;

export interface Host<Account> {
  /** It has said something: see sayReady. */
  readonly ready: Promise<void>;
  /** Rejects where it failed, with its words. */
  readonly account: Promise<Account>;
}

/** Without the condition for sources: a host runs what was built. */
export function startHost<Account>({ host, task, kubeconfig, nodeFlags = [] }: HostSpec): Host<Account> {
  const script = join(import.meta.dirname, `${host}.ts`);
  const child = spawn(process.execPath, [...nodeFlags, script, JSON.stringify(task)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', KUBECONFIG: kubeconfig },
    // Its stdin ends with us: see readTask.
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const account = Promise.all([ended(child), text(child.stdout), text(child.stderr)]).then(
    ([code, said, complaint]) => {
      if (code !== 0) throw new Error(`${host} ended with ${code}: ${complaint}`);
      return JSON.parse(said) as Account;
    },
  );
  const begun = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return { account, ready: Promise.race([begun, account.then(() => undefined)]) };
}

/** @throws where it failed, with its words */
export const runHost = <Account>(spec: HostSpec): Promise<Account> => startHost<Account>(spec).account;

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
}
