import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laterHalf, slopeOf } from '../../bench/growth.ts';

const line = (...figures: readonly number[]) => figures.map((y, x) => ({ x, y }));

test('the slope is that of the line that lies nearest to all points', () => {
  assert.equal(slopeOf(line(1, 3, 5, 7)), 2);
  assert.equal(slopeOf(line(5, 5, 5)), 0);
  assert.ok(Math.abs(slopeOf(line(0, 2, 1, 3)) - 0.8) < 1e-9);
  assert.ok(slopeOf(line(9, 6, 4, 1)) < 0);
});

test('one high sample in the middle is no growth', () => {
  assert.ok(Math.abs(slopeOf(line(1, 1, 100, 1, 1))) < 1e-9);
});

test('one point, or none, has no slope', () => {
  assert.deepEqual([slopeOf(line(7)), slopeOf([])], [0, 0]);
});

test('the later half begins in the middle', () => {
  assert.deepEqual(laterHalf([1, 2, 3, 4]), [3, 4]);
  assert.deepEqual(laterHalf([1, 2, 3]), [2, 3]);
});
