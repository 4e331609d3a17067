/** Clocks that are wrong by an hour: those who wrote the events, who holds the lease, and our own, which is set while a watch is open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import { gapsOf, modes, type OddHost, startOddHost, warningsOf } from './host.ts';

const hourMs = 3_600_000;
const directions = [
  ['an hour behind', -hourMs],
  ['an hour ahead', hourMs],
] as const;

for (const mode of modes)
  for (const [where, skewMs] of directions)
    test(`${mode} mode: events whose times are ${where} are delivered with these times, each once`, async () => {
      await using host = await startOddHost({ mode });
      const add = () => host.addEvents(2, { firstAtMs: host.clock.nowMs() + skewMs });
      add();
      await host.live(15_000);
      add();
      const addedAtMs = host.clock.nowMs();
      const reports = await host.live(30_000);
      assert.ok(
        reports.every(({ ok }) => ok),
        reports.map(formatReport).join('\n'),
      );
      assert.ok(reports.at(-1)?.events.caughtUp);
      assert.deepEqual(gapsOf(...reports), []);
      assert.equal(host.sender.events.at(-1)?.timestampMs, addedAtMs + skewMs);
      await host.endWell();
    });

for (const mode of modes)
  for (const [where, skewMs] of directions)
    test(`${mode} mode: a wall clock that is set ${where} costs no event, no request and no word`, async () => {
      await using host = await startOddHost({ mode });
      host.addEvents(2);
      await host.live(30_000);
      host.asked();
      host.clock.shiftWall(skewMs);
      host.addEvents(2);
      const reports = await host.live(60_000, () => host.addEvents(1));
      assert.ok(
        reports.every(({ ok, durationMs }) => ok && durationMs < 15_000),
        reports.map(formatReport).join('\n'),
      );
      assert.deepEqual([gapsOf(...reports), host.check.stats().live], [[], true]);
      const { list, guard, watch } = host.asked();
      const runs = mode === 'poll' ? reports.length : 0;
      assert.deepEqual([list, guard, watch], [0, runs, runs]);
      await host.endWell();
    });

const leaseName = 'kube-apiserver-check';
const leaseDurationMs = 20_000;

function transitionsOf({ server }: OddHost): number | undefined {
  const spec = server.lease({ name: leaseName })?.['spec'] as { readonly leaseTransitions?: number } | undefined;
  return spec?.leaseTransitions;
}

const startReplica = (mode: 'poll' | 'watch'): Promise<OddHost> =>
  startOddHost({ mode, check: { leader: { skip: false, leaseDurationMs, identity: 'us' } } });

for (const mode of modes)
  for (const [where, skewMs] of directions)
    test(`${mode} mode: a dead leader whose clock was ${where} is waited for as long as its lease lasts, by our own clock`, async () => {
      await using host = await startReplica(mode);
      const renewTime = new Date(host.clock.nowMs() + skewMs).toISOString().replace('Z', '000Z');
      const spec = {
        holderIdentity: 'dead',
        leaseDurationSeconds: leaseDurationMs / 1000,
        leaseTransitions: 3,
        acquireTime: renewTime,
        renewTime,
      };
      host.server.writeLease({ name: leaseName }, spec);
      host.addEvents(2);
      const roles: string[] = [];
      for (const report of await host.live(60_000)) roles.push(report.role);
      assert.deepEqual(roles, ['follower', 'follower', 'leader', 'leader']);
      assert.equal(transitionsOf(host), 4);
      await host.endWell();
    });

for (const [where, skewMs] of directions)
  test(`watch mode: a leader whose own wall clock is set ${where} leads on, at most after it asked, and delivers each event once`, async () => {
    await using host = await startReplica('watch');
    host.addEvents(2);
    await host.live(30_000);
    host.clock.shiftWall(skewMs);
    host.addEvents(2);
    const reports = await host.live(60_000, () => host.addEvents(1));
    assert.ok(
      reports.every(({ ok, role }) => ok && role === 'leader'),
      reports.map(formatReport).join('\n'),
    );
    assert.deepEqual([gapsOf(...reports), warningsOf(...reports)], [[], []]);
    assert.equal(transitionsOf(host), 0);
    await host.endWell();
  });
