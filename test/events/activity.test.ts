import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mergeActivity, noActivity } from '../../src/events/activity.ts';
import { emptyLedger } from '../../src/events/ledger.ts';
import type { EventActivity, EventGap } from '../../src/report.ts';

const gap = (scope: string) => ({ scope }) as EventGap;
const one: EventActivity = {
  ledger: { ...emptyLedger, carried: 1, read: 4, delivered: 2, filtered: 1, filteredBy: { a: 1 }, pending: 2 },
  gaps: [gap('one')],
  caughtUp: true,
};
const two: EventActivity = {
  ledger: { ...emptyLedger, carried: 2, read: 1, filtered: 2, filteredBy: { a: 1, b: 1 }, pending: 1 },
  gaps: [gap('two')],
  caughtUp: false,
};

describe('the event activity of several units', () => {
  it('adds up what was carried and is pending, as they work side by side', () => {
    assert.deepEqual(mergeActivity([one, two]), {
      ledger: {
        ...emptyLedger,
        carried: 3,
        read: 5,
        delivered: 2,
        filtered: 3,
        filteredBy: { a: 2, b: 1 },
        pending: 3,
      },
      gaps: [gap('one'), gap('two')],
      caughtUp: false,
    });
  });

  it('is that of the one that has any', () => assert.deepEqual(mergeActivity([noActivity, one, noActivity]), one));

  it('has not caught up where nobody reads', () => {
    assert.deepEqual(mergeActivity([]), { ledger: emptyLedger, gaps: [], caughtUp: false });
    assert.deepEqual(mergeActivity([noActivity]), { ledger: emptyLedger, gaps: [], caughtUp: false });
  });
});
