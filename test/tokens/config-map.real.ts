/** The ConfigMap store's promises on a real API server: what the scripted one of the other tests says is held against it. */
import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock.ts';
import { isKubeCheckError } from '../../src/errors.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { isNewer } from '../../src/kube/version.ts';
import { ConfigMapTokenStore } from '../../src/tokens/config-map.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { promises } from './contract.ts';

const namespace = 'default';
const all = `/api/v1/namespaces/${namespace}/configmaps`;
const options = { signal: new AbortController().signal };
const fence = (term: number) => ({ ...options, fence: { holder: `pod-${term}`, term } });

interface Stored {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** As the next run would: who loses too many races in a row is told so, and comes again. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const lost = isKubeCheckError(error, 'TOKEN_STORE_FAILED') && error.details['causeCode'] === 'API_CONFLICT';
      if (!lost || tries === 20) throw error;
    }
  }
}

const read = async (plane: ControlPlane, name: string): Promise<Stored> =>
  (await plane.request<Stored>(ADMIN, 'GET', `${all}/${name}`)).body;

realServerTest('a ConfigMapTokenStore on a real API server', {}, async (plane, t) => {
  const api = createOwnedKubeApi(await plane.kubeConfig(ADMIN), systemClock);
  t.after(() => api.close());
  const storeOf = (name: string) => new ConfigMapTokenStore({ api, namespace, name });

  for (const [n, { what, holds }] of promises.entries()) await t.test(what, () => holds(() => storeOf(`promise-${n}`)));

  await t.test('keeps what else is in the ConfigMap', async () => {
    const name = 'shared';
    const others = { data: { mine: 'x' }, binaryData: { logo: 'AAEC' } };
    const annotations = { 'example.com/mine': 'y' };
    await plane.request(ADMIN, 'POST', all, { metadata: { name, annotations }, ...others });
    await storeOf(name).save('event', { resourceVersion: '5' }, fence(1));
    const { data, binaryData, metadata } = await read(plane, name);
    assert.deepEqual(data, { ...others.data, 'event.tokenKey': '5' });
    assert.deepEqual(binaryData, others.binaryData);
    assert.equal(metadata.annotations?.['example.com/mine'], 'y');
    await storeOf(name).remove('event', options);
    assert.deepEqual((await read(plane, name)).data, others.data);
  });

  await t.test('does not write over a ConfigMap that was deleted and made anew', async () => {
    const name = 'made-anew';
    const store = storeOf(name);
    await store.save('event', { resourceVersion: '5' }, options);
    await plane.request(ADMIN, 'DELETE', `${all}/${name}`);
    await plane.request(ADMIN, 'POST', all, { metadata: { name }, data: { 'event.tokenKey': '900' } });
    assert.deepEqual(await store.save('event', { resourceVersion: '6' }, options), { resourceVersion: '900' });
    assert.equal((await read(plane, name)).data?.['event.tokenKey'], '900');
  });

  await t.test('of an earlier term is refused, however fresh its memory is', async () => {
    const [before, after] = [storeOf('fenced'), storeOf('fenced')];
    await before.save('event', { resourceVersion: '5' }, fence(1));
    await after.save('event', { resourceVersion: '6' }, fence(2));
    await assert.rejects(before.save('event', { resourceVersion: '7' }, fence(1)), { code: 'FENCED' });
    assert.equal((await read(plane, 'fenced')).data?.['event.tokenKey'], '6');
  });

  await t.test(
    'of the earlier leader is refused once the later one has loaded; the token is the one it loaded',
    async () => {
      const [before, after] = [storeOf('handed-over'), storeOf('handed-over')];
      const witness = { namespace: 'shop', name: 'web.1', uid: 'u', version: '4' };
      const saved = { resourceVersion: '5', wholeAtMs: 7, witness };
      assert.equal(await before.load('event', fence(1)), undefined);
      await before.save('event', saved, fence(1));
      assert.deepEqual(await after.load('event', fence(2)), saved);
      const claimed = await read(plane, 'handed-over');
      await assert.rejects(before.save('event', { resourceVersion: '900' }, fence(1)), { code: 'FENCED' });
      await assert.rejects(before.remove('event', fence(1)), { code: 'FENCED' });
      await assert.rejects(before.load('event', fence(1)), { code: 'FENCED' });
      assert.deepEqual(await read(plane, 'handed-over'), claimed);
      assert.deepEqual(await after.keys(options), ['event']);
    },
  );

  await t.test('never ends with an older token or term, however claims and saves race', async () => {
    const terms = [1, 2, 3, 4];
    for (let round = 0; round < 12; round++) {
      const name = `race-${round}`;
      const acknowledged: string[] = [];
      const lead = async (term: number) => {
        const store = storeOf(name);
        const began = await insist(() => store.load('event', fence(term)));
        for (let n = 1; n <= 6; n++) {
          const resourceVersion = String(Number(began?.resourceVersion ?? 0) + n);
          const kept = await insist(() => store.save('event', { resourceVersion }, fence(term)));
          assert.equal(kept.resourceVersion, resourceVersion, 'no earlier term wrote after the load');
          acknowledged.push(kept.resourceVersion);
        }
      };
      const ends = await Promise.allSettled(terms.map(lead));
      for (const end of ends)
        if (end.status === 'rejected') assert.ok(isKubeCheckError(end.reason, 'FENCED'), String(end.reason));
      assert.equal(ends.at(-1)?.status, 'fulfilled', 'the last term is refused by nobody');
      const { data, metadata } = await read(plane, name);
      const stored = data?.['event.tokenKey'] ?? assert.fail('nothing stored');
      assert.equal(acknowledged.filter((one) => isNewer(one, stored)).length, 0, 'no token that was saved is lost');
      const holder = JSON.parse(metadata.annotations?.['kube-apiserver-check/fence'] ?? '{}');
      assert.deepEqual(holder, fence(terms.length).fence);
    }
  });

  await t.test('says that the namespace is missing', async () => {
    const store = new ConfigMapTokenStore({ api, namespace: 'nowhere' });
    assert.equal(await store.load('event', options), undefined);
    await assert.rejects(store.save('event', { resourceVersion: '5' }, options), {
      code: 'TOKEN_STORE_FAILED',
      remedy: 'create the namespace, or name another one for it',
    });
    await assert.rejects(store.load('event', fence(1)), {
      code: 'TOKEN_STORE_FAILED',
      remedy: 'create the namespace, or name another one for it',
    });
  });
});
