import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { CheckStats } from '../src/check.ts';
import { isKubeCheckError } from '../src/errors.ts';
import { emptyLedger } from '../src/events/ledger.ts';
import { KubeASCheck } from '../src/kube-as-check.ts';
import { Statistics } from '../src/statistics.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { RecordingSender } from '../src/testing/recording-sender.ts';

describe('the statistics as a signal', () => {
  let clock: ManualClock;
  let reads: number;
  let statistics: Statistics;
  let told: number[];
  const listener = ({ runs }: CheckStats) => void told.push(runs);

  beforeEach(() => {
    clock = new ManualClock();
    reads = 0;
    told = [];
    const read = (): CheckStats => ({ runs: ++reads, events: emptyLedger, live: true });
    statistics = new Statistics({ read, clock, intervalMs: 1000 });
  });

  it('are neither taken nor waited for while nobody listens', async () => {
    await clock.advance(10_000);
    assert.deepEqual([clock.pending, reads], [0, 0]);
  });

  it('are told every interval, to all listeners the same, by a timer that keeps no process alive', async () => {
    const others: CheckStats[] = [];
    statistics.on('published', listener);
    statistics.addListener('published', (stats) => others.push(stats));
    assert.deepEqual(
      clock.sleepers.map(({ background }) => background),
      [true],
    );
    await clock.advance(999);
    assert.deepEqual(told, []);
    await clock.advance(2001);
    assert.deepEqual([told, others.map(({ runs }) => runs), reads], [[1, 2, 3], [1, 2, 3], 3]);
  });

  for (const [how, leave] of [
    ['off', () => statistics.off('published', listener)],
    ['removeListener', () => statistics.removeListener('published', listener)],
    ['removeAllListeners', () => statistics.removeAllListeners()],
    ['removeAllListeners of the signal', () => statistics.removeAllListeners('published')],
  ] as const) {
    it(`stop with the last listener (${how}), its timer at once, and begin again with the next`, async () => {
      statistics.on('published', listener);
      await clock.advance(1000);
      leave();
      await clock.advance(0);
      assert.equal(clock.pending, 0);
      await clock.advance(5000);
      assert.deepEqual(told, [1]);
      statistics.on('published', listener);
      await clock.advance(1000);
      assert.deepEqual(told, [1, 2]);
    });
  }

  it('go on while one of two listeners is left', async () => {
    const other = () => undefined;
    statistics.on('published', listener).on('published', other);
    statistics.off('published', other);
    await clock.advance(2000);
    assert.deepEqual([told, clock.pending], [[1, 2], 1]);
  });

  it('are told once to one who listens once, and need no timer afterwards', async () => {
    statistics.once('published', listener);
    await clock.advance(5000);
    assert.deepEqual([told, clock.pending], [[1], 0]);
  });

  it('go on though a listener throws, to the others and to itself', async () => {
    statistics.on('published', (stats) => {
      listener(stats);
      throw new Error('of a listener');
    });
    const others: number[] = [];
    statistics.on('published', ({ runs }) => void others.push(runs));
    await clock.advance(2000);
    assert.deepEqual(
      [told, others],
      [
        [1, 2],
        [1, 2],
      ],
    );
  });

  it('are told a last time at the end, and never again', async () => {
    statistics.on('published', listener);
    statistics.end();
    statistics.end();
    statistics.on('published', listener);
    await clock.advance(5000);
    assert.deepEqual([told, clock.pending], [[1], 0]);
  });

  for (const intervalMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    it(`refuse an interval of ${intervalMs} ms, which no timer can wait`, () => {
      assert.throws(
        () => new Statistics({ read: assert.fail, clock, intervalMs }),
        (error) => isKubeCheckError(error, 'CONFIG_INVALID') && error.message.includes('statsIntervalMs'),
      );
    });
  }

  it('are those of stats() of the check, which ends them when it stops', async () => {
    const check = new KubeASCheck({
      sender: new RecordingSender(),
      kubeConfig: { getCurrentCluster: () => ({ server: 'http://127.0.0.1:1' }), applyToHTTPSOptions: async () => {} },
      config: { leader: { skip: true } },
      units: [],
      clock,
      statsIntervalMs: 250,
    });
    const published: CheckStats[] = [];
    check.statistics.on('published', (stats) => published.push(stats));
    await check.run();
    await clock.advance(250);
    assert.deepEqual(published, [check.stats()]);
    assert.equal(published[0]?.runs, 1);
    await check.stop();
    await clock.advance(1000);
    assert.deepEqual([published.length, clock.pending], [2, 0]);
  });
});
