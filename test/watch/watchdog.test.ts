import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createWatchdog, type Watchdog } from '../../src/watch/watchdog.ts';

const bounds = { firstMs: 2000, nextMs: 500, unreadMs: 5000 };

describe('a watchdog', () => {
  let clock: ManualClock;
  let dog: Watchdog;
  let barks: number[];

  beforeEach(() => {
    clock = new ManualClock();
    barks = [];
    dog = createWatchdog(clock, bounds, () => barks.push(clock.monotonicMs()));
  });

  it('does nothing before the first wait', async () => {
    assert.equal(clock.pending, 0);
    await clock.advance(100_000);
    assert.deepEqual([barks, dog.verdict], [[], undefined]);
  });

  it('barks once, when the first frame has not come in time', async () => {
    dog.wait();
    await clock.advance(1999);
    assert.equal(dog.verdict, undefined);
    await clock.advance(1);
    assert.deepEqual([barks, dog.verdict], [[2000], 'silent']);
    await clock.advance(100_000);
    assert.deepEqual(barks, [2000]);
    assert.equal(clock.pending, 0);
  });

  it('waits less for the next frame than for the first, from the beginning of that wait', async () => {
    dog.wait();
    await clock.advance(1500);
    dog.heard();
    await clock.advance(300);
    dog.wait();
    await clock.advance(499);
    assert.deepEqual(barks, []);
    await clock.advance(1);
    assert.deepEqual([barks, dog.verdict], [[2300], 'silent']);
  });

  it('is not silenced by frames that come faster than the bound, and makes no timer for each', async () => {
    let sleeps = 0;
    const { sleep } = clock;
    clock.sleep = (...asked) => {
      sleeps++;
      return sleep.apply(clock, asked);
    };
    dog.wait();
    for (let frame = 0; frame < 1000; frame++) {
      await clock.advance(10);
      dog.heard();
      dog.wait();
    }
    assert.deepEqual(barks, []);
    assert.ok(sleeps < 50, `${sleeps} timers for 1000 frames`);
    await clock.advance(500);
    assert.deepEqual(barks, [10_500]);
  });

  it('takes a slow consumer neither for a silent stream nor for one in time', async () => {
    dog.wait();
    dog.heard();
    await clock.advance(4999);
    assert.deepEqual(barks, []);
    dog.wait();
    dog.heard();
    await clock.advance(5000);
    assert.deepEqual([barks, dog.verdict], [[9999], 'unread']);
  });

  it('takes bounds of 0: the stream is silent at once, but not while the consumer has a frame', async () => {
    dog = createWatchdog(clock, { ...bounds, nextMs: 0 }, () => barks.push(clock.monotonicMs()));
    dog.wait();
    dog.heard();
    await clock.advance(1000);
    assert.deepEqual(barks, []);
    dog.wait();
    await clock.advance(0);
    assert.deepEqual([barks, dog.verdict], [[1000], 'silent']);
  });

  it('leaves no timer behind when stopped, and never barks again', async () => {
    dog.wait();
    dog.stop();
    assert.equal(clock.pending, 0);
    dog.heard();
    dog.wait();
    assert.equal(clock.pending, 0);
    await clock.advance(100_000);
    assert.deepEqual([barks, dog.verdict], [[], undefined]);
  });
});
