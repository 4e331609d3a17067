/** One report of one round. Pure. */
import { mergeActivity, noActivity } from './events/activity.ts';
import type { RunReport, Warning } from './report.ts';
import type { RoundResult } from './run-units.ts';

export function runReport(
  run: Pick<RunReport, 'checkId' | 'startedAtMs' | 'durationMs' | 'role' | 'leader'>,
  { units, commitError, meanwhile }: RoundResult,
  warnings: readonly Warning[],
): RunReport {
  return {
    ...run,
    ok: commitError === undefined && units.every(({ outcome }) => outcome.status !== 'failed'),
    units,
    events: mergeActivity([...meanwhile, ...units.map(({ outcome }) => outcome.events ?? noActivity)]),
    ...(commitError ? { commitError } : {}),
    // A unit that was left behind may still warn.
    warnings: [...warnings],
  };
}
