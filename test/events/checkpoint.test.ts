import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Checkpoint, lostVersionIn } from '../../src/events/checkpoint.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { Place } from '../../src/watch/output.ts';
import { anEvent } from './kube-event.ts';
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

  it('says of a place that is told late when reading was complete by then', async () => {
    checkpoint.whole();
    const { wholeAtMs } = checkpoint;
    await clock.advance(9000);
    checkpoint.whole();
    checkpoint.reached(at('50'), wholeAtMs);
    assert.deepEqual(checkpoint.token, { resourceVersion: '50', wholeAtMs: 5000 });
    checkpoint.reached(at('51'));
    assert.equal(checkpoint.token?.wholeAtMs, 14_000);
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

  it('is due at most once a period, and saves whenever it must', async () => {
    const due = async (version: string) => {
      checkpoint.reached(at(version));
      if (checkpoint.dueInMs === 0) await checkpoint.save(saving);
    };
    await due('50');
    await clock.advance(999);
    await due('51');
    assert.deepEqual([store.log, checkpoint.dueInMs], [['save event 50'], 1]);
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
    await assert.rejects(checkpoint.save(saving), /refused/);
    assert.equal(checkpoint.dueInMs, 1000);
    await clock.advance(1000);
    assert.equal(checkpoint.dueInMs, 0);
    await checkpoint.save(saving);
    assert.deepEqual(store.log, ['save event 50 failed', 'save event 50']);
    assert.equal(checkpoint.dueInMs, undefined, 'nothing is to be saved');
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
    selecting.reached({ at: 'list', cause: 'expired', continueToken: 'c1', first: '100', since: '50' });
    await selecting.save(saving);
    assert.deepEqual(store.tokens.get('event'), {
      resourceVersion: '50',
      listedAtMs: 77,
      relist: { continueToken: 'c1', resourceVersion: '100', since: '50', selector: 'type=Warning' },
    });
    selecting.reached({ at: 'list', cause: 'expired', continueToken: 'c2', first: '100', since: '50' });
    await selecting.save(saving);
    assert.equal(store.tokens.get('event')?.relist?.continueToken, 'c2');
  });

  it('stores the place in a first list under an empty version', async () => {
    checkpoint.reached({ at: 'list', cause: 'first', continueToken: 'c1', first: '100' });
    await checkpoint.save(saving);
    assert.deepEqual(store.tokens.get('event'), {
      resourceVersion: '',
      relist: { continueToken: 'c1', resourceVersion: '100' },
    });
  });

  it('stores why a list is read, and what it bridges from where that is not its token', async () => {
    checkpoint.reached({ at: 'list', cause: 'rewound', continueToken: 'c1', first: '100', lost: '900' });
    await checkpoint.save(saving);
    const place = { continueToken: 'c1', resourceVersion: '100' };
    assert.deepEqual(store.tokens.get('event')?.relist, { ...place, cause: 'rewound', from: '900' });
    const unread = new Checkpoint({ store, key: 'other', clock, intervalMs: 0, unreadable: 'abc' });
    unread.reached({ at: 'list', cause: 'unreadable-token', continueToken: 'c1', first: '100' });
    await unread.save(saving);
    assert.deepEqual(store.tokens.get('other')?.relist, { ...place, cause: 'unreadable-token', from: 'abc' });
  });

  it('stores of a witness what proves it, and nothing else of the event', async () => {
    const event = anEvent({ namespace: 'shop', name: 'n', uid: 'u', version: '40' });
    checkpoint.reached({ at: 'version', version: '50', witness: event });
    await checkpoint.save(saving);
    const witness = { namespace: 'shop', name: 'n', uid: 'u', version: '40' };
    assert.deepEqual(store.tokens.get('event'), { resourceVersion: '50', witness });
  });

  it('stores when reading was last complete with the next token, and writes nothing for it alone', async () => {
    checkpoint.reached(at('50'));
    await checkpoint.save(saving);
    await clock.advance(100);
    checkpoint.whole();
    checkpoint.reached(at('50'));
    assert.equal(checkpoint.dueInMs, undefined);
    checkpoint.reached(at('51'));
    await checkpoint.save(saving);
    assert.deepEqual(store.tokens.get('event'), { resourceVersion: '51', wholeAtMs: 5100 });
  });

  it('says since when something is not saved, and when it was', async () => {
    assert.deepEqual(
      [checkpoint.unsavedSinceMs, checkpoint.savedAtMs, checkpoint.token],
      [undefined, undefined, undefined],
    );
    checkpoint.reached(at('50'));
    await clock.advance(100);
    checkpoint.reached(at('51'));
    assert.equal(checkpoint.unsavedSinceMs, 5000);
    await checkpoint.save(saving);
    assert.deepEqual([checkpoint.unsavedSinceMs, checkpoint.savedAtMs], [undefined, 5100]);
    assert.equal(checkpoint.token?.resourceVersion, '51');
  });

  it('says so of what is committed while a save is under way', async () => {
    checkpoint.reached(at('50'));
    const saved = checkpoint.save(saving);
    checkpoint.reached(at('51'));
    await clock.advance(70);
    await saved;
    assert.equal(checkpoint.dueInMs, 930);
    assert.notEqual(checkpoint.unsavedSinceMs, undefined);
    await checkpoint.save(saving);
    assert.equal(store.tokens.get('event')?.resourceVersion, '51');
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
    const begins = at('60');
    checkpoint.forget(begins);
    assert.equal(checkpoint.forgets, true);
    store.failNext(1);
    assert.equal(checkpoint.dueInMs, 0);
    await assert.rejects(checkpoint.save(saving), /refused/);
    assert.equal(checkpoint.dueInMs, 0);
    checkpoint.reached(begins);
    await checkpoint.save(saving);
    assert.equal(checkpoint.forgets, false);
    assert.deepEqual(store.log, ['save event 900', 'remove event failed', 'remove event', 'save event 60']);
  });

  it('removes at once, whether a save is due or not', async () => {
    checkpoint.reached(at('900'));
    await checkpoint.save(saving);
    checkpoint.forget(at('60'), '900');
    assert.equal(checkpoint.dueInMs, 0);
    await checkpoint.save(saving);
    // A mark: who begins here before a place of the new history is reached does not begin for the first time.
    assert.deepEqual(store.log, ['save event 900', 'remove event', 'save event rewritten after 900']);
    assert.equal(lostVersionIn('rewritten after 900'), '900');
  });

  it('stores no place of the old history that is reached while the new one is read already', async () => {
    checkpoint.reached(at('900'));
    const begins = at('60');
    checkpoint.forget(begins);
    checkpoint.reached(at('905'));
    await checkpoint.save(saving);
    assert.deepEqual([checkpoint.token, store.log], [undefined, ['remove event', 'save event rewritten']]);
    assert.deepEqual(['rewritten', '905', ''].map(lostVersionIn), ['', undefined, undefined]);
    checkpoint.reached(begins);
    checkpoint.reached(at('61'));
    await checkpoint.save(saving);
    assert.deepEqual(store.log, ['remove event', 'save event rewritten', 'save event 61']);
  });

  it('hands over the fence', async () => {
    const fence = { holder: 'me', term: 3 };
    checkpoint.reached(at('50'));
    await checkpoint.save({ signal, fence });
    assert.deepEqual(store.fences, [fence]);
  });
});
