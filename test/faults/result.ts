/** What is kept of a run: figures, no ids. */
import { cpus } from 'node:os';
import { readRecipe } from '../envtest/assets.ts';
import type { Cause } from './excuses.ts';
import type { RunOptions, RunOutcome } from './run.ts';
import type { FaultKind } from './schedule.ts';

export interface Result {
  readonly subject: string;
  readonly date: string;
  readonly seed: number;
  readonly machine: string;
  readonly versions: string;
  readonly written: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly delivered: number;
  readonly lost: number;
  readonly skipped: number;
  readonly repeated: Readonly<Partial<Record<Cause, number>>>;
  /** For a peer, which promises nothing, all that came again. */
  readonly unexcused: number;
  readonly unknown: number;
  readonly tokenBack: number;
  readonly gaps: Readonly<Record<string, number>>;
  readonly problems: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

export function resultOf(
  subject: string,
  { seed }: Pick<RunOptions, 'seed'>,
  { verdict, evidence, problems, gaps, cpuMs, wallMs }: RunOutcome,
): Result {
  const [cpu] = cpus();
  const { kubernetes, etcd } = readRecipe();
  return {
    ...{ subject, seed, date: new Date().toISOString().slice(0, 10) },
    machine: `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${process.platform} ${process.arch}`,
    versions: `Kubernetes ${kubernetes}, etcd ${etcd}, Node.js ${process.version}`,
    ...{ written: verdict.written, delivered: verdict.delivered, skipped: verdict.skipped, repeated: verdict.repeated },
    faults: countsOf(evidence.faults.map(({ kind }) => kind)),
    ...{ lost: verdict.lost.length, unexcused: verdict.unexcused.length },
    ...{ unknown: verdict.unknown.length, tokenBack: verdict.tokenBack.length, problems: problems.length },
    ...{ gaps, cpuMs, wallMs },
  };
}

function countsOf<T extends string>(values: readonly T[]): Partial<Record<T, number>> {
  const counts: Partial<Record<T, number>> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

export const repeatedInAll = ({ repeated, unexcused }: Result): number =>
  Object.values(repeated).reduce((sum, times) => sum + times, 0) + unexcused;

/** What fails a run of ours. */
export function isClean({ lost, unexcused, unknown, tokenBack, problems }: Result): boolean {
  return lost + unexcused + unknown + tokenBack + problems === 0;
}
