import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { orAborted } from '../src/or-aborted.ts';

describe('work that can be left', () => {
  it('settles as it does, and leaves nothing on the signal', async () => {
    const { signal } = new AbortController();
    assert.equal(await orAborted(Promise.resolve(7), signal), 7);
    await assert.rejects(orAborted(Promise.reject(new Error('no')), signal), { message: 'no' });
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('is left with the reason of its signal, and what it says later is ignored', async () => {
    const ended = new AbortController();
    const late = Promise.withResolvers<number>();
    const left = orAborted(late.promise, ended.signal);
    ended.abort(new Error('over'));
    await assert.rejects(left, { message: 'over' });
    late.reject(new Error('too late'));
    await assert.rejects(left, { message: 'over' });
  });

  it('is not waited for at all when the signal is aborted already', async () => {
    await assert.rejects(orAborted(new Promise(() => undefined), AbortSignal.abort(new Error('over'))), {
      message: 'over',
    });
  });
});
