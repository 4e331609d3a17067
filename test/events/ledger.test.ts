import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addLedgers, createLedger, emptyLedger } from '../../src/events/ledger.ts';

describe('the ledger', () => {
  it('counts a period, closes it, and carries what is pending into the next', () => {
    const ledger = createLedger();
    ledger.book('read', 10);
    ledger.book('delivered', 3);
    ledger.book('repeated', 1);
    ledger.book('malformed', 1);
    ledger.filtered(new Map([['a', 2]]));
    ledger.filtered(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
    assert.deepEqual(ledger.close(1), {
      carried: 0,
      read: 10,
      delivered: 3,
      filtered: 4,
      filteredBy: { a: 3, b: 1 },
      repeated: 1,
      folded: 0,
      malformed: 1,
      quarantined: 0,
      pending: 1,
    });
    ledger.book('delivered', 1);
    assert.deepEqual(ledger.close(0), { ...emptyLedger, carried: 1, delivered: 1 });
    assert.deepEqual(ledger.close(0), emptyLedger);
  });

  it('adds up periods, one after the other', () => {
    const first = { ...emptyLedger, carried: 2, read: 5, delivered: 3, filtered: 1, filteredBy: { a: 1 }, pending: 3 };
    const then = {
      ...emptyLedger,
      carried: 3,
      read: 1,
      delivered: 2,
      filtered: 2,
      filteredBy: { a: 1, b: 1 },
      pending: 0,
    };
    const both = {
      ...emptyLedger,
      carried: 2,
      read: 6,
      delivered: 5,
      filtered: 3,
      filteredBy: { a: 2, b: 1 },
      pending: 0,
    };
    assert.deepEqual(addLedgers(first, then), both);
    assert.deepEqual(addLedgers(emptyLedger, { ...first, carried: 0 }), { ...first, carried: 0 });
  });
});
