import assert from 'node:assert/strict';
import { KubeASCheck, type KubeASCheckConfig, type SourceEvent } from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import type { EventWrite } from '../scenarios/world.ts';
import { factsOf, recordEvents } from './event-record.ts';
import { runInTurn } from './in-turn.ts';
import { realWorld } from './real-world.ts';

const foldRepeatsMs = 1500;

const config: KubeASCheckConfig = {
  intervalMs: 500,
  leader: { skip: true },
  controlPlane: false,
  quotas: false,
  events: { mode: 'watch', bundling: 'none', collectedEventTypes: [{ kind: 'Pod' }], foldRepeatsMs, lookUp: [] },
};

/** Seen so often, once every 10 ms. */
const stormy = (count: number): EventWrite['event'] => ({
  ...{ name: 'storm', namespace: 'default', reason: 'BackOff', object: { name: 'storm' }, count },
  ...{ firstAtMs: Date.UTC(2026, 0, 1), lastAtMs: Date.UTC(2026, 0, 1) + count * 10 },
});

const isStorm = ({ reason }: SourceEvent): boolean => reason === 'BackOff';

realServerTest(
  'a storm of one event is told a few times, as it was last, and a restart in its midst loses and repeats nothing',
  {},
  async (plane) => {
    const world = realWorld(plane);
    const kubeConfig = await plane.kubeConfig(ADMIN);
    using record = await recordEvents(plane);
    const sender = new RecordingSender();
    const start = () => {
      const check = new KubeASCheck({ kubeConfig, sender, config });
      return { check, ...runInTurn(check) };
    };
    const delivered = () => sender.events.flatMap(({ sources }) => sources);
    const storm = () => delivered().filter(isStorm);
    const rage = async (from: number, to: number) => {
      for (let count = from; count <= to; count++)
        await world.write({ verb: count === 1 ? 'create' : 'update', style: 'core', event: stormy(count) });
    };
    const toldUpTo = (count: number) =>
      until(`to be told ${count} times`, () => storm().some((source) => source.count === count));

    await using first = start();
    await rage(1, 1);
    await toldUpTo(1);
    const begunMs = performance.now();
    await rage(2, 150);
    // Others are not held up by it.
    const calm = { name: 'calm', namespace: 'default', reason: 'Started' };
    await world.write({ verb: 'create', style: 'new', event: calm });
    await until('the others', () => delivered().some(({ name }) => name === 'calm'));
    await rage(151, 300);
    const windows = Math.ceil((performance.now() - begunMs) / foldRepeatsMs);
    await toldUpTo(300);
    // One at the beginning, one at the end of each window.
    assert.ok(storm().length <= 1 + windows + 1, `${storm().length} times in ${windows} windows`);

    // Stopped while some are held; what comes meanwhile is read by its successor.
    await rage(301, 400);
    await first.stop();
    await rage(401, 500);
    await using second = start();
    await toldUpTo(500);
    await second.stop();

    const ids = sender.committedSourceIds();
    assert.deepEqual(sender.duplicateSourceIds(), []);
    // A starting API server may tell of its own service.
    const written = [...record.versions.values()].filter(({ involvedObject }) => involvedObject.kind === 'Pod');
    assert.equal(written.length, 501);
    for (const source of delivered()) {
      const stored = record.versions.get(source.id);
      assert.ok(stored);
      assert.deepEqual(source, factsOf(stored));
    }
    const counts = storm().map(({ count }) => count);
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => a - b),
      'it never goes back',
    );
    assert.equal(counts.at(-1), 500);

    for (const { reports } of [first, second])
      for (const [index, report] of reports.entries()) {
        assertBooks(report, reports[index - 1]);
        assert.deepEqual(report.events.gaps, []);
      }
    const totals = [first, second].map(({ check }) => check.stats().events);
    const sum = (what: 'read' | 'delivered' | 'filtered' | 'folded' | 'repeated' | 'pending') =>
      totals.reduce((total, ledger) => total + ledger[what], 0);
    assert.equal(sum('delivered'), ids.length);
    assert.ok(sum('folded') > 250, `${sum('folded')} folded`);
    const went = (['delivered', 'filtered', 'folded', 'repeated', 'pending'] as const).map(sum);
    assert.equal(
      went.reduce((total, each) => total + each),
      sum('read'),
    );
    assert.ok(sum('read') >= written.length, 'each version was read');
  },
);
