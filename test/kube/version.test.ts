import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, isNewer, isVersion, laterOf } from '../../src/kube/version.ts';

const version = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 64n - 2n }),
  fc.bigInt({ min: 1n, max: 1000n }),
  fc.bigInt({ min: 2n ** 53n - 5n, max: 2n ** 53n + 5n }),
  fc.bigInt({ min: 2n ** 63n - 5n, max: 2n ** 63n + 5n }),
);

test('versions compare as the numbers that they write, however large', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [left, right] = [String(a), String(b)];
      assert.equal(Math.sign(compareVersions(left, right)), a < b ? -1 : a > b ? 1 : 0);
      assert.equal(isNewer(left, right), a > b);
      assert.equal(laterOf(left, right), a > b ? left : right);
    }),
    { numRuns: 2000 },
  );
});

test('what a server can have as a version is one: every number from 1 to 2^64 - 2, written in one way', () => {
  fc.assert(
    fc.property(version, (number) => {
      assert.equal(isVersion(String(number)), true);
      assert.equal(isVersion(`0${number}`), false);
    }),
    { numRuns: 2000 },
  );
});

describe('no version is', () => {
  for (const text of [
    '',
    '0',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    '01',
    ' 1',
    '1 ',
    '1\n',
    'abc',
    '１２',
    String(2n ** 64n - 1n),
    String(2n ** 64n),
    String(2n ** 65n),
    '9'.repeat(21),
    '1'.repeat(100_000),
  ]) {
    test(JSON.stringify(text.slice(0, 40)), () => assert.equal(isVersion(text), false));
  }
});
