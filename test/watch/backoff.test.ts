import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBackoff } from '../../src/watch/backoff.ts';

const nexts = (count: number, random: number, retryAfterMs?: number): readonly number[] => {
  const backoff = createBackoff({ random: () => random });
  return Array.from({ length: count }, () => backoff.next(retryAfterMs));
};

describe('a backoff', () => {
  it('doubles from 0.8 s to 30 s; half of each delay is chance', () => {
    assert.deepEqual(nexts(8, 0), [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
    assert.deepEqual(nexts(8, 0.5), [600, 1200, 2400, 4800, 9600, 19_200, 22_500, 22_500]);
  });

  it('takes other bounds', () => {
    const backoff = createBackoff({ random: () => 0, firstMs: 10, maxMs: 25 });
    assert.deepEqual([backoff.next(), backoff.next(), backoff.next(), backoff.next()], [5, 10, 13, 13]);
  });

  it('is never shorter than the server asked for, nor than its own delay', () => {
    assert.deepEqual(nexts(2, 0, 60_000), [60_000, 60_000]);
    assert.deepEqual(nexts(1, 0.5, 60_000), [63_000]);
    assert.deepEqual(nexts(3, 0, 1000), [1000, 1000, 1600]);
  });

  it('counts failures until it is reset, and begins anew then', () => {
    const backoff = createBackoff({ random: () => 0 });
    backoff.next();
    backoff.next();
    assert.equal(backoff.failures, 2);
    backoff.reset();
    assert.equal(backoff.failures, 0);
    assert.equal(backoff.next(), 400);
  });

  it('stays within its bounds, whatever the chance, after any number of failures', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const failures = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(random, failures, fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })), (chance, count, asked) => {
        const backoff = createBackoff({ random: () => chance });
        for (let n = 0; n < count; n++) backoff.next();
        const delayMs = backoff.next(asked ?? undefined);
        assert.ok(Number.isSafeInteger(delayMs));
        assert.ok(delayMs >= 400 && delayMs >= (asked ?? 0));
        assert.ok(delayMs <= Math.max(30_000, (asked ?? 0) * 1.1 + 1));
      }),
    );
  });
});
