/**
 * A host that starts a fresh process for each run, all with one file and one ConfigMap; and that asserts of every process, whatever
 * happens in the scenario, that its books close and that it exits by itself, without a word on stderr.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeASCheckConfig, RunReport } from '../../src/index.ts';
import { assertBooks } from '../books.ts';
import { committedIds } from './committed.ts';
import { type CheckEnd, type CheckProcess, type CheckProcessOptions, startCheck } from './run-check.ts';
import type { World } from './world.ts';

/** Far longer than it takes, far shorter than any timer or connection that would keep the process. */
const mostLingeringMs = 5000;
const mostCatchUpRuns = 20;

export interface CheckHost extends Disposable {
  /** Every second process is not stopped, it is just left to end. */
  start(options?: Partial<Pick<CheckProcessOptions, 'runs'>>): CheckProcess;
  /** Awaits its end, and asserts what holds for each process that is not killed. */
  ended(process: CheckProcess): Promise<readonly RunReport[]>;
  /** Awaits the end of a killed one: false if it was over before. */
  killed(process: CheckProcess): Promise<boolean>;
  /** Runs until a run has seen that there is nothing newer. */
  catchUp(): Promise<void>;
  /** All so far. */
  readonly reports: readonly RunReport[];
  /** Source ids of all events that are in the file now. */
  committedIds(): readonly string[];
}

export function createCheckHost(world: World, config: KubeASCheckConfig): CheckHost {
  const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-host-'));
  const output = join(folder, 'sent.jsonl');
  const reports: RunReport[] = [];
  let started = 0;

  function keep(end: CheckEnd): readonly RunReport[] {
    for (const [index, report] of end.reports.entries()) assertBooks(report, end.reports[index - 1]);
    reports.push(...end.reports);
    return end.reports;
  }

  function start(options: Partial<Pick<CheckProcessOptions, 'runs'>> = {}): CheckProcess {
    const ending = started++ % 2 === 0 ? 'leave' : 'stop';
    return startCheck(world.kubeconfigPath(), { output, config, runs: 'one', ending, ...options });
  }

  async function ended(process: CheckProcess): Promise<readonly RunReport[]> {
    const { code, signal, stderr, lingeredMs = Number.POSITIVE_INFINITY, ...end } = await process.ended;
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
    assert.ok(lingeredMs < mostLingeringMs, `the process was there for ${lingeredMs} ms after its report`);
    return keep({ code, signal, stderr, lingeredMs, ...end });
  }

  return {
    start,
    ended,
    async killed(process) {
      const end = await process.ended;
      assert.ok(end.signal === 'SIGKILL' || end.code === 0, end.stderr);
      keep(end);
      return end.signal === 'SIGKILL';
    },
    async catchUp() {
      for (let run = 0; run < mostCatchUpRuns; run++) {
        const [report] = await ended(start());
        if (report?.ok && report.events.caughtUp) return;
      }
      assert.fail(`not caught up after ${mostCatchUpRuns} runs: ${JSON.stringify(reports.at(-1), undefined, 2)}`);
    },
    reports,
    committedIds: () => committedIds(output),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
