/** The books of event collection close, and say where events went. */
import assert from 'node:assert/strict';
import type { EventLedger } from '../../src/index.ts';

export function assertBooks(ledger: EventLedger): void {
  const { carried, read, delivered, filtered, filteredBy, repeated, folded, malformed, quarantined, pending } = ledger;
  const wentTo = delivered + filtered + repeated + folded + malformed + quarantined + pending;
  assert.equal(carried + read, wentTo, `the books do not close: ${JSON.stringify(ledger)}`);
  assert.equal(
    Object.values(filteredBy).reduce((sum, count) => sum + count, 0),
    filtered,
    `not every filtered event has a rule: ${JSON.stringify(ledger)}`,
  );
}
