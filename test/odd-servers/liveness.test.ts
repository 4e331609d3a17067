/** What a probe sees: a server that is away is in the report, not in `live`; and the instants are those that `CheckStats` promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckStats, formatReport } from '../../src/index.ts';
import { failureOf, gapsOf, modes, type OddHost, startOddHost } from './host.ts';

const outageMs = 600_000;

const agoMs = ({ clock }: OddHost, atMs: number | undefined): number => clock.nowMs() - (atMs ?? Number.NaN);

for (const mode of modes)
  for (const how of ['stop', 'kill'] as const)
    test(`${mode} mode: an outage of ten minutes (${how}) is said in each report, and never in live`, async () => {
      await using host = await startOddHost({ mode });
      const { server, check } = host;
      host.addEvents(2);
      await host.live(30_000);
      const before = check.stats();
      await server[how]();
      const reports = await host.live(outageMs, () => assert.ok(check.stats().live));
      for (const report of reports.slice(1)) {
        assert.equal(failureOf(report)?.details['reason'], 'refused', formatReport(report));
        assert.match(formatReport(report), /control-plane: failed/);
      }
      assert.equal(host.sender.serviceChecks.at(-1)?.status, 'unknown', 'etcd can not be told');
      const during = check.stats();
      assert.deepEqual(
        [during.lastFrameAtMs, during.lastListAtMs, during.lastCommitAtMs, during.lastSaveAtMs].map(
          (atMs) => agoMs(host, atMs) > outageMs,
        ),
        [before.lastFrameAtMs !== undefined, true, false, true],
        'nothing was read, listed or saved meanwhile; the metrics were committed',
      );
      assert.equal(during.unsavedSinceMs, undefined);

      host.addEvents(3);
      await server.start();
      const after = await host.live(60_000);
      assert.deepEqual(gapsOf(...after), [], 'the history is held for longer than that here');
      assert.ok(agoMs(host, check.stats().lastReadAtMs) <= 60_000);
      await host.endWell();
    });

for (const mode of modes)
  test(`${mode} mode: a server that takes every connection and answers nothing for ten minutes is said too, and never in live`, async () => {
    await using host = await startOddHost({ mode });
    host.addEvents(2);
    await host.live(30_000);
    host.server.fail({ how: 'hang', times: Number.POSITIVE_INFINITY });
    host.server.cutWatches('reset');
    host.asked();
    const reports = await host.live(outageMs, () => assert.ok(host.check.stats().live));
    const failures = reports.slice(1).map(failureOf);
    assert.ok(failures.length > 10 && failures.every((failure) => failure?.code === 'API_UNAVAILABLE'));
    const { list, guard, watch } = host.asked();
    assert.ok(list === 0 && watch === 0 && guard <= outageMs / 10_000, JSON.stringify({ list, guard, watch }));
    assert.ok(host.server.connections <= 4, `${host.server.connections} connections`);

    host.server.clearFaults();
    host.addEvents(3);
    await host.live(60_000);
    await host.endWell();
  });

test('watch mode: the instants are those of the last answer, save and renewal of the lease', async () => {
  const leaseDurationMs = 20_000;
  await using host = await startOddHost({ mode: 'watch', check: { leader: { skip: false, leaseDurationMs } } });
  const { check, clock } = host;
  const idle: CheckStats = check.stats();
  assert.deepEqual(
    [idle.live, idle.lastReadAtMs, idle.lastSaveAtMs, idle.lastLeaseAtMs, idle.unsavedSinceMs],
    [true, undefined, undefined, undefined, undefined],
  );
  host.addEvents(2);
  await host.live(15_000);
  // Quiet for five minutes: the stream is opened again each minute, the lease renewed within its deadline, and nothing is there to be saved.
  const savedAtMs = check.stats().lastSaveAtMs;
  for (let n = 0; n < 20; n++) {
    await host.live(15_000);
    const stats = check.stats();
    assert.ok(agoMs(host, stats.lastReadAtMs) <= 60_000, `read ${agoMs(host, stats.lastReadAtMs)} ms ago`);
    assert.ok(
      agoMs(host, stats.lastLeaseAtMs) <= (leaseDurationMs * 2) / 3,
      `lease ${agoMs(host, stats.lastLeaseAtMs)} ms ago`,
    );
    assert.deepEqual([stats.live, stats.lastSaveAtMs, stats.unsavedSinceMs], [true, savedAtMs, undefined]);
  }
  host.addEvents(1);
  const wroteAtMs = clock.nowMs();
  await host.pass(3000);
  const stats = check.stats();
  for (const [name, atMs] of Object.entries({
    read: stats.lastReadAtMs,
    save: stats.lastSaveAtMs,
    frame: stats.lastFrameAtMs,
    commit: stats.lastCommitAtMs,
  }))
    assert.ok(
      atMs !== undefined && atMs >= wroteAtMs && atMs <= clock.nowMs(),
      `${name}: ${atMs} is not after ${wroteAtMs}`,
    );
  await host.endWell();
});

test('watch mode: a token that can not be saved is shown with the instant of the first event that would come again', async () => {
  await using host = await startOddHost({ mode: 'watch', store: 'ConfigMap' });
  const { check, clock, server } = host;
  host.addEvents(2);
  await host.live(30_000);
  const savedAtMs = check.stats().lastSaveAtMs ?? assert.fail('saved');
  server.fail({ path: /\/configmaps/, status: 503, times: Number.POSITIVE_INFINITY });
  await host.pass(5000);
  const wroteAtMs = clock.nowMs();
  const reports = await host.live(outageMs, () => {
    host.addEvents(1);
    assert.ok(check.stats().live);
  });
  assert.equal(host.sender.committedSourceIds().length, 2 + reports.length, 'delivery goes on');
  const failure = failureOf(reports.at(-1) ?? assert.fail('it was run'));
  const { unsavedSinceMs = 0, lastSaveAtMs } = check.stats();
  assert.ok(
    unsavedSinceMs >= wroteAtMs && unsavedSinceMs <= wroteAtMs + 2000,
    `unsaved since ${unsavedSinceMs}, written at ${wroteAtMs}`,
  );
  assert.equal(lastSaveAtMs, savedAtMs);
  assert.equal(failure?.code, 'TOKEN_STORE_FAILED');
  assert.ok(
    failure.message.includes(`what is committed since ${new Date(unsavedSinceMs).toISOString()} is not saved`),
    failure.message,
  );

  server.clearFaults();
  await host.live(60_000);
  assert.equal(check.stats().unsavedSinceMs, undefined);
  await host.endWell();
});
