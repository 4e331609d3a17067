import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deadline, systemClock } from '../src/clock.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';

const reason = () => new Error('too late');

setFlagsFromString('--expose-gc');
const collectGarbage: (options?: { readonly type: 'minor' }) => void = runInNewContext('gc');

/** Node's timers, held by the test: the system clock without the system's time. */
function mockTimers(t: TestContext): void {
  t.mock.timers.enable({ apis: ['setTimeout'] });
}

describe('the system clock', () => {
  test('dates in Unix milliseconds and measures without ever going back', () => {
    const before = Date.now();
    const now = systemClock.nowMs();
    assert.ok(now >= before && now <= Date.now());
    const first = systemClock.monotonicMs();
    assert.ok(systemClock.monotonicMs() >= first);
  });

  test('its randomness is at least 0 and below 1', () => {
    for (let times = 0; times < 1000; times++) {
      const random = systemClock.random();
      assert.ok(random >= 0 && random < 1);
    }
  });

  test('a sleep ends when its time is over, not before', async (t) => {
    mockTimers(t);
    let awake = false;
    const sleep = systemClock.sleep(1000).then(() => {
      awake = true;
    });
    t.mock.timers.tick(999);
    await Promise.resolve();
    assert.equal(awake, false);
    t.mock.timers.tick(1);
    await sleep;
  });

  for (const ms of [0, -5]) test(`a sleep of ${ms} ms ends`, () => systemClock.sleep(ms));

  test('a sleep longer than a timer can be is as long as a timer can be, not over at once', async (t) => {
    mockTimers(t);
    let awake = false;
    const sleep = systemClock.sleep(Number.POSITIVE_INFINITY).then(() => {
      awake = true;
    });
    t.mock.timers.tick(2 ** 31 - 2);
    await Promise.resolve();
    assert.equal(awake, false);
    t.mock.timers.tick(1);
    await sleep;
  });

  test('a sleep ends with its signal, with its reason', async () => {
    const ended = new AbortController();
    const sleep = systemClock.sleep(60_000, { signal: ended.signal });
    ended.abort(new Error('enough'));
    await assert.rejects(sleep, /enough/);
    await assert.rejects(systemClock.sleep(0, { signal: ended.signal }), /enough/);
  });

  test('a sleep that has ended hears no signal any more', async (t) => {
    const { signal } = new AbortController();
    const removed = t.mock.method(signal, 'removeEventListener');
    const added = t.mock.method(signal, 'addEventListener');
    await systemClock.sleep(0, { signal });
    assert.equal(added.mock.callCount(), 1);
    assert.equal(removed.mock.callCount(), 1);
    assert.equal(removed.mock.calls[0]?.arguments[1], added.mock.calls[0]?.arguments[1]);
  });

  test('a sleep in the background keeps no process alive', async (t) => {
    const program = `
      import { systemClock } from ${JSON.stringify(new URL('../src/clock.ts', import.meta.url).href)};
      process.on('exit', () => console.log('over'));
      systemClock.sleep(3_600_000, { background: true });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const output = Array.fromAsync(child.stdout);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal(Buffer.concat(await output).toString(), 'over\n');
  });
});

describe('a deadline', () => {
  test('aborts when it passes, with its reason, which is made only then', async () => {
    const clock = new ManualClock();
    let made = 0;
    const limit = deadline(clock, 1000, () => {
      made++;
      return reason();
    });
    await clock.advance(999);
    assert.deepEqual([limit.signal.aborted, limit.passed, made], [false, false, 0]);
    await clock.advance(1);
    assert.deepEqual([limit.signal.aborted, limit.passed, made], [true, true, 1]);
    assert.match(String(limit.signal.reason), /too late/);
  });

  test('cleared, it ends nothing, and leaves no timer', async () => {
    const clock = new ManualClock();
    const limit = deadline(clock, 1000, reason);
    limit.clear();
    await clock.advance(5000);
    assert.deepEqual([limit.signal.aborted, limit.passed, clock.pending], [false, false, 0]);
  });

  test('aborts with any outer signal, with its reason: then it is not the deadline that has passed', async () => {
    const clock = new ManualClock();
    const outer = [new AbortController(), new AbortController()];
    const limit = deadline(clock, 1000, reason, undefined, ...outer.map(({ signal }) => signal));
    outer[1]?.abort(new Error('stopping'));
    assert.match(String(limit.signal.reason), /stopping/);
    await clock.advance(5000);
    assert.equal(limit.passed, false);
    assert.match(String(limit.signal.reason), /stopping/);
  });

  test('that begins with an ended signal is over at once', () => {
    const limit = deadline(new ManualClock(), 1000, reason, AbortSignal.abort(new Error('ended')));
    assert.deepEqual([limit.signal.aborted, limit.passed], [true, false]);
    assert.match(String(limit.signal.reason), /ended/);
    limit.clear();
  });

  test('cleared, it hears its outer signals no more', () => {
    const outer = new AbortController();
    const limit = deadline(new ManualClock(), 1000, reason, outer.signal);
    limit.clear();
    outer.abort();
    assert.equal(limit.signal.aborted, false);
  });

  test('without an end never passes, and needs no timer', async () => {
    const clock = new ManualClock();
    const outer = new AbortController();
    const limit = deadline(clock, Number.POSITIVE_INFINITY, reason, outer.signal);
    assert.equal(clock.pending, 0);
    await clock.advance(10 ** 9);
    assert.equal(limit.signal.aborted, false);
    outer.abort();
    assert.equal(limit.signal.aborted, true);
  });

  test('of nothing is over at once, when time is let pass', async () => {
    const clock = new ManualClock();
    const limit = deadline(clock, 0, reason);
    await clock.advance(0);
    assert.equal(limit.passed, true);
  });

  test('lets go of the work when it is cleared: the next collection of what is young takes it', async () => {
    const collectYoung = () => collectGarbage({ type: 'minor' });
    const outer = new AbortController();
    const kept = async (ms: number, ...signals: readonly AbortSignal[]) => {
      collectYoung();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 300; i++) {
        const work = Array.from({ length: 1000 }, () => ({ i }));
        deadline(systemClock, ms, () => new Error(`${work.length}`), ...signals).clear();
        await undefined;
      }
      // What lives through two is old, and stays until all is collected.
      collectYoung();
      collectYoung();
      return process.memoryUsage().heapUsed - before;
    };
    const leastBytes = 300 * 1000 * 16;
    for (const [ms, ...signals] of [[1000], [1000, outer.signal], [Number.POSITIVE_INFINITY, outer.signal]] as const) {
      const grown = await kept(ms, ...signals);
      assert.ok(grown < leastBytes / 4, `${grown} of ${leastBytes} bytes`);
    }
  });

  test('leaves the outer signals when it is cleared, also where garbage was collected meanwhile', async () => {
    // What listens with a `signal` of its own is forgotten by Node then, and stays: a kilobyte for each watch that was opened again.
    const outer = new AbortController();
    const limits = [1, 2, 3].map(() => deadline(new ManualClock(), Number.POSITIVE_INFINITY, reason, outer.signal));
    assert.equal(getEventListeners(outer.signal, 'abort').length, 3);
    // Weak references hold until the end of the job that made them.
    await nextTurn();
    collectGarbage();
    for (const limit of limits) limit.clear();
    assert.deepEqual(getEventListeners(outer.signal, 'abort'), []);
  });
});
