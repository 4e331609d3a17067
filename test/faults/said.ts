/** What a process under test tells its parent, one JSON object a line on stdout; and what its parent gives it. */
import type { KubeASCheckConfig, RunRole } from '../../src/index.ts';

export type Said =
  /** Signals are listened to: it may be ended from now on. */
  | { readonly at: 'begun' }
  | { readonly at: 'role'; readonly role: RunRole; readonly atMs: number }
  | { readonly at: 'committed'; readonly ids: readonly string[]; readonly atMs: number; readonly cpuMs: number }
  | { readonly at: 'rejecting'; readonly on: boolean }
  | { readonly at: 'rejected' }
  | {
      readonly at: 'reported';
      readonly ok: boolean;
      readonly caughtUp: boolean;
      readonly cpuMs: number;
      readonly text?: string;
    }
  | {
      readonly at: 'gap';
      readonly cause: string;
      readonly loss: string;
      readonly recovered: number;
      readonly atMs: number;
    }
  /** What must not be, whatever happens. */
  | { readonly at: 'problem'; readonly what: string };

/** Broken on purpose, to see that the run tells it. */
export const mutations = ['ack-before-commit', 'first-page-only'] as const;
export type Mutation = (typeof mutations)[number];

/** The first argument of a process, as JSON. */
export interface ProcessOptions {
  /** Unique in the run. */
  readonly process: string;
  /** The file that it appends to, as those in its place before it did. */
  readonly output: string;
  readonly seed: number;
  /** Of a check. */
  readonly config?: KubeASCheckConfig;
  readonly mutation?: Mutation;
}

export function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
};

/** A process must not outlive a parent that was killed: then its stdin ends. */
export function endWithParent(): void {
  process.stdin.on('error', () => undefined).on('close', () => process.exit(1));
  process.stdin.resume();
  // A pipe is a socket; it must not keep the process when it is done.
  (process.stdin as NodeJS.ReadStream & { unref?(): void }).unref?.();
}

export const readOptions = (): ProcessOptions => JSON.parse(process.argv[2] ?? '');
