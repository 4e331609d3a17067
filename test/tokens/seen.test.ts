/** What proves a token, stored beside it: read back only where it is whole and of that very token. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSeen, seenToStore } from '../../src/tokens/seen.ts';

const witness = { namespace: 'shop', name: 'web.1', uid: 'u-1', version: '99' };
const wholeAtMs = 1_716_962_900_123;
const whole = { at: '100', wholeAtMs, witness };

describe('what proves a token', () => {
  for (const [what, token] of [
    ['both', { resourceVersion: '100', wholeAtMs, witness }],
    ['the instant alone', { resourceVersion: '100', wholeAtMs }],
    ['the witness alone', { resourceVersion: '100', witness }],
    ['a witness of the token itself', { resourceVersion: '100', witness: { ...witness, version: '100' } }],
    ['an instant before the first token', { resourceVersion: '', wholeAtMs }],
    ['the instant 0', { resourceVersion: '100', wholeAtMs: 0 }],
  ] as const)
    test(`is read back: ${what}`, () => {
      const stored = JSON.parse(JSON.stringify(seenToStore(token)));
      assert.deepEqual({ resourceVersion: token.resourceVersion, ...parseSeen(stored, token.resourceVersion) }, token);
    });

  test('is not stored where there is none', () => {
    assert.equal(seenToStore({ resourceVersion: '100', listedAtMs: 5 }), undefined);
  });

  for (const value of [
    undefined,
    null,
    7,
    'x',
    [],
    {},
    { ...whole, at: '99' },
    { ...whole, at: 100 },
    { ...whole, at: '' },
  ])
    test(`is nothing in ${JSON.stringify(value)}`, () => assert.deepEqual(parseSeen(value, '100'), {}));

  for (const [what, found] of [
    ['no object', 'web.1'],
    ['null', null],
    ['a list', [witness]],
    ['without namespace', { ...witness, namespace: undefined }],
    ['with an empty namespace', { ...witness, namespace: '' }],
    ['with an empty name', { ...witness, name: '' }],
    ['with a name of another type', { ...witness, name: 7 }],
    ['with a name that is another path', { ...witness, name: '..' }],
    ['with a name of several parts', { ...witness, name: 'a/b' }],
    ['with a namespace that is escaped', { ...witness, namespace: '%2e%2e' }],
    ['with an empty uid', { ...witness, uid: '' }],
    ['with a uid of another type', { ...witness, uid: null }],
    ['with a version of another type', { ...witness, version: 99 }],
    ['with a version that is none', { ...witness, version: '0' }],
    ['with a version that is text', { ...witness, version: 'abc' }],
    ['newer than the token', { ...witness, version: '101' }],
  ] as const)
    test(`is no witness ${what}; the instant stays`, () => {
      assert.deepEqual(parseSeen({ ...whole, witness: found }, '100'), { wholeAtMs });
    });

  test('is no witness of a token that is no version', () => {
    for (const at of ['', 'abc', '0']) assert.deepEqual(parseSeen({ at, witness }, at), {});
  });

  test('is a witness without what else is said of it', () => {
    assert.deepEqual(parseSeen({ ...whole, witness: { ...witness, more: 1 } }, '100'), { wholeAtMs, witness });
  });

  for (const instant of [null, '5', Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, {}])
    test(`is no instant ${String(instant)}; the witness stays`, () => {
      assert.deepEqual(parseSeen({ ...whole, wholeAtMs: instant }, '100'), { witness });
    });
});
