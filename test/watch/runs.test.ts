/** What one read leaves to the next, and how a consumer's pace shows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import type { WatchState } from '../../src/watch/state.ts';
import { readAll, rig } from './rig.ts';
import { events, fails, failure, hangs, held, malformed, page, stream } from './scripted-source.ts';

const from = (version: string): WatchState => ({ at: 'guarding', version });
const codeOf = (error: unknown): string | undefined => (isKubeCheckError(error) ? error.code : undefined);

describe('between reads', () => {
  it('a Retry-After outlives the run that was told: nobody asks before it is over', async () => {
    const it = rig(from('50'), [
      ['guard 50', fails('API_THROTTLED', { retryAfterMs: 60_000 })],
      ['guard 50', held],
      ['watch 50', stream('hangs')],
    ]);
    const first = await readAll(it, { abortAtMs: 15_000 });
    assert.equal(codeOf(first.error), 'API_THROTTLED');
    await it.clock.advance(5000);
    const second = await readAll(it, { abortAtMs: 35_000 });
    assert.equal(codeOf(second.error), 'API_THROTTLED', 'the second run says so, too');
    const third = await readAll(it);
    assert.equal(third.error, undefined);
    assert.deepEqual(it.source.asked, ['0 guard 50', '60000 guard 50', '60000 watch 50']);
  });

  it('after too many failures the next run tries once, and tells', async () => {
    const failed = fails('API_UNAVAILABLE');
    const it = rig(
      from('50'),
      [
        ['guard 50', failed],
        ['guard 50', failed],
        ['guard 50', failed],
      ],
      { maxFailures: 2 },
    );
    assert.equal(codeOf((await readAll(it)).error), 'API_UNAVAILABLE');
    await it.clock.advance(100_000);
    const second = await readAll(it);
    assert.equal(codeOf(second.error), 'API_UNAVAILABLE');
    assert.deepEqual(second.outputs, ['interrupted API_UNAVAILABLE 1600']);
    it.source.assertPlayed();
  });

  it('a run that has seen that nothing is new forgets failures before it', async () => {
    const calm = [
      ['guard 50', fails('API_UNAVAILABLE')],
      ['guard 50', held],
      ['watch 50', stream('hangs')],
    ] as const;
    const it = rig(from('50'), [...calm, ...calm, ...calm, ...calm]);
    for (let run = 0; run < 4; run++) {
      const { outputs, error } = await readAll(it);
      assert.deepEqual([outputs, error], [['interrupted API_UNAVAILABLE 400'], undefined]);
    }
    it.source.assertPlayed();
  });

  it('a list in each run is ordinary, and waits for nothing', async () => {
    const expired = [
      ['guard 50', fails('API_GONE')],
      ['list', page('50')],
      ['watch 50', stream('hangs')],
    ] as const;
    const it = rig(from('50'), [...expired, ...expired, ...expired]);
    for (let run = 0; run < 3; run++) assert.equal((await readAll(it)).error, undefined);
    it.source.assertPlayed();
    assert.equal(it.clock.monotonicMs(), 3 * 2000, 'the silence before each end is all that was waited for');
  });

  it('an aborted run returns quietly, and how long it had no answer is known until there is one', async () => {
    const it = rig(from('50'), [
      ['guard 50', hangs],
      ['guard 50', hangs],
      ['guard 50', held],
      ['watch 50', stream('hangs')],
    ]);
    for (const abortAtMs of [3000, 5000]) {
      const { outputs, error } = await readAll(it, { abortAtMs });
      assert.deepEqual([outputs, error], [[], undefined]);
      assert.equal(it.reader.unansweredMs, abortAtMs);
    }
    await readAll(it);
    assert.equal(it.reader.unansweredMs, 0);
    it.source.assertPlayed();
  });

  it('a run that was aborted before it began asks nothing', async () => {
    const it = rig(from('50'), []);
    const { outputs, error } = await readAll(it, { signal: AbortSignal.abort(new Error('over')) });
    assert.deepEqual([outputs, error], [[], undefined]);
    it.source.assertPlayed();
  });

  it('a run that is aborted after a failure tells it', async () => {
    const it = rig(from('50'), [['guard 50', fails('API_UNAVAILABLE')]]);
    const { error } = await readAll(it, { abortAtMs: 100 });
    assert.equal(codeOf(error), 'API_UNAVAILABLE');
  });

  it('a resync lists what is newer than the place, and reading goes on behind it', async () => {
    const it = rig(from('50'), [
      ['guard 50', held],
      ['watch 50', stream(events('51'), 'hangs')],
      ['list', page('100', ['51', '60'])],
      ['watch 100', stream('hangs')],
    ]);
    await readAll(it);
    it.reader.resync();
    const { outputs } = await readAll(it);
    assert.deepEqual(outputs, ['page resync 51→100 first last [60] 1 repeated @100']);
    it.source.assertPlayed();
  });
});

describe('events that were waiting', () => {
  const waking = [
    ['guard 50', held],
    ['watch 50', stream('hangs')],
    ['guard 50', held],
    ['watch 50', stream(events('51'), 'hangs')],
  ] as const;

  it('are told of where a silent stream was opened again: it was dead', async () => {
    const it = rig(from('50'), [...waking, ['guard 51', hangs]], { silenceEnds: 'reopen', nextMs: 5000 });
    const { outputs } = await readAll(it, { abortAtMs: 8000 });
    assert.deepEqual(outputs, ['woken 2000', 'frames [51] @51']);
  });

  it('are ordinary where a new run opened it', async () => {
    const it = rig(from('50'), waking);
    await readAll(it);
    assert.deepEqual((await readAll(it)).outputs, ['frames [51] @51']);
  });
});

describe('the pace of the consumer', () => {
  it('decides when the next page is asked for', async () => {
    const it = rig({ at: 'listing', cause: 'first' }, [
      ['list', page('100', ['60'], { next: 'c1' })],
      ['list c1', page('100', ['70'])],
      ['watch 100', stream('hangs')],
    ]);
    await readAll(it, { onOutput: () => it.clock.sleep(10_000) });
    assert.deepEqual(it.source.asked, ['0 list', '10000 list c1', '20000 watch 100']);
  });

  it('is not taken for the silence of the stream', async () => {
    const it = rig(from('50'), [
      ['guard 50', held],
      ['watch 50', stream(events('51'), events('52'), { afterMs: 499 }, events('53'), 'hangs')],
    ]);
    const { outputs } = await readAll(it, { onOutput: () => it.clock.sleep(4999) });
    assert.deepEqual(outputs, ['frames [51] @51', 'frames [52] @52', 'frames [53] @53']);
    it.source.assertPlayed();
    assert.equal(it.reader.state.at, 'settled');
  });

  it('closes a watch that is left unread for 5 s, and it is opened again where reading stands', async () => {
    const it = rig(from('50'), [
      ['guard 50', held],
      ['watch 50', stream(events('51'), events('52'), 'hangs')],
      ['guard 51', held],
      ['watch 51', stream(events('52'), 'hangs quietly')],
      ['guard 52', held],
      ['watch 52', stream('hangs')],
    ]);
    const { outputs } = await readAll(it, { onOutput: () => it.clock.sleep(5001) });
    assert.deepEqual(outputs, ['frames [51] @51', 'frames [52] @52']);
    it.source.assertPlayed();
    assert.equal(it.reader.state.at, 'settled');
  });

  it('does not make a watch hollow that is closed because it was left unread', async () => {
    const unread = stream(malformed, 'hangs');
    const it = rig(from('50'), [
      ['guard 50', held],
      ['watch 50', unread],
      ['guard 50', held],
      ['watch 50', unread],
      ['guard 50', held],
      ['watch 50', stream('hangs')],
    ]);
    const { outputs } = await readAll(it, { onOutput: () => it.clock.sleep(5001) });
    assert.deepEqual(outputs, ['frames [] 1 malformed @50', 'frames [] 1 malformed @50']);
    it.source.assertPlayed();
  });

  it('an unread watch that broke meanwhile is no failure', async () => {
    const it = rig(from('50'), [
      ['guard 50', held],
      ['watch 50', stream(events('51'), { breaks: failure('API_UNAVAILABLE') })],
      ['guard 51', held],
      ['watch 51', stream('hangs')],
    ]);
    const { outputs, error } = await readAll(it, {
      onOutput: ({ type }) => (type === 'frames' ? it.clock.sleep(6000) : undefined),
    });
    assert.deepEqual([outputs, error], [['frames [51] @51'], undefined]);
    it.source.assertPlayed();
  });
});
