/** Totals since construction, and how fresh things are. */
import type { CheckStats } from './check.ts';
import type { Clock } from './clock.ts';
import { addLedgers, emptyLedger } from './events/ledger.ts';
import type { RunReport } from './report.ts';

type Instant = 'lastFrameAtMs' | 'lastListAtMs' | 'lastCommitAtMs';

export interface Stats {
  ran(report: RunReport): void;
  /** Something happened just now. */
  touch(instant: Instant): void;
  snapshot(live: boolean): CheckStats;
}

export function createStats(clock: Clock): Stats {
  let runs = 0;
  let events = emptyLedger;
  let last: RunReport | undefined;
  const instants: Partial<Record<Instant, number>> = {};
  return {
    ran(report) {
      runs++;
      last = report;
      events = addLedgers(events, report.events.ledger);
    },
    touch(instant) {
      instants[instant] = clock.nowMs();
    },
    snapshot: (live) => ({ runs, events, live, ...(last ? { role: last.role } : {}), ...instants }),
  };
}
