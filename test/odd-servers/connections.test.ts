/** Proxies and load balancers: they close, reset and forget connections, and say nothing of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport, type RunReport } from '../../src/index.ts';
import type { FakeApiServer } from '../../src/testing/index.ts';
import { failureOf, gapsOf, intervalMs, modes, type OddHost, startOddHost, warningsOf } from './host.ts';
import { type OddProxy, startOddProxy } from './proxy.ts';

/** What a silent watch is found within. */
const inactivityMs = 60_000;

interface ProxiedHost extends AsyncDisposable {
  readonly host: OddHost;
  readonly proxy: OddProxy;
}

async function startBehindProxy(mode: 'poll' | 'watch'): Promise<ProxiedHost> {
  const stack = new AsyncDisposableStack();
  let address = '';
  const behind = (server: FakeApiServer) => ({
    ...server.kubeConfig(),
    getCurrentCluster: () => ({ server: address }),
  });
  const host = stack.use(await startOddHost({ mode, kubeConfig: behind }));
  const proxy = stack.use(await startOddProxy(Number(new URL(host.server.url).port)));
  address = `http://127.0.0.1:${proxy.port}`;
  return { host, proxy, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

for (const mode of modes)
  test(`${mode} mode: kept connections that the server closes between requests cost nothing, and are not told of`, async () => {
    await using host = await startOddHost({ mode });
    for (let round = 0; round < 10; round++) {
      host.addEvents(2);
      const reports = await host.live(15_000);
      assert.deepEqual([reports.map(({ ok }) => ok), warningsOf(...reports)], [[true], []]);
      host.server.closeConnections('idle');
    }
    assert.deepEqual(gapsOf(...(await host.live(15_000))), []);
    await host.endWell();
  });

test('watch mode: connections that a proxy forgot are found within the inactivity bound, opened again, and said', async () => {
  await using proxied = await startBehindProxy('watch');
  const { host, proxy } = proxied;
  host.addEvents(2);
  await host.live(30_000);
  host.asked();
  const deadline = host.clock.monotonicMs() + inactivityMs;
  proxy.silence();
  host.addEvents(3);
  const reports: RunReport[] = [];
  while (host.clock.monotonicMs() < deadline) reports.push(...(await host.live(intervalMs)));
  const [first] = reports;
  assert.ok(first, 'it was run meanwhile');
  assert.match(formatReport(first), /control-plane: failed, .*get \/readyz: no complete answer within 10000 ms/);
  assert.deepEqual(warningsOf(...reports), [
    'events were waiting as soon as a watch that had been silent for 60 s was opened again: its connection was most likely dead (a proxy that cuts idle ones?)',
  ]);
  assert.deepEqual(host.sender.committedSourceIds().length, 5);
  assert.deepEqual(host.asked(), { list: 0, page: 0, guard: 1, watch: 1 });
  assert.deepEqual(gapsOf(...reports), []);
  await host.endWell();
  assert.equal(proxy.open, 0);
});

test('watch mode: a watch that is silent because nothing happens is opened again each minute, and nothing is said', async () => {
  await using proxied = await startBehindProxy('watch');
  const { host } = proxied;
  host.addEvents(2);
  await host.live(30_000);
  await host.pass(5000);
  host.asked();
  const reports = await host.live(10 * inactivityMs);
  assert.deepEqual([reports.every(({ ok, events }) => ok && events.caughtUp), warningsOf(...reports)], [true, []]);
  assert.deepEqual(host.asked(), { list: 0, page: 0, guard: 10, watch: 10 });
  await host.endWell();
});

test('watch mode: a proxy that cuts every connection every few seconds costs no event, and no more than a request each', async () => {
  await using proxied = await startBehindProxy('watch');
  const { host, proxy } = proxied;
  host.addEvents(2);
  await host.live(15_000);
  host.asked();
  const cuts = 40;
  for (let n = 1; n <= cuts; n++) {
    await host.pass(3000);
    host.addEvents(1);
    await host.pass(2000);
    proxy.cut(n % 2 === 0 ? 'reset' : 'closed');
    if (n % 3 !== 0) continue;
    const report = await host.run();
    assert.equal(failureOf(report)?.code, 'API_UNAVAILABLE', formatReport(report));
    assert.match(
      failureOf(report)?.message ?? '',
      /^watch events .*: connection lost: .*; the next run goes on from \d+$/,
    );
    assert.equal(warningsOf(report).length, 3);
    assert.deepEqual([gapsOf(report), host.check.stats().live], [[], true]);
  }
  const { list, guard, watch } = host.asked();
  assert.ok(list === 0 && guard <= cuts && watch <= cuts, JSON.stringify({ list, guard, watch }));
  await host.live(30_000);
  await host.endWell();
  assert.equal(proxy.open, 0);
});

test('watch mode: a frame that comes in two parts, with 20 s between, is one event', async () => {
  await using proxied = await startBehindProxy('watch');
  const { host, proxy } = proxied;
  await host.live(15_000);
  host.addEvents(1);
  await host.live(30_000);
  host.asked();
  for (let n = 1; n <= 3; n++) {
    proxy.halve();
    host.addEvents(1);
    await host.pass(20_000);
    assert.equal(host.sender.committedSourceIds().length, n, 'half a frame is none');
    proxy.release();
    await host.pass(5000);
    const report = await host.runWell();
    assert.deepEqual([report.events.ledger.read, report.events.ledger.malformed, warningsOf(report)], [1, 0, []]);
  }
  assert.deepEqual(host.asked(), { list: 0, page: 0, guard: 0, watch: 0 });
  await host.endWell();
});
