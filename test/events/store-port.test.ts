import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KubeCheckError } from '../../src/errors.ts';
import { boundedStore } from '../../src/events/store-port.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { TokenStore } from '../../src/token-store.ts';
import { MemoryTokenStore } from '../../src/tokens/memory.ts';
import { loggingStore } from './logging-store.ts';

const { signal } = new AbortController();
const token = { resourceVersion: '50' };
const calls: Readonly<Record<string, (store: TokenStore, signal: AbortSignal) => Promise<unknown>>> = {
  loaded: (store, signal) => store.load('event', { signal }),
  saved: (store, signal) => store.save('event', token, { signal, fence: { holder: 'me', term: 1 } }),
  removed: (store, signal) => store.remove('event', { signal }),
  'looked up': (store, signal) => store.keys?.({ signal }) ?? assert.fail('no keys'),
};

/** It fails and hangs there as it does when it loads. */
function withKeys(inner: TokenStore): TokenStore {
  const { load, save, remove } = inner;
  const keys = async (options: { readonly signal: AbortSignal }) => {
    await load('event', options);
    return ['event', 'event.shop'];
  };
  return { load, save, remove, keys };
}

describe('a token store that is safe to wait for', () => {
  it('is the store itself, in all that works', async () => {
    const inner = loggingStore();
    const clock = new ManualClock();
    const store = boundedStore(inner, clock);
    assert.equal(await store.load('event', { signal }), undefined);
    assert.deepEqual(await store.save('event', token, { signal, fence: { holder: 'me', term: 1 } }), token);
    assert.deepEqual(await store.load('event', { signal }), token);
    await store.remove('event', { signal });
    assert.deepEqual(inner.log, ['load event', 'save event 50', 'load event', 'remove event']);
    assert.deepEqual(inner.fences, [{ holder: 'me', term: 1 }]);
    assert.equal(clock.pending, 0);
  });

  it('claims for whom it is told to, and for nobody else', async () => {
    const given: unknown[] = [];
    const inner: TokenStore = {
      ...loggingStore(),
      load: async (_key, { fence }) => {
        given.push(fence);
        return undefined;
      },
    };
    const store = boundedStore(inner, new ManualClock());
    const fence = { holder: 'me', term: 1, lease: 'l' };
    await store.load('event', { signal, fence });
    await store.load('event', { signal });
    assert.deepEqual(given, [fence, undefined]);
  });

  it('gives the keys of a store that knows them, and has none of one that does not', async () => {
    const clock = new ManualClock();
    assert.deepEqual(await boundedStore(withKeys(loggingStore()), clock).keys?.({ signal }), ['event', 'event.shop']);
    assert.equal(clock.pending, 0);
    assert.equal('keys' in boundedStore(loggingStore(), clock), false);
  });

  it('asks a store for its keys as a method of its own', async () => {
    const store = new MemoryTokenStore();
    await store.save('event.shop', token);
    assert.deepEqual(await boundedStore(store, new ManualClock()).keys?.({ signal }), ['event.shop']);
  });

  for (const [done, call] of Object.entries(calls)) {
    it(`gives up on one that never answers, and says so: ${done}`, async () => {
      const inner = loggingStore();
      inner.hang();
      const clock = new ManualClock();
      const asked = call(boundedStore(withKeys(inner), clock), signal);
      const failed = assert.rejects(asked, {
        code: 'TOKEN_STORE_FAILED',
        message: `the event token could not be ${done}: no answer within 60000 ms`,
      });
      await clock.advance(60_000);
      await failed;
    });

    it(`does not wait for one that ignores its signal: ${done}`, async () => {
      const inner = loggingStore();
      inner.hang();
      const clock = new ManualClock();
      const run = new AbortController();
      const asked = call(boundedStore(withKeys(inner), clock), run.signal);
      run.abort(new Error('over'));
      await assert.rejects(asked, { code: 'ABORTED' });
      assert.equal(clock.pending, 0);
    });

    it(`gives a code to what has none, and leaves one of ours: ${done}`, async () => {
      const inner = loggingStore();
      const store = boundedStore(withKeys(inner), new ManualClock());
      inner.failNext(1, new Error('disk full'));
      await assert.rejects(call(store, signal), {
        code: 'TOKEN_STORE_FAILED',
        message: `the event token could not be ${done}: disk full`,
      });
      inner.failNext(1, new KubeCheckError('FENCED', 'a later term'));
      await assert.rejects(call(store, signal), { code: 'FENCED', message: 'a later term' });
    });
  }

  it('gives the store a signal that ends with its time', async () => {
    const clock = new ManualClock();
    let given: AbortSignal | undefined;
    const inner: TokenStore = {
      ...loggingStore(),
      load: (_key, options) => {
        given = options.signal;
        return new Promise(() => undefined);
      },
    };
    const asked = boundedStore(inner, clock).load('event', { signal });
    const failed = assert.rejects(asked);
    await clock.advance(60_000);
    await failed;
    assert.equal(given?.aborted, true);
  });

  it('takes a store that throws instead of rejecting', async () => {
    const inner: TokenStore = {
      ...loggingStore(),
      load: () => {
        throw new Error('not even a promise');
      },
    };
    await assert.rejects(boundedStore(inner, new ManualClock()).load('event', { signal }), {
      code: 'TOKEN_STORE_FAILED',
    });
  });
});
