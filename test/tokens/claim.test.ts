/**
 * Two leaders, one ConfigMap: whatever the order in which the server sees their requests and they its answers, once the later term's load
 * has resolved the earlier one changes nothing any more, and the token that was loaded is the last one that it saved.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KubeCheckError } from '../../src/errors.ts';
import { isNewer, laterOf } from '../../src/kube/version.ts';
import type { KubeApi } from '../../src/kube-api.ts';
import type { Fence } from '../../src/leader-elector.ts';
import { ConfigMapTokenStore } from '../../src/tokens/config-map.ts';
import { type ConfigMapApi, configMapApi } from './config-map-api.ts';

const namespace = 'monitoring';
const key = 'event';
const { signal } = new AbortController();
/** What a save may end with, by design. */
const refusals: readonly unknown[] = ['FENCED', 'TOKEN_STORE_FAILED'];

interface Scene {
  readonly exists: boolean;
  /** With the claim and the removal fewer writes than a writer may lose races in a row. */
  readonly olds: readonly string[];
  readonly news: readonly string[];
  readonly removes: boolean;
  /** Which of the earlier leader's writes get no answer though they landed. */
  readonly lost: readonly boolean[];
  readonly lease: boolean;
}

const version = fc.integer({ min: 1, max: 60 }).map(String);
const scene: fc.Arbitrary<Scene> = fc.record({
  exists: fc.boolean(),
  olds: fc.array(version, { minLength: 1, maxLength: 3 }),
  news: fc.array(version, { minLength: 0, maxLength: 3 }),
  removes: fc.boolean(),
  lost: fc.array(fc.boolean(), { maxLength: 4 }),
  lease: fc.boolean(),
});

/** The same server behind a connection of one writer's: a request and its answer take as long as the schedule says. */
function connection(
  api: ConfigMapApi,
  schedule: fc.Scheduler,
  after: (method: string, before: ConfigMapApi['configMap']) => void,
): KubeApi {
  return {
    async json(request) {
      await schedule.schedule(Promise.resolve(), `${request.method ?? 'GET'} is asked`);
      const before = api.configMap;
      const answer = api.json(request);
      // It may be a refusal, which nobody waits for yet.
      answer.catch(() => undefined);
      after(request.method ?? 'GET', before);
      await schedule.schedule(Promise.resolve(), `${request.method ?? 'GET'} is answered`);
      return answer;
    },
    open: api.open,
  };
}

async function play(schedule: fc.Scheduler, { exists, olds, news, removes, lost, lease }: Scene): Promise<void> {
  const api = configMapApi(exists ? { configMap: { data: { mine: 'x' } } } : {});
  const fence = (term: number): { readonly signal: AbortSignal; readonly fence: Fence } => ({
    signal,
    fence: { holder: `pod-${term}`, term, ...(lease ? { lease: 'l' } : {}) },
  });
  const stored = () => api.configMap?.data?.['event.tokenKey'];
  let loaded = false;
  let intruded = false;
  const silent = [...lost];
  const earlier = new ConfigMapTokenStore({
    namespace,
    api: connection(api, schedule, (method, before) => {
      if (loaded && api.configMap !== before) intruded = true;
      if (method === 'PUT' && silent.shift())
        throw new KubeCheckError('API_UNAVAILABLE', 'the connection was cut', { details: { reason: 'reset' } });
    }),
  });
  const later = new ConfigMapTokenStore({ namespace, api: connection(api, schedule, () => undefined) });

  async function old(): Promise<void> {
    await earlier.load(key, fence(1)).catch(refusedOnly);
    for (const one of olds)
      await earlier.save(key, { resourceVersion: one, wholeAtMs: Number(one) }, fence(1)).catch(refusedOnly);
    if (removes) await earlier.remove(key, fence(1)).catch(refusedOnly);
  }

  async function next(): Promise<void> {
    const token = await later.load(key, fence(2));
    loaded = true;
    assert.equal(token?.resourceVersion, stored(), 'what was loaded is what is stored');
    let newest = token?.resourceVersion;
    for (const one of news) {
      newest = newest === undefined ? one : laterOf(newest, one);
      assert.equal((await later.save(key, { resourceVersion: one }, fence(2))).resourceVersion, newest);
    }
    assert.equal(stored(), newest);
  }

  await schedule.waitFor(Promise.all([old(), next()]));
  assert.deepEqual(
    JSON.parse(api.configMap?.metadata.annotations?.['kube-apiserver-check/fence'] ?? '{}'),
    fence(2).fence,
  );
  const end = api.configMap;
  silent.length = 0;
  await schedule.waitFor(
    assert.rejects(earlier.save(key, { resourceVersion: '1000' }, fence(1)), (error: { code?: unknown }) => {
      assert.equal(error.code, 'FENCED');
      return true;
    }),
  );
  assert.equal(api.configMap, end);
  assert.equal(intruded, false, 'the earlier term changed the object after the later one had loaded it');
}

function refusedOnly(error: { readonly code?: unknown }): void {
  assert.ok(refusals.includes(error.code), String(error));
}

test('once a later term has loaded the token, no earlier one changes it, whatever the order of requests and answers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scene, (schedule, given) => play(schedule, given)),
    { numRuns: 500 },
  );
});

test('of many writers without a term that write at once, the newest token stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(version, { minLength: 1, maxLength: 5 }), async (schedule, versions) => {
      const api = configMapApi();
      const kept = versions.map((one) =>
        new ConfigMapTokenStore({ namespace, api: connection(api, schedule, () => undefined) }).save(
          key,
          { resourceVersion: one },
          { signal },
        ),
      );
      await schedule.waitFor(Promise.all(kept));
      const end = api.configMap?.data?.['event.tokenKey'] ?? assert.fail('nothing stored');
      assert.ok(versions.includes(end) && versions.every((one) => !isNewer(one, end)), end);
    }),
    { numRuns: 200 },
  );
});
