/** The place of an unfinished list, as it is read back. What makes the whole of it none is in the tests of the stores. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRelist } from '../../src/tokens/relist.ts';

const place = { continueToken: 'abc==', resourceVersion: '500' };

describe('the place of a list', () => {
  for (const more of [
    {},
    { since: '100' },
    { selector: 'reason!=A' },
    ...['hollow', 'resync', 'rewound', 'unreadable-token'].map((cause) => ({ cause })),
    { cause: 'rewound', from: '900', since: '100', selector: 'reason!=A' },
    { from: 'yesterday' },
    { from: '' },
    { from: 'x'.repeat(100) },
  ])
    test(`is read back with ${JSON.stringify(more)}`, () => {
      assert.deepEqual(parseRelist({ ...place, ...more }), { ...place, ...more });
    });

  for (const more of [
    { cause: 'expired' },
    { cause: '' },
    { cause: 'toString' },
    { cause: 7 },
    { cause: null },
    { from: 7 },
    { from: null },
    { from: 'x'.repeat(101) },
    { selector: '' },
    { selector: 7 },
    { more: 1 },
  ])
    test(`is one without ${JSON.stringify(more).slice(0, 60)}`, () => {
      assert.deepEqual(parseRelist({ ...place, ...more }), place);
    });
});
