/** One round of units: one after the other, each whatever became of the others, each within its own time. */
import { type Clock, deadline, neverAborted } from './clock.ts';
import type { CommitGate } from './commit-gate.ts';
import { asKubeCheckError, KubeCheckError } from './errors.ts';
import { budgetSpent } from './events/budget.ts';
import { logger } from './log.ts';
import { orAborted } from './or-aborted.ts';
import type { EventActivity, UnitOutcome, UnitReport } from './report.ts';
import type { Unit, UnitContext } from './unit.ts';

const log = logger('check');

/** A unit bounds itself; this is for one that does not. Longer than the readiness request, so that an outage is said. */
const unitTimeoutMs = 60_000;
/** A committing unit may have a commit and a save to bring to their ends, which bound themselves. */
const stopTimeoutMs = 150_000;
/** What a unit may take to end after its signal. */
const graceMs = 1000;

export interface Round {
  readonly units: readonly Unit[];
  /** Those that have a turn. @defaultValue all */
  readonly hasTurn?: (unit: Unit) => boolean;
  readonly gate: CommitGate;
  /** When the reading of a committing unit ends. Milliseconds. */
  readonly budgetMs: number;
  readonly contextFor: (unit: Unit, signal: AbortSignal) => UnitContext;
  readonly signal: AbortSignal;
  readonly committed: (batch: { readonly events: number; readonly durationMs: number }) => void;
  readonly clock: Clock;
  /** Units that have outlived an earlier round: not started again before they end. */
  readonly unfinished: Set<Unit>;
}

export interface RoundResult {
  readonly units: readonly UnitReport[];
  readonly commitError?: KubeCheckError;
  /** What happened since the last report in units that had no turn. */
  readonly meanwhile: readonly EventActivity[];
}

/** A round in which no unit has a turn, as it is another process's. */
export const noRound = (units: readonly Unit[]): RoundResult => ({ units: [], meanwhile: meanwhile(units, true) });

const meanwhile = (units: readonly Unit[], ledElsewhere: boolean): readonly EventActivity[] =>
  units.flatMap((unit) => unit.takeEvents?.({ ledElsewhere }) ?? []);

/**
 * What is handed over is committed before a unit that commits for itself begins, and at the end: so no unit's commit carries, or loses,
 * what another handed over.
 */
export async function runUnits(round: Round): Promise<RoundResult> {
  const reports: UnitReport[] = [];
  let commitError: KubeCheckError | undefined;
  let uncommitted = false;
  const commit = async (): Promise<void> => {
    if (!uncommitted) return;
    uncommitted = false;
    try {
      const startedAtMs = round.clock.monotonicMs();
      await round.gate.commit({ signal: neverAborted() });
      round.committed({ events: 0, durationMs: round.clock.monotonicMs() - startedAtMs });
    } catch (error) {
      commitError ??= asKubeCheckError(error, 'COMMIT_FAILED', 'commit');
    }
  };
  const { hasTurn = () => true } = round;
  for (const unit of round.units.filter(hasTurn)) {
    if (unit.commits) await commit();
    else uncommitted ||= !round.signal.aborted;
    reports.push(await runUnit(unit, round));
  }
  await commit();
  return {
    units: reports,
    ...(commitError ? { commitError } : {}),
    meanwhile: meanwhile(
      round.units.filter((unit) => !hasTurn(unit)),
      false,
    ),
  };
}

async function runUnit(unit: Unit, round: Round): Promise<UnitReport> {
  // A committing unit has books to close, also when there is nothing more to do.
  if (round.signal.aborted && !unit.commits)
    return { name: unit.name, outcome: notTried(unit, round.signal), durationMs: 0 };
  const startedAtMs = round.clock.monotonicMs();
  const outcome = await (unit.commits ? runToItsEnd(unit, round) : runBounded(unit, round));
  return { name: unit.name, outcome, durationMs: round.clock.monotonicMs() - startedAtMs };
}

/** A committing unit stops reading when the budget is spent; what it has in hand it brings to its end. */
async function runToItsEnd(unit: Unit, round: Round): Promise<UnitOutcome> {
  const budget = deadline(round.clock, round.budgetMs, () => budgetSpent(round.budgetMs), round.signal);
  try {
    return await outcomeOf(unit, round.contextFor(unit, budget.signal));
  } finally {
    budget.clear();
  }
}

async function runBounded(unit: Unit, round: Round): Promise<UnitOutcome> {
  if (round.unfinished.has(unit)) return failed(unit, 'is still busy with an earlier run');
  const limit = deadline(
    round.clock,
    unitTimeoutMs,
    () => new KubeCheckError('ABORTED', `${unit.name}: out of time`),
    round.signal,
  );
  round.unfinished.add(unit);
  const running = outcomeOf(unit, round.contextFor(unit, limit.signal)).finally(() => round.unfinished.delete(unit));
  const ended = new AbortController();
  const late = outOfTime(unit, round.clock, { signal: limit.signal, ended: ended.signal });
  // Nobody waits for it once the unit has ended.
  late.catch(() => undefined);
  try {
    return await Promise.race([running, late]);
  } finally {
    ended.abort();
    limit.clear();
  }
}

/** A unit that heeds its signal ends by itself soon after it; one that does not is left behind. */
async function outOfTime(
  unit: Unit,
  clock: Clock,
  { signal, ended }: { readonly signal: AbortSignal; readonly ended: AbortSignal },
): Promise<UnitOutcome> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true, signal: ended });
  });
  await clock.sleep(graceMs, { signal: ended });
  return failed(unit, 'did not end in time');
}

async function outcomeOf(unit: Unit, context: UnitContext): Promise<UnitOutcome> {
  try {
    return (await unit.run(context)) ?? { status: 'ok' };
  } catch (error) {
    return { status: 'failed', error: asKubeCheckError(error, 'UNIT_FAILED', unit.name) };
  }
}

/** Each unit's `stop`, one after the other, bounded, whatever became of the others. Never rejects. */
export async function stopUnits(units: readonly Pick<Unit, 'name' | 'stop'>[], clock: Clock): Promise<void> {
  for (const unit of units) {
    const limit = deadline(clock, stopTimeoutMs, () => new Error('did not end in time'));
    try {
      await orAborted(Promise.resolve(unit.stop?.()), limit.signal);
    } catch (error) {
      log('%s did not stop: %o', unit.name, error);
    } finally {
      limit.clear();
    }
  }
}

const failed = (unit: Unit, why: string): UnitOutcome => ({
  status: 'failed',
  error: new KubeCheckError('UNIT_FAILED', `${unit.name} ${why}`, { remedy: 'a unit must heed context.signal' }),
});

function notTried(unit: Unit, signal: AbortSignal): UnitOutcome {
  return {
    status: 'failed',
    error: new KubeCheckError('ABORTED', `${unit.name}: not tried, the run was ended`, { cause: signal.reason }),
  };
}
