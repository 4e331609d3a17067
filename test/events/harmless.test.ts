import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { harmless } from '../../src/events/harmless.ts';

describe('what a host is told', () => {
  it('is told as it is', () => {
    const told: unknown[] = [];
    const { warn, observer } = harmless({
      warn: (message) => told.push(message),
      observer: {
        frameRead: () => told.push('frame'),
        committed: (batch) => told.push(batch),
        relisted: (relist) => told.push(relist),
      },
    });
    warn('careful');
    observer?.frameRead();
    observer?.committed({ events: 1, durationMs: 2 });
    observer?.relisted({ scope: 'cluster', cause: 'expired', read: 3, durationMs: 4 });
    assert.deepEqual(told, [
      'careful',
      'frame',
      { events: 1, durationMs: 2 },
      { scope: 'cluster', cause: 'expired', read: 3, durationMs: 4 },
    ]);
  });

  it('throws nothing back', () => {
    const fail = () => assert.fail('the host');
    const { warn, observer } = harmless({ warn: fail, observer: { frameRead: fail, committed: fail, relisted: fail } });
    warn('careful');
    observer?.frameRead();
    observer?.committed({ events: 1, durationMs: 2 });
    observer?.relisted({ scope: 'cluster', cause: 'expired', read: 3, durationMs: 4 });
  });

  it('needs no observer', () => assert.equal(harmless({ warn: () => undefined }).observer, undefined));
});
