import assert from 'node:assert/strict';
import { realServerTest } from '../envtest/real.ts';
import { faultRun } from './run.ts';
import type { Mutation } from './said.ts';
import type { FaultKind } from './schedule.ts';
import { checkConfig, checkSubject } from './subjects.ts';
import { findings } from './table.ts';

/** Few, so that what is written here takes several pages. */
const pageSize = 50;

interface Row {
  readonly title: string;
  readonly mutation?: Mutation;
  readonly faults: readonly FaultKind[];
  readonly loses: boolean;
}

const rows: readonly Row[] = [
  { title: 'a check as it is loses nothing', faults: ['killed', 'compacted-while-down'], loses: false },
  {
    title: 'a check that acknowledges before it commits loses events by a kill -9',
    mutation: 'ack-before-commit',
    faults: ['killed'],
    loses: true,
  },
  {
    title: 'a check that reads only the first page of a list loses events by a compaction',
    mutation: 'first-page-only',
    faults: ['compacted-while-down'],
    loses: true,
  },
];

realServerTest('the fault run finds what it is made for', { separateEvents: true }, async (plane, t) => {
  for (const { title, mutation, faults, loses } of rows)
    await t.test(title, async () => {
      const choice = { mode: 'watch', replicas: 1, pageSize, ...(mutation ? { mutation } : {}) } as const;
      const outcome = await faultRun({
        subject: checkSubject(choice),
        config: checkConfig(choice),
        ...{ plane, seed: 1, events: 900, faults },
        catchUpMs: loses ? 4000 : 30_000,
        log: (line) => t.diagnostic(line),
      });
      const { lost, unexcused, unknown, tokenBack } = outcome.verdict;
      assert.equal(lost.length > 0, loses, findings(outcome));
      assert.deepEqual([unexcused, unknown, tokenBack, outcome.problems], [[], [], [], []], findings(outcome));
    });
});
