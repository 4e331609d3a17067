import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { type Bell, createBell } from '../../src/events/bell.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

describe('a bell', () => {
  let clock: ManualClock;
  let bell: Bell;
  let ended: AbortController;
  let woken: number;
  beforeEach(() => {
    clock = new ManualClock();
    bell = createBell(clock);
    ended = new AbortController();
    woken = 0;
  });
  const wait = (ms?: number) => bell.wait(ended.signal, ms).then(() => woken++);
  const assertNothingLeft = () =>
    assert.deepEqual(
      [clock.pending, getEventListeners(ended.signal, 'abort')],
      [0, []],
      'a timer or listener was left',
    );

  it('wakes who waits, and leaves nothing behind', async () => {
    const waiting = wait(1000);
    await clock.advance(999);
    assert.equal(woken, 0);
    bell.ring();
    await waiting;
    assertNothingLeft();
  });

  it('wakes after the time, if there is one', async () => {
    const waiting = wait(1000);
    await clock.advance(1000);
    await waiting;
    assertNothingLeft();
  });

  it('waits without a timer where there is no time', async () => {
    const waiting = wait();
    assert.equal(clock.pending, 0);
    bell.ring();
    await waiting;
  });

  it('wakes at the end, and does not wait behind it', async () => {
    const waiting = wait(1000);
    ended.abort();
    await waiting;
    assertNothingLeft();
    await wait(1000);
    assertNothingLeft();
  });

  it('does not ring for who comes later', async () => {
    bell.ring();
    const waiting = wait();
    await clock.advance(10_000);
    assert.equal(woken, 0);
    bell.ring();
    bell.ring();
    await waiting;
    assert.equal(woken, 1);
  });
});
