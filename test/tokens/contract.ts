/** What every token store promises, whatever it keeps its tokens in. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isNewer } from '../../src/kube/version.ts';
import type { Fence } from '../../src/leader-elector.ts';
import type { Token, TokenStore } from '../../src/token-store.ts';

/** A store, and the same one as the next process would open it. */
export type Open = () => TokenStore;

const options = { signal: new AbortController().signal };
const listedAtMs = Date.UTC(2024, 4, 29, 6, 8, 20);
const key = 'event';
const token = (resourceVersion: string, more: Partial<Token> = {}): Token => ({ resourceVersion, listedAtMs, ...more });
const witness = { namespace: 'shop', name: 'web.1', uid: 'u-1', version: '99' };
const wholeAtMs = listedAtMs + 12_345;
const fence = (term: number, more: Partial<Fence> = {}) => ({
  ...options,
  fence: { holder: `pod-${term}`, term, lease: 'lease-1', ...more },
});
const fenced = { code: 'FENCED' };
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
    what: 'gives back what proves the token, and why its list is read',
    holds: async (open) => {
      const relist = { ...place, cause: 'rewound', from: '900' } as const;
      for (const saved of [
        token('100', { witness, wholeAtMs }),
        token('101', { witness }),
        token('102', { wholeAtMs, relist }),
        token('103', { relist: { ...place, from: 'yesterday' } }),
      ]) {
        assert.deepEqual(await open().save(key, saved, options), saved);
        assert.deepEqual(await open().load(key, options), saved);
      }
    },
  },
  {
    what: 'forgets what proved an earlier token',
    holds: async (open) => {
      const store = open();
      await store.save(key, token('100', { witness, wholeAtMs }), options);
      await store.save(key, token('101'), options);
      assert.deepEqual(await open().load(key, options), token('101'));
      await store.save(key, token('101', { wholeAtMs }), options);
      assert.deepEqual(await open().load(key, options), token('101', { wholeAtMs }));
      await store.remove(key, options);
      await store.save(key, token('101'), options);
      assert.deepEqual(await open().load(key, options), token('101'));
    },
  },
  {
    what: 'tells its keys: those with a token, or with the place of a first list',
    holds: async (open) => {
      const store = open();
      const keys = async () => [...((await open().keys?.(options)) ?? assert.fail('no keys'))].sort();
      assert.deepEqual(await keys(), []);
      await store.load(key, fence(1));
      assert.deepEqual(await keys(), [], 'a claim is no token');
      const { since: _none, ...first } = place;
      await store.save('event.shop', { resourceVersion: '', relist: first }, fence(1));
      await store.save(key, token('100', { witness, wholeAtMs }), fence(1));
      assert.deepEqual(await keys(), [key, 'event.shop']);
      await store.remove(key, options);
      assert.deepEqual(await keys(), ['event.shop']);
    },
  },
  {
    what: 'once it is loaded for a term, no earlier one may write or remove; the token is the one that was loaded',
    holds: async (open) => {
      const [before, after] = [open(), open()];
      assert.equal(await before.load(key, fence(1)), undefined);
      await before.save(key, token('100', { witness, wholeAtMs }), fence(1));
      assert.deepEqual(await after.load(key, fence(2)), token('100', { witness, wholeAtMs }));
      for (let time = 0; time < 2; time++) {
        await assert.rejects(before.save(key, token('200'), fence(1)), fenced);
        await assert.rejects(before.save('event.shop', token('200'), fence(1)), fenced);
        await assert.rejects(before.remove(key, fence(1)), fenced);
        await assert.rejects(before.load(key, fence(1)), fenced);
      }
      assert.deepEqual(await open().load(key, options), token('100', { witness, wholeAtMs }));
      assert.equal(await open().load('event.shop', options), undefined);
      assert.deepEqual(await after.save(key, token('101'), fence(2)), token('101'));
    },
  },
  {
    what: 'a term may load again, for several keys, and write on',
    holds: async (open) => {
      const store = open();
      await Promise.all([key, 'event.shop', 'event.bank'].map((one) => store.load(one, fence(2))));
      await store.save(key, token('100'), fence(2));
      assert.deepEqual(await open().load(key, fence(2)), token('100'));
      assert.deepEqual(await store.save(key, token('101'), fence(2)), token('101'));
    },
  },
  {
    what: 'the holder of a lease that was made anew takes over, whatever the terms; the one before is refused',
    holds: async (open) => {
      const [before, after] = [open(), open()];
      await before.save(key, token('100'), fence(9));
      const anew = fence(0, { lease: 'lease-2' });
      await assert.rejects(after.save(key, token('200'), anew), fenced, 'it has not claimed');
      assert.deepEqual(await after.load(key, anew), token('100'));
      await assert.rejects(before.save(key, token('200'), fence(9)), fenced);
      await assert.rejects(before.save(key, token('200'), fence(10)), fenced);
      assert.deepEqual(await after.save(key, token('101'), anew), token('101'));
    },
  },
  {
    what: 'of two holders of one term the one that loaded last writes',
    holds: async (open) => {
      const [a, b] = [fence(1, { holder: 'pod-a' }), fence(1, { holder: 'pod-b' })];
      await open().load(key, a);
      await open().load(key, b);
      await assert.rejects(open().save(key, token('100'), a), fenced);
      assert.deepEqual(await open().save(key, token('100'), b), token('100'));
    },
  },
  {
    what: "who has no term is not asked for one, and takes nobody's",
    holds: async (open) => {
      await open().load(key, fence(5));
      assert.deepEqual(await open().save(key, token('100'), options), token('100'));
      assert.deepEqual(await open().load(key, options), token('100'));
      await assert.rejects(open().save(key, token('101'), fence(4)), fenced);
      await open().remove(key, options);
      await assert.rejects(open().load(key, fence(4)), fenced);
    },
  },
  {
    what: 'keeps the keys apart',
    holds: async (open) => {
      const store = open();
      const longest = `event.${'n'.repeat(63)}`;
      await store.save(key, token('100', { relist: place }), options);
      const shop = token('7', { relist: { ...place, since: '7' }, wholeAtMs, witness: { ...witness, version: '7' } });
      await store.save('event.shop', shop, options);
      await store.save(longest, token('8'), options);
      assert.deepEqual(await open().load(key, options), token('100', { relist: place }));
      assert.deepEqual(await open().load('event.shop', options), shop);
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
      await store.save('event.shop', token('7', { wholeAtMs }), options);
      await store.remove(key, options);
      assert.equal(await open().load(key, options), undefined);
      assert.deepEqual(await open().load('event.shop', options), token('7', { wholeAtMs }));
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
      const keys = Array.from({ length: 20 }, (_, n) => `event.n${n}`);
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
