/** Event activity of several scopes, or units, as one. */

import type { EventActivity, EventLedger } from '../report.ts';
import { addLedgers, emptyLedger } from './ledger.ts';

/** Of a unit that has nothing to do with events. */
export const noActivity: EventActivity = { ledger: emptyLedger, gaps: [], caughtUp: true };

/** Units side by side: what is carried and pending adds up, too. */
export function mergeActivity(parts: readonly EventActivity[]): EventActivity {
  const some = parts.filter((part) => part !== noActivity);
  const [first = { ...noActivity, caughtUp: false }, ...others] = some;
  return others.reduce(
    (sum, part) => ({
      ledger: sideBySide(sum.ledger, part.ledger),
      gaps: [...sum.gaps, ...part.gaps],
      caughtUp: sum.caughtUp && part.caughtUp,
    }),
    first,
  );
}

function sideBySide(a: EventLedger, b: EventLedger): EventLedger {
  return { ...addLedgers(a, b), carried: a.carried + b.carried, pending: a.pending + b.pending };
}
