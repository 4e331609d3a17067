import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { createThrottle } from '../../src/kube/throttle.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { json, kubeConfig, never, serve } from './server.ts';

const path = '/api/v1/events';

describe('a path whose server asked for patience', () => {
  test('is not asked before that time is over, by nobody; others are', async (t) => {
    const server = await serve(t, (request, response) =>
      json(
        request.url?.startsWith(path) && server.requests.length === 1 ? 429 : 200,
        {},
        { 'retry-after': '7' },
      )(request, response),
    );
    const clock = new ManualClock();
    const api = createOwnedKubeApi(kubeConfig(server.url), clock);
    await assert.rejects(api.json({ path, signal: never }), { code: 'API_THROTTLED', retryAfterMs: 7000 });
    await clock.advance(6000);
    const refused = {
      code: 'API_THROTTLED',
      retryAfterMs: 1000,
      message: /^\w+ events at the cluster scope: not asked/,
    };
    await assert.rejects(api.json({ path, signal: never }), refused);
    await assert.rejects(api.open({ path, query: { watch: 'true' }, signal: never }), refused);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(await api.json({ path: '/readyz', signal: never }), {});
    await clock.advance(1000);
    assert.deepEqual(await api.json({ path, signal: never }), {});
    assert.equal(clock.pending, 0);
  });

  test('is asked again at once where no time was said', async (t) => {
    const server = await serve(t, json(429, {}));
    const api = createOwnedKubeApi(kubeConfig(server.url), new ManualClock());
    for (let times = 1; times <= 2; times++) {
      await assert.rejects(api.json({ path, signal: never }), { code: 'API_THROTTLED' });
      assert.equal(server.requests.length, times);
    }
  });

  test('is measured by the clock that is never adjusted', async () => {
    const clock = new ManualClock();
    const throttle = createThrottle(clock);
    const request = { path, signal: never };
    throttle.heard(request, { status: 429, headers: new Headers({ 'retry-after': '5' }) });
    clock.shiftWall(3_600_000);
    assert.throws(() => throttle.check(request), { code: 'API_THROTTLED', retryAfterMs: 5000 });
    clock.shiftWall(-7_200_000);
    await clock.advance(5000);
    throttle.check(request);
  });

  for (const status of [200, 404, 500, 503]) {
    test(`is told by 429 alone, not by Retry-After with ${status}`, () => {
      const throttle = createThrottle(new ManualClock());
      throttle.heard({ path, signal: never }, { status, headers: new Headers({ 'retry-after': '5' }) });
      throttle.check({ path, signal: never });
    });
  }
});
