/** Some servers answer a stale version with 200 and a clean, immediate end instead of a 410. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../src/testing/index.ts';
import { eventsPath, gapsOf, modes, startOddHost, warningsOf } from './host.ts';

const emptyWatch: Fault = { path: eventsPath, watch: true, status: 200, body: '', contentType: 'application/json' };

for (const mode of modes)
  test(`${mode} mode: two watches that end at once without a word are bridged by one list`, async () => {
    await using host = await startOddHost({ mode });
    const { server } = host;
    host.addEvents(3);
    await host.runWell();
    await host.pass(5000);
    host.addEvents(1);
    await host.pass(5000);
    await host.runWell();
    host.asked();

    server.fail({ ...emptyWatch, times: 2 });
    server.cutWatches('clean');
    host.addEvents(2);
    await host.pass(5000);
    const report = await host.runWell();
    assert.deepEqual(gapsOf(report), ['expired overtaken 2']);
    assert.deepEqual(warningsOf(report), []);
    assert.deepEqual(host.asked(), { list: 1, page: 1, guard: 1, watch: 3 });
    await host.endWell();
  });

test('watch mode: a server whose every watch ends at once is listed ever more seldom, and all comes all the same', async () => {
  await using host = await startOddHost({ mode: 'watch' });
  host.addEvents(1);
  await host.live(15_000);
  host.server.fail({ ...emptyWatch, times: Number.POSITIVE_INFINITY });
  host.server.cutWatches('clean');
  host.asked();
  const reports = await host.live(300_000, () => host.addEvents(1));
  assert.ok(reports.every(({ ok }) => ok));
  assert.ok(reports.filter(({ events }) => events.gaps.length > 0).length > 8, 'each bridging is said');
  assert.ok(!reports.some(({ events }) => events.caughtUp), 'what is not streamed is not said to be caught up');
  const asked = host.asked();
  // At least 15 s apart, but for the first six; two watches after each.
  assert.ok(asked.list <= 26 && asked.watch <= 2 * asked.list + 2, JSON.stringify(asked));

  host.server.clearFaults();
  await host.live(60_000);
  await host.endWell();
});

test('poll mode: a run on a server whose every watch ends at once ends at its budget, and asks no oftener', async () => {
  await using host = await startOddHost({ mode: 'poll' });
  host.addEvents(1);
  await host.live(15_000);
  host.server.fail({ ...emptyWatch, times: Number.POSITIVE_INFINITY });
  host.asked();
  const reports = await host.live(300_000, () => host.addEvents(1));
  assert.ok(!reports.some(({ events }) => events.caughtUp));
  const asked = host.asked();
  assert.ok(asked.list <= 26 && asked.watch <= 2 * asked.list + 21 && asked.guard <= 21, JSON.stringify(asked));

  host.server.clearFaults();
  await host.live(60_000);
  await host.endWell();
});
