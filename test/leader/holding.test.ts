import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { leftMs } from '../../src/leader/holding.ts';

const hourMs = 3_600_000;
const start = { monotonicMs: 500, wallMs: 1_000_000 };

describe('what is left of 1000 ms', () => {
  for (const [what, monotonicMs, wallMs, expected] of [
    ['is all of it at first', 0, 0, 1000],
    ['is what has not passed', 400, 400, 600],
    ['is nothing at its end', 1000, 1000, 0],
    ['is never less than nothing', 5000, 5000, 0],
    ['is what the wall clock says where the other one stood still', 0, 700, 300],
    ['is nothing after a long suspension', 1, hourMs, 0],
    ['is not more where the wall clock was set back', 400, -hourMs, 600],
    ['ends also where the wall clock was set back', 1000, -hourMs, 0],
    ['is less where the wall clock was set forward', 100, 900, 100],
  ] as const) {
    test(what, () => {
      const now = { monotonicMs: start.monotonicMs + monotonicMs, wallMs: start.wallMs + wallMs };
      assert.equal(leftMs(start, 1000, now), expected);
    });
  }
});
