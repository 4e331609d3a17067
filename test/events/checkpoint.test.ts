import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Checkpoint } from '../../src/events/checkpoint.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { Place } from '../../src/watch/output.ts';
import { type LoggingStore, loggingStore } from './logging-store.ts';

const at = (version: string): Place => ({ at: 'version', version });
const { signal } = new AbortController();
const saving = { signal };

describe('the checkpoint', () => {
  let clock: ManualClock;
  let store: LoggingStore;
  let checkpoint: Checkpoint;

  beforeEach(() => {
    clock = new ManualClock({ startAtMs: 5000 });
    store = loggingStore();
    checkpoint = new Checkpoint({ store, key: 'event', clock, intervalMs: 1000 });
  });

  it('saves what was reached, once', async () => {
    await checkpoint.save(saving);
    assert.deepEqual(store.log, []);
    checkpoint.reached(at('50'));
    await checkpoint.save(saving);
    await checkpoint.save(saving);
    checkpoint.reached(at('50'));
    await checkpoint.save(saving);
    assert.deepEqual(store.log, ['save event 50']);
  });

  it('saves at most once a period when asked whether it is due, and whenever it must', async () => {
    const due = async (version: string) => {
      checkpoint.reached(at(version));
      await checkpoint.saveWhenDue(saving);
    };
    await due('50');
    await clock.advance(999);
    await due('51');
    assert.deepEqual(store.log, ['save event 50']);
    await clock.advance(1);
    await due('52');
    assert.deepEqual(store.log, ['save event 50', 'save event 52']);
    await due('53');
    await checkpoint.save(saving);
    assert.deepEqual(store.log, ['save event 50', 'save event 52', 'save event 53']);
  });

  it('tries again what a store has not taken, after a period', async () => {
    store.failNext(1);
    checkpoint.reached(at('50'));
    await assert.rejects(checkpoint.saveWhenDue(saving), /refused/);
    await checkpoint.saveWhenDue(saving);
    assert.deepEqual(store.log, ['save event 50 failed']);
    await clock.advance(1000);
    await checkpoint.saveWhenDue(saving);
    assert.deepEqual(store.log, ['save event 50 failed', 'save event 50']);
  });

  it('stores the place in a list with what it belongs to', async () => {
    const selecting = new Checkpoint({
      store,
      key: 'event',
      clock,
      intervalMs: 0,
      selector: 'type=Warning',
      listedAtMs: 77,
    });
    selecting.reached({ at: 'list', continueToken: 'c1', first: '100', since: '50' });
    await selecting.save(saving);
    assert.deepEqual(store.tokens.get('event'), {
      resourceVersion: '50',
      listedAtMs: 77,
      relist: { continueToken: 'c1', resourceVersion: '100', since: '50', selector: 'type=Warning' },
    });
    selecting.reached({ at: 'list', continueToken: 'c2', first: '100', since: '50' });
    await selecting.save(saving);
    assert.equal(store.tokens.get('event')?.relist?.continueToken, 'c2');
  });

  it('stores the place in a first list under an empty version', async () => {
    checkpoint.reached({ at: 'list', continueToken: 'c1', first: '100' });
    await checkpoint.save(saving);
    assert.deepEqual(store.tokens.get('event'), {
      resourceVersion: '',
      relist: { continueToken: 'c1', resourceVersion: '100' },
    });
  });

  it('tells when the last list ended, and saves it with the token', async () => {
    checkpoint.reached(at('50'));
    await checkpoint.save(saving);
    await clock.advance(100);
    checkpoint.listEnded();
    assert.equal(checkpoint.listedAtMs, 5100);
    checkpoint.reached(at('50'));
    await checkpoint.save(saving);
    assert.deepEqual(store.tokens.get('event'), { resourceVersion: '50', listedAtMs: 5100 });
  });

  it('removes what is stored of a rewritten history before it stores anything else, and until that has worked', async () => {
    checkpoint.reached(at('900'));
    await checkpoint.save(saving);
    checkpoint.forget();
    assert.equal(checkpoint.forgets, true);
    store.failNext(1);
    await assert.rejects(checkpoint.saveWhenDue(saving), /refused/);
    checkpoint.reached(at('60'));
    await checkpoint.saveWhenDue(saving);
    assert.equal(checkpoint.forgets, false);
    await checkpoint.save(saving);
    assert.deepEqual(store.log, ['save event 900', 'remove event failed', 'remove event', 'save event 60']);
  });

  it('removes at once, whether a save is due or not', async () => {
    checkpoint.reached(at('900'));
    await checkpoint.saveWhenDue(saving);
    checkpoint.forget();
    await checkpoint.saveWhenDue(saving);
    assert.deepEqual(store.log, ['save event 900', 'remove event']);
  });

  it('hands over the fence', async () => {
    const fence = { holder: 'me', term: 3 };
    checkpoint.reached(at('50'));
    await checkpoint.save({ signal, fence });
    assert.deepEqual(store.fences, [fence]);
  });
});
