import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyLedger } from '../src/events/ledger.ts';
import type { EventLedger } from '../src/report.ts';
import { assertBooks } from './books.ts';

const report = (ledger: Partial<EventLedger>) => ({
  events: { ledger: { ...emptyLedger, ...ledger }, gaps: [], caughtUp: true },
});
const last = report({ carried: 0, read: 4, delivered: 1, pending: 3 });

describe('the check of the books', () => {
  it('passes books that close and go on', () => {
    assertBooks(report({}));
    assertBooks(last);
    assertBooks(
      report({
        carried: 3,
        read: 9,
        delivered: 4,
        filtered: 3,
        filteredBy: { a: 1, b: 2 },
        repeated: 2,
        folded: 1,
        malformed: 1,
        quarantined: 1,
      }),
      last,
    );
  });

  const wrong: Readonly<Record<string, readonly [Partial<EventLedger>, RegExp]>> = {
    'an event that is nowhere': [{ carried: 3, delivered: 2 }, /do not close/],
    'an event from nowhere': [{ carried: 3, delivered: 4 }, /do not close/],
    'a rule too few': [{ carried: 3, filtered: 3, filteredBy: { a: 2 } }, /has a rule/],
    'a negative count': [{ carried: 3, delivered: 4, repeated: -1 }, /repeated is -1/],
    'half an event': [{ carried: 3, delivered: 2.5, repeated: 0.5 }, /delivered is 2.5/],
    'something forgotten between two runs': [{ carried: 2, delivered: 2 }, /pending before/],
  };
  for (const [what, [ledger, message]] of Object.entries(wrong)) {
    it(`finds ${what}`, () => assert.throws(() => assertBooks(report(ledger), last), message));
  }

  it('finds a first report that carries something, and one without books', () => {
    assert.throws(() => assertBooks(report({ carried: 1, delivered: 1 })), /pending before/);
    assert.throws(() => assertBooks({}), /no books/);
  });
});
