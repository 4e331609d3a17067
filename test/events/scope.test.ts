/** Where a scope starts that another one has left, and what a removed token takes along. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadToken, type Scope, scopesOf, storeOf } from '../../src/events/scope.ts';
import type { Token } from '../../src/token-store.ts';
import { MemoryTokenStore } from '../../src/tokens/memory.ts';
import { loggingStore } from './logging-store.ts';

const { signal } = new AbortController();
const cluster: Scope = { name: 'cluster', tokenKey: 'event' };
const shop: Scope = { name: 'shop', tokenKey: 'event.shop', namespace: 'shop' };
const at = (resourceVersion: string, more: Partial<Token> = {}): Token => ({ resourceVersion, ...more });
const witness = (namespace: string) => ({ namespace, name: 'n', uid: 'u', version: '40' });
const relist = { continueToken: 'c1', resourceVersion: '100', since: '50' };

async function storeWith(tokens: Readonly<Record<string, Token>>): Promise<MemoryTokenStore> {
  const store = new MemoryTokenStore();
  for (const [key, token] of Object.entries(tokens)) await store.save(key, token);
  return store;
}
const loaded = async (scope: Scope, tokens: Readonly<Record<string, Token>>) => {
  const { token, warning } = await loadToken(await storeWith(tokens), scope, { signal });
  return [token, warning?.match(/^the (?:whole cluster|namespace "\w+") starts|^not every/)?.[0]] as const;
};

it('the scopes are the cluster, or each namespace with a token of its own', () => {
  assert.deepEqual(scopesOf(undefined), [cluster]);
  assert.deepEqual(scopesOf(['shop', 'bank']), [shop, { name: 'bank', tokenKey: 'event.bank', namespace: 'bank' }]);
});

type Start = readonly [tokens: Readonly<Record<string, Token>>, token: Token | undefined, warning?: string];

describe('a namespace', () => {
  const said = 'the namespace "shop" starts';
  const cases: Readonly<Record<string, Start>> = {
    'starts with nothing where there is nothing': [{}, undefined],
    'starts at its own token': [{ 'event.shop': at('50') }, at('50')],
    "starts at the cluster's where it has none: that is delivered everywhere": [{ event: at('70') }, at('70'), said],
    "starts at the cluster's where that is newer": [{ 'event.shop': at('9'), event: at('70') }, at('70'), said],
    'starts at its own where that is newer': [{ 'event.shop': at('170'), event: at('70') }, at('170')],
    'starts at its own where both are the same': [{ 'event.shop': at('70'), event: at('70') }, at('70')],
    "starts at the cluster's where its own is unreadable": [
      { 'event.shop': at('abc'), event: at('70') },
      at('70'),
      said,
    ],
    "starts at its own where the cluster's is unreadable": [{ 'event.shop': at('5'), event: at('abc') }, at('5')],
    'says that its own is unreadable where there is no other': [{ 'event.shop': at('abc') }, at('abc')],
    'keeps its own unfinished list': [{ 'event.shop': at('50', { relist }) }, at('50', { relist })],
    "does not take over the cluster's unfinished list: its continue token is of another scope": [
      { event: at('50', { relist, listedAtMs: 7, wholeAtMs: 8 }) },
      at('50', { listedAtMs: 7, wholeAtMs: 8 }),
      said,
    ],
    'takes over a witness of its own': [
      { event: at('50', { witness: witness('shop') }) },
      at('50', { witness: witness('shop') }),
      said,
    ],
    'drops a witness that it may have no right to look at': [
      { event: at('50', { witness: witness('bank') }) },
      at('50'),
      said,
    ],
    'does not look at other namespaces': [{ 'event.bank': at('900') }, undefined],
  };
  for (const [title, [tokens, token, warning]] of Object.entries(cases)) {
    it(title, async () => assert.deepEqual(await loaded(shop, tokens), [token, warning]));
  }
});

describe('the cluster', () => {
  const said = 'the whole cluster starts';
  const cases: Readonly<Record<string, Start>> = {
    'starts with nothing where there is nothing': [{}, undefined],
    'starts at its own token': [{ event: at('50') }, at('50')],
    'starts at the lowest of its namespaces': [
      { 'event.shop': at('100'), 'event.bank': at('90'), 'event.post': at('1000') },
      at('90'),
      said,
    ],
    'starts at its own where all of them are older': [{ event: at('150'), 'event.shop': at('100') }, at('150')],
    'starts at the lowest of its namespaces where its own is older': [
      { event: at('80'), 'event.shop': at('100'), 'event.bank': at('90') },
      at('90'),
      said,
    ],
    'goes on at its own where it has begun at the lowest, and not caught up with the others': [
      { event: at('95'), 'event.shop': at('100'), 'event.bank': at('90') },
      at('95'),
      said,
    ],
    'goes on with its list where it has begun at the lowest': [
      { event: at('90', { relist: { ...relist, since: '90' } }), 'event.shop': at('100'), 'event.bank': at('90') },
      at('90', { relist: { ...relist, since: '90' } }),
      said,
    ],
    'starts at its own where one namespace has no readable token, and another is newer': [
      { event: at('95'), 'event.shop': at('100'), 'event.bank': at('abc') },
      at('95'),
      said,
    ],
    'starts at its own where no namespace is newer, readable or not': [
      { event: at('95'), 'event.shop': at('90'), 'event.bank': at('abc') },
      at('95'),
    ],
    'starts at its own where a namespace has begun and reached nothing': [
      { 'event.shop': at('100'), 'event.bank': at('', { relist: { continueToken: 'c', resourceVersion: '9' } }) },
      undefined,
      said,
    ],
    "does not take over a namespace's unfinished list, and may look at every witness": [
      { 'event.shop': at('50', { relist, witness: witness('shop') }) },
      at('50', { witness: witness('shop') }),
      said,
    ],
    'keeps its own unfinished list': [{ event: at('50', { relist }), 'event.shop': at('40') }, at('50', { relist })],
  };
  for (const [title, [tokens, token, warning]] of Object.entries(cases)) {
    it(title, async () => assert.deepEqual(await loaded(cluster, tokens), [token, warning]));
  }

  it('knows only its own token where the store can name no keys', async () => {
    const store = loggingStore({ 'event.shop': at('70') });
    assert.deepEqual(await loadToken(store, cluster, { signal }), { token: undefined });
    assert.deepEqual(store.log, ['load event']);
  });
});

describe('a token that is removed', () => {
  const all = { event: at('1'), 'event.shop': at('2'), 'event.bank': at('3') };

  it("of a namespace takes the cluster's along, at which it would start instead", async () => {
    const store = await storeWith(all);
    await storeOf(store, shop).remove(shop.tokenKey, { signal });
    assert.deepEqual(await store.keys(), ['event.bank']);
  });

  it('of the cluster takes those of all namespaces along', async () => {
    const store = await storeWith({ ...all, elsewhere: at('4') });
    await storeOf(store, cluster).remove(cluster.tokenKey, { signal });
    assert.deepEqual(await store.keys(), ['elsewhere']);
  });

  it('of the cluster goes alone where the store can name no keys', async () => {
    const store = loggingStore(all);
    await storeOf(store, cluster).remove('event', { signal });
    assert.deepEqual(store.log, ['remove event']);
  });
});

it("a scope's store is the store in everything else", async () => {
  const store = await storeWith({ event: at('50') });
  const scoped = storeOf(store, shop);
  assert.deepEqual(await scoped.load('event', { signal }), at('50'));
  assert.deepEqual(await scoped.save('event.shop', at('60'), { signal }), at('60'));
  assert.deepEqual([...((await scoped.keys?.({ signal })) ?? [])].sort(), ['event', 'event.shop']);
});
