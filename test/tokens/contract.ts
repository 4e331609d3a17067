/** What every token store promises, whatever it keeps its tokens in. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isNewer } from '../../src/kube/version.ts';
import type { Token, TokenStore } from '../../src/token-store.ts';

/** A store, and the same one as the next process would open it. */
export type Open = () => TokenStore;

const options = { signal: new AbortController().signal };
const listedAtMs = Date.UTC(2024, 4, 29, 6, 8, 20);
const key = 'event';
const token = (resourceVersion: string, more: Partial<Token> = {}): Token => ({ resourceVersion, listedAtMs, ...more });
const place = { continueToken: 'abc==', resourceVersion: '500', since: '100', selector: 'reason!=A' };

export interface StorePromise {
  readonly what: string;
  readonly holds: (open: Open) => Promise<void>;
}

export const promises: readonly StorePromise[] = [
  {
    what: 'has nothing at first',
    holds: async (open) => assert.equal(await open().load(key, options), undefined),
  },
  {
    what: 'gives back what was saved, also to the next process',
    holds: async (open) => {
      for (const saved of [
        token('100'),
        token('101', { relist: { ...place, since: '101' } }),
        token('18446744073709551614'),
      ]) {
        assert.deepEqual(await open().save(key, saved, options), saved);
        assert.deepEqual(await open().load(key, options), saved);
      }
    },
  },
  {
    what: 'a token whose last list is unknown stays one',
    holds: async (open) => {
      await open().save(key, { resourceVersion: '100' }, options);
      assert.deepEqual(await open().load(key, options), { resourceVersion: '100' });
    },
  },
  {
    what: 'keeps the place of a first list, which has no token yet',
    holds: async (open) => {
      const { since: _none, ...first } = place;
      const saved = { resourceVersion: '', relist: first };
      assert.deepEqual(await open().save(key, saved, options), saved);
      assert.deepEqual(await open().load(key, options), saved);
    },
  },
  {
    what: 'forgets the place of a list that has ended',
    holds: async (open) => {
      const store = open();
      await store.save(key, token('100', { relist: place }), options);
      await store.save(key, token('500'), options);
      assert.deepEqual(await store.load(key, options), token('500'));
    },
  },
  {
    what: 'keeps the keys apart',
    holds: async (open) => {
      const store = open();
      const longest = `event.${'n'.repeat(63)}`;
      await store.save(key, token('100', { relist: place }), options);
      await store.save('event.shop', token('7', { relist: { ...place, since: '7' } }), options);
      await store.save(longest, token('8'), options);
      assert.deepEqual(await open().load(key, options), token('100', { relist: place }));
      assert.deepEqual(await open().load('event.shop', options), token('7', { relist: { ...place, since: '7' } }));
      assert.deepEqual(await open().load(longest, options), token('8'));
      assert.equal(await open().load('event.sho', options), undefined);
    },
  },
  {
    what: 'never goes back: the newer of both stays, and is returned',
    holds: async (open) => {
      await open().save(key, token('1000'), options);
      assert.deepEqual(await open().save(key, token('999', { listedAtMs: listedAtMs + 1000 }), options), token('1000'));
      assert.deepEqual(await open().load(key, options), token('1000'));
    },
  },
  {
    what: 'at the same version the later one stays: it is further in its list',
    holds: async (open) => {
      const store = open();
      await store.save(key, token('100', { relist: place }), options);
      const further = token('100', { relist: { ...place, continueToken: 'def' } });
      assert.deepEqual(await store.save(key, further, options), further);
      assert.deepEqual(await open().load(key, options), further);
    },
  },
  {
    what: 'what can be read stays before what cannot',
    holds: async (open) => {
      const store = open();
      await store.save(key, token('100'), options);
      for (const unreadable of ['', '0', 'abc', '18446744073709551615'])
        assert.deepEqual(await store.save(key, token(unreadable), options), token('100'));
      assert.deepEqual(await open().load(key, options), token('100'));
    },
  },
  {
    what: 'what cannot be read gives way',
    holds: async (open) => {
      for (const unreadable of ['abc', '0', '']) {
        const store = open();
        await store.save(key, token(unreadable), options);
        assert.deepEqual(await store.save(key, token('1'), options), token('1'));
        await store.remove(key, options);
      }
    },
  },
  {
    what: 'is removed alone, with its place; then any token may be saved',
    holds: async (open) => {
      const store = open();
      await store.save(key, token('1000', { relist: { ...place, since: '1000' } }), options);
      await store.save('event.shop', token('7'), options);
      await store.remove(key, options);
      assert.equal(await open().load(key, options), undefined);
      assert.deepEqual(await open().load('event.shop', options), token('7'));
      assert.deepEqual(await open().save(key, token('3'), options), token('3'));
    },
  },
  {
    what: 'to remove what is not there does nothing',
    holds: async (open) => {
      await open().remove(key, options);
      assert.equal(await open().load(key, options), undefined);
    },
  },
  {
    what: 'of saves at the same time the newest stays, whatever their order',
    holds: async (open) => {
      const store = open();
      await Promise.all(['5', '40', '300', '2', '41'].map((version) => store.save(key, token(version), options)));
      assert.deepEqual(await open().load(key, options), token('300'));
    },
  },
  {
    what: 'of saves to several keys at the same time none is lost',
    holds: async (open) => {
      const store = open();
      const keys = Array.from({ length: 5 }, (_, n) => `event.n${n}`);
      await Promise.all(keys.map((one, n) => store.save(one, token(String(n + 1)), options)));
      for (const [n, one] of keys.entries()) assert.deepEqual(await open().load(one, options), token(String(n + 1)));
    },
  },
  {
    what: 'whatever is saved in whatever order: what is stored is the newest there was, and each save says so',
    holds: async (open) => {
      const version = fc
        .oneof(fc.bigInt({ min: 1n, max: 2n ** 64n - 2n }), fc.bigInt({ min: 1n, max: 12n }))
        .map(String);
      await fc.assert(
        fc.asyncProperty(fc.array(version, { minLength: 1, maxLength: 8 }), async (versions) => {
          const store = open();
          let newest = '0';
          for (const one of versions) {
            newest = isNewer(newest, one) ? newest : one;
            assert.equal((await store.save(key, token(one), options)).resourceVersion, newest);
          }
          assert.equal((await open().load(key, options))?.resourceVersion, newest);
          await store.remove(key, options);
        }),
        { numRuns: 25 },
      );
    },
  },
];
