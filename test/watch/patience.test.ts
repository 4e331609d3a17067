import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createBackoff } from '../../src/watch/backoff.ts';
import { createPatience, type Patience } from '../../src/watch/patience.ts';

const never = new AbortController().signal;

describe('patience', () => {
  let clock: ManualClock;
  let patience: Patience;

  beforeEach(() => {
    clock = new ManualClock();
    const random = () => 0;
    patience = createPatience({ clock, backoff: createBackoff({ random }), relistBackoff: createBackoff({ random }) });
  });

  /** How long it rests now. */
  async function restedMs(): Promise<number> {
    const fromMs = clock.monotonicMs();
    await clock.runUntil(patience.rest(never));
    return clock.monotonicMs() - fromMs;
  }

  it('rests after a failure for its delay, and for as long as the server asked', async () => {
    assert.equal(patience.failed(), 400);
    assert.equal(await restedMs(), 400);
    assert.equal(patience.failed(90_000), 90_000);
    assert.equal(await restedMs(), 90_000);
    assert.equal(await restedMs(), 0);
    assert.equal(patience.failures, 2);
  });

  it('rests for what is left, when somebody else has waited a part of it', async () => {
    patience.failed(10_000);
    await clock.advance(9000);
    assert.equal(await restedMs(), 1000);
  });

  it("ends a rest with the signal's reason", async () => {
    patience.failed(10_000);
    const run = new AbortController();
    const rest = patience.rest(run.signal);
    run.abort(new Error('over'));
    await assert.rejects(rest, { message: 'over' });
    assert.equal(clock.pending, 0);
  });

  it('lets one list pass, and rests longer and longer before those that follow without a flowing stream', async () => {
    const rests: number[] = [];
    for (let list = 0; list < 4; list++) {
      patience.relisting();
      rests.push(await restedMs());
    }
    assert.deepEqual(rests, [0, 800, 1600, 3200]);
    patience.flows();
    patience.relisting();
    assert.equal(await restedMs(), 0);
  });

  it('never shortens a rest that the server asked for', async () => {
    patience.relisting();
    patience.failed(60_000);
    patience.relisting();
    assert.equal(await restedMs(), 60_000);
  });

  it('forgets failures when it works, but not lists', async () => {
    patience.failed();
    patience.failed();
    patience.works();
    assert.equal(patience.failures, 0);
    patience.relisting();
    patience.works();
    patience.relisting();
    assert.ok((await restedMs()) > 0);
  });

  it('adds up how long nothing was answered, over runs that ended first, until there is any answer', async () => {
    for (let run = 1; run <= 3; run++) {
      const ended = new AbortController();
      const asked = patience.answer(clock.sleep(60_000, { signal: ended.signal }), ended.signal);
      await clock.advance(2000);
      ended.abort();
      await assert.rejects(asked);
      assert.equal(patience.unansweredMs, run * 2000);
    }
    await clock.advance(100_000);
    assert.equal(patience.unansweredMs, 6000);
    assert.equal(await patience.answer(Promise.resolve('yes'), never), 'yes');
    assert.equal(patience.unansweredMs, 0);
  });

  it('takes a failure for an answer', async () => {
    const ended = new AbortController();
    const asked = patience.answer(clock.sleep(60_000, { signal: ended.signal }), ended.signal);
    await clock.advance(2000);
    ended.abort();
    await assert.rejects(asked);
    await assert.rejects(patience.answer(Promise.reject(new Error('500')), never), { message: '500' });
    assert.equal(patience.unansweredMs, 0);
  });
});
