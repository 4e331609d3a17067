/** The books of event collection, checked after each run: they close, and go on where the last ones ended. */
import assert from 'node:assert/strict';
import type { EventActivity, EventLedger } from '../src/report.ts';

interface Reported {
  readonly events?: EventActivity;
}

/**
 * @param report - a RunReport, or a unit's outcome
 * @param previous - the one before it of the same check or unit. Absent: this is the first, which carries nothing
 */
export function assertBooks(report: Reported, previous?: Reported): void {
  const ledger = ledgerOf(report);
  const { carried, read, pending, filteredBy, ...counts } = ledger;
  const about = JSON.stringify(ledger);
  const numbers = { carried, read, pending, ...counts, ...filteredBy };
  for (const [name, count] of Object.entries(numbers))
    assert.ok(Number.isSafeInteger(count) && count >= 0, `${name} is ${count} in ${about}`);
  const wentTo = Object.values(counts).reduce((sum, count) => sum + count, pending);
  assert.equal(carried + read, wentTo, `the books do not close: ${about}`);
  const byRule = Object.values(filteredBy).reduce((sum, count) => sum + count, 0);
  assert.equal(byRule, ledger.filtered, `not every filtered event has a rule: ${about}`);
  const before = previous ? ledgerOf(previous).pending : 0;
  assert.equal(carried, before, `carried is not what was pending before: ${about}`);
}

function ledgerOf({ events }: Reported): EventLedger {
  assert.ok(events, 'no books: the events unit did not run');
  return events.ledger;
}
