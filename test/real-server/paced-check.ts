/** A check in a process of its own whose sender takes only so much, as its parent sees it: what it committed, and the memory it took. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubeASCheckConfig, RunReport } from '../../src/index.ts';
import { assertBooks } from '../books.ts';
import { readLines } from '../envtest/lines.ts';
import { until } from '../envtest/until.ts';

export interface PacedCheckOptions {
  readonly config: KubeASCheckConfig;
  /** What its sender takes: a commit of n events is pending for n / eventsASecond. @defaultValue all at once */
  readonly eventsASecond?: number;
  /** Its sender refuses every commit for so long since the first one. @defaultValue 0 */
  readonly refusesMs?: number;
}

/** What the process says. A report has been through JSON. */
export type PacedMessage = { readonly memory: ProcessMemory } & (
  | { readonly at: 'reported'; readonly report: RunReport }
  /** `again`: nothing was refused before it, or it is the same event objects. */
  | { readonly at: 'refused'; readonly again: boolean }
  /** The ids of the source events. */
  | { readonly at: 'committed'; readonly ids: readonly string[]; readonly again: boolean }
  | { readonly at: 'stopped'; readonly cpuMs: number }
);

interface ProcessMemory {
  readonly rssBytes: number;
  /** Since its start. */
  readonly peakBytes: number;
}

export interface PacedCheck extends Disposable {
  /** Of every source event that was committed, in order, as often as it was. */
  readonly committed: readonly string[];
  /** Commits that were refused. */
  readonly refusals: number;
  readonly reports: readonly RunReport[];
  /** Resident memory when it had caught up for the first time. */
  readonly baselineBytes: number;
  /** The most resident memory so far. */
  readonly peakBytes: number;
  /** Resolves when it has read and committed all there is. */
  caughtUp(): Promise<void>;
  /**
   * Ends it as a host does. Asserts what holds for each: it ends well, its books close, and what was refused was handed over again as it
   * was. Resolves to the CPU time of its whole life.
   */
  stop(): Promise<{ readonly cpuMs: number }>;
}

const caughtUpWithinMs = 60_000;

/** With room for less garbage than by default, which would hide what is held: some 100 MB more. */
const flags = ['--max-semi-space-size=4'];

export function startPacedCheck(kubeconfig: string, options: PacedCheckOptions): PacedCheck {
  const script = join(import.meta.dirname, 'paced-check-process.ts');
  const child = spawn(process.execPath, [...flags, script, JSON.stringify(options)], {
    env: { ...process.env, DEBUG: '', KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const committed: string[] = [];
  const reports: RunReport[] = [];
  let refusals = 0;
  let changed = 0;
  let baselineBytes: number | undefined;
  let peakBytes = 0;
  let cpuMs: number | undefined;

  function hear(message: PacedMessage): void {
    peakBytes = Math.max(peakBytes, message.memory.peakBytes);
    switch (message.at) {
      case 'refused':
        refusals++;
        changed += message.again ? 0 : 1;
        return;
      case 'committed':
        for (const id of message.ids) committed.push(id);
        changed += message.again ? 0 : 1;
        return;
      case 'reported':
        reports.push(message.report);
        if (message.report.events.caughtUp) baselineBytes ??= message.memory.rssBytes;
        return;
      case 'stopped':
        cpuMs = message.cpuMs;
    }
  }

  async function listen(): Promise<void> {
    for await (const line of readLines(child.stdout)) hear(JSON.parse(line) as PacedMessage);
  }

  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const ended = Promise.all([closed, text(child.stderr), listen()]);
  ended.catch(() => undefined);

  return {
    committed,
    reports,
    get refusals() {
      return refusals;
    },
    get baselineBytes() {
      assert.ok(baselineBytes !== undefined, 'it has never caught up');
      return baselineBytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    caughtUp: async () =>
      void (await until('the check to catch up', () => reports.at(-1)?.events.caughtUp, caughtUpWithinMs)),
    async stop() {
      child.kill('SIGTERM');
      const [code, stderr] = await ended;
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      for (const [index, report] of reports.entries()) assertBooks(report, reports[index - 1]);
      assert.equal(changed, 0, 'batches that were not what had been refused before them');
      assert.ok(cpuMs !== undefined);
      return { cpuMs };
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
