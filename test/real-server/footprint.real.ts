import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import type { KubeConfigLike } from '../../src/kube-api.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { idlePollRuns, readTimeoutMs } from '../scenarios/footprint.ts';
import { idleRuns, medianOf } from '../scenarios/idle-runs.ts';
import { startCheck } from '../scenarios/run-check.ts';
import { sumOfMetric } from './metrics.ts';
import { realWorld } from './real-world.ts';
import { startTcpProxy } from './tcp-proxy.ts';

/** Far more than a busy machine adds, far less than any timeout of a request or a watch. */
const toleranceMs = 5000;

/** The budget of an idle run: what a process that has run before may use of its processor, and beyond its read timeout of time. */
const idleBudget = { requests: 5, cpuMs: 15, beyondTimeoutMs: 300 };

const never = new AbortController().signal;

realServerTest('on a real API server', {}, async (plane, t) => {
  const world = realWorld(plane);

  await t.test(
    'an idle poll run takes two requests, the first of a process four, and its read timeout, and leaves no watch open',
    async () => {
      for (const tookMs of await idlePollRuns(world))
        assert.ok(tookMs >= readTimeoutMs && tookMs < readTimeoutMs + toleranceMs, `${tookMs} ms`);
    },
  );

  await t.test(
    'idle poll runs keep within their budget of requests, processor and time, and leave no watch open',
    async () => {
      const watches = await world.openEventWatches();
      const runs = await idleRuns(plane.kubeconfigPath(ADMIN), {
        subject: 'events unit',
        warmUp: 5,
        runs: 11,
        readTimeoutMs,
      });
      await world.eventWatchesAre(watches);
      const requests = Math.max(...runs.map((run) => run.requests));
      assert.ok(requests > 0 && requests <= idleBudget.requests, `${requests} requests`);
      // Of several runs, as a single one may meet a collection of garbage or a busy machine.
      const [cpuMs, wallMs] = [medianOf(runs.map((run) => run.cpuMs)), medianOf(runs.map((run) => run.wallMs))];
      assert.ok(cpuMs <= idleBudget.cpuMs, `${cpuMs} ms of processor`);
      assert.ok(wallMs >= readTimeoutMs && wallMs <= readTimeoutMs + idleBudget.beyondTimeoutMs, `${wallMs} ms`);
    },
  );

  await t.test('a process exits by itself after a run with all defaults, and leaves no watch open', async () => {
    const watches = await world.openEventWatches();
    const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-host-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const config = { leader: { skip: true }, events: {} };
    const output = join(folder, 'sent.jsonl');
    const check = startCheck(plane.kubeconfigPath(ADMIN), { output, config, runs: 'one', ending: 'leave' });
    const { code, signal, stderr, lingeredMs = Number.POSITIVE_INFINITY, reports } = await check.ended;
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
    assert.equal(reports[0]?.ok, true, JSON.stringify(reports));
    assert.ok(lingeredMs < toleranceMs, `it was there for ${lingeredMs} ms after its report`);
    await world.eventWatchesAre(watches);
  });

  await t.test('200 requests at once and an open watch use four connections, and all later ones the same', async () => {
    const direct = await plane.kubeConfig(ADMIN);
    await using proxy = await startTcpProxy(Number(new URL(plane.apiServer.url).port));
    const proxied: KubeConfigLike = {
      getCurrentCluster: () => ({ server: `https://127.0.0.1:${proxy.port}` }),
      applyToHTTPSOptions: (options) => direct.applyToHTTPSOptions(options),
    };
    const api = createOwnedKubeApi(proxied, systemClock);
    t.after(() => api.close());
    const list = () => api.json({ path: '/api/v1/namespaces', signal: never });
    const listsBefore = await sumOfMetric(plane, 'apiserver_request_total', { resource: 'namespaces', verb: 'LIST' });

    const watches = await world.openEventWatches();
    const leaving = new AbortController();
    const watch = await api.open({ path: '/api/v1/events', query: { watch: 'true' }, signal: leaving.signal });
    assert.equal(watch.status, 200);
    assert.equal(await world.openEventWatches(), watches + 1);
    await Promise.all(Array.from({ length: 200 }, list));
    assert.equal(proxy.made, 4);
    for (let request = 0; request < 20; request++) await list();
    assert.equal(proxy.made, 4);
    const lists = await sumOfMetric(plane, 'apiserver_request_total', { resource: 'namespaces', verb: 'LIST' });
    assert.equal(lists - listsBefore, 220, 'each was one request to the server');

    const watching = Array.fromAsync(watch.body);
    leaving.abort();
    await assert.rejects(watching, { code: 'ABORTED' });
    await until('the connection of the watch to close', () => proxy.open === 3);
    api.close();
    await until('all connections to close', () => proxy.open === 0);
    await list();
    assert.equal(proxy.made, 5, 'and a later request opens a new one');
  });
});
