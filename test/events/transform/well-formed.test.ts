import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wellFormedEvent } from '../../../src/events/transform/well-formed.ts';
import { anEvent } from '../kube-event.ts';

const bad = 'a\ud800';
const good = 'a\ufffd';

describe('an event of invalid Unicode is repaired', () => {
  const texts = [
    'uid',
    'version',
    'namespace',
    'name',
    'reason',
    'message',
    'type',
    'component',
    'host',
    'reportingComponent',
  ];
  for (const field of texts) {
    test(`in its ${field}`, () => {
      const event = anEvent();
      assert.deepEqual(wellFormedEvent({ ...event, [field]: bad }), { ...event, [field]: good });
    });
  }

  for (const field of ['kind', 'namespace', 'name', 'uid', 'apiVersion']) {
    test(`in its object's ${field}`, () => {
      const event = anEvent();
      const changed = wellFormedEvent({ ...event, object: { ...event.object, [field]: bad } });
      assert.deepEqual(changed, { ...event, object: { ...event.object, [field]: good } });
    });
  }
});

test('any other event is the same object', () => {
  const event = anEvent({ message: '~%%%\u0000\u202e😀' });
  assert.equal(wellFormedEvent(event), event);
});
