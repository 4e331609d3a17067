/** Servers that want to be left alone, or fail everything for a while: how often they are asked, and by how many. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import { eventsPath, failureOf, gapsOf, modes, pageSize, startOddHost } from './host.ts';

const waitMs = 40_000;
const throttled = { path: eventsPath, status: 429, headers: { 'Retry-After': `${waitMs / 1000}` } };

for (const [what, match] of [
  ['list', { query: { limit: `${pageSize}` } }],
  ['watch', { watch: true }],
] as const)
  test(`watch mode: a ${what} that is answered 429 is not tried again, nor is any like it, before the time it was given`, async () => {
    await using host = await startOddHost({ mode: 'watch' });
    host.addEvents(2);
    host.server.fail({ ...throttled, ...match });
    const reports = await host.live(2 * waitMs);
    const events = host.server.requests.filter(({ path }) => path === eventsPath);
    const refused = events.findIndex(({ status }) => status === 429);
    const [atMs = 0, nextAtMs = 0] = events.slice(refused, refused + 2).map((request) => request.atMs);
    // A tenth at most is added, so that those who were told the same do not come back together.
    assert.ok(nextAtMs - atMs >= waitMs && nextAtMs - atMs <= 1.1 * waitMs, `asked again after ${nextAtMs - atMs} ms`);
    const failure = failureOf(reports[1] ?? assert.fail('it was run'));
    assert.equal(failure?.code, 'API_THROTTLED');
    assert.match(
      failure.message,
      new RegExp(`^${what} events .*: HTTP 429: Too many requests, please try again later`),
    );
    assert.ok(reports.at(-1)?.ok);
    await host.endWell();
  });

for (const mode of modes)
  test(`${mode} mode: ten minutes of 503 are asked through with patience, said in each report, and cost no event`, async () => {
    await using host = await startOddHost({ mode });
    host.addEvents(2);
    await host.live(30_000);
    host.server.fail({ status: 503, times: Number.POSITIVE_INFINITY });
    host.server.cutWatches('reset');
    host.asked();
    const reports = await host.live(600_000, () => {
      host.addEvents(1);
      assert.ok(host.check.stats().live);
    });
    for (const report of reports.slice(1)) {
      assert.equal(failureOf(report)?.code, 'API_UNAVAILABLE', formatReport(report));
      assert.match(failureOf(report)?.message ?? '', /^list events .*: HTTP 503: the server is currently unable/);
    }
    const { list, guard, watch } = host.asked();
    // At least 15 s apart but for the first six; in a poll run up to three.
    const most = mode === 'watch' ? 46 : 3 * reports.length;
    assert.ok(list === 0 && watch === 0 && guard <= most, JSON.stringify({ list, guard, watch }));
    assert.ok(host.server.connections <= 3, `${host.server.connections} connections`);

    host.server.clearFaults();
    const after = await host.live(60_000);
    assert.deepEqual(gapsOf(...after), [], 'it was forgotten by nobody');
    await host.endWell();
  });

test('watch mode: a storm of 503 to everything but the watch that is open changes nothing of it', async () => {
  await using host = await startOddHost({ mode: 'watch' });
  host.addEvents(2);
  await host.live(15_000);
  host.server.fail({ watch: false, status: 503, times: Number.POSITIVE_INFINITY });
  host.asked();
  const reports = await host.live(120_000, () => host.addEvents(1));
  assert.deepEqual(
    reports.flatMap((report) => failureOf(report) ?? []),
    [],
  );
  assert.equal(host.sender.committedSourceIds().length, 10);
  assert.deepEqual(host.asked(), { list: 0, page: 0, guard: 0, watch: 0 });
  host.server.clearFaults();
  await host.endWell();
});
