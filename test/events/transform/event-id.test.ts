import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { checkEventId } from '../../../src/events/transform/event-id.ts';
import { sourceEvent } from '../../../src/events/transform/source-event.ts';
import { anEvent } from '../kube-event.ts';

const [a, b, c] = ['a', 'b', 'c'].map((uid) => sourceEvent(anEvent({ uid, version: '7' })));
assert.ok(a && b && c);

test('the id of one source is its own', () => {
  assert.equal(checkEventId([a]), 'a:7');
});

test('the id of several is the SHA-256 of their ids, sorted, one a line: whatever their order', () => {
  const expected = createHash('sha256').update('a:7\nb:7\nc:7').digest('hex');
  assert.equal(checkEventId([a, b, c]), expected);
  assert.equal(checkEventId([c, a, b]), expected);
});

test('other sources have another id', () => {
  assert.notEqual(checkEventId([a, b]), checkEventId([a, c]));
});
