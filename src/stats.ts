/** Totals since construction, and how fresh things are. */
import type { CheckStats } from './check.ts';
import type { Clock } from './clock.ts';
import { addLedgers, emptyLedger } from './events/ledger.ts';
import { mergedProgress } from './events/outcome.ts';
import type { RunReport } from './report.ts';
import type { UnitProgress } from './unit.ts';

type Instant = 'lastFrameAtMs' | 'lastListAtMs' | 'lastCommitAtMs';

export interface Stats {
  ran(report: RunReport): void;
  /** Something happened just now. */
  touch(instant: Instant): void;
  /** `units`: how those fare that go on between runs. */
  snapshot(now: Pick<CheckStats, 'live' | 'lastLeaseAtMs'>, units: readonly UnitProgress[]): CheckStats;
}

export function createStats(clock: Clock): Stats {
  let runs = 0;
  let reported = emptyLedger;
  let last: RunReport | undefined;
  const instants: Partial<Record<Instant, number>> = {};
  return {
    ran(report) {
      runs++;
      last = report;
      reported = addLedgers(reported, report.events.ledger);
    },
    touch(instant) {
      instants[instant] = clock.nowMs();
    },
    snapshot({ live, ...now }, units) {
      const { ledger, live: unitsLive, ...progress } = mergedProgress(units);
      return {
        runs,
        events: units.length > 0 ? addLedgers(reported, ledger) : reported,
        live: live && unitsLive,
        ...(last ? { role: last.role } : {}),
        ...instants,
        ...progress,
        ...now,
      };
    },
  };
}
