import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { deadline } from '../../src/clock.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

/** Notes when it woke, on the clock. */
function sleeper(clock: ManualClock, woken: string[], name: string, ms: number): Promise<void> {
  return clock.sleep(ms).then(() => void woken.push(`${name} at ${clock.monotonicMs()}`));
}

test('time stands still until it is moved, and both clocks move together', async () => {
  const clock = new ManualClock({ startAtMs: 1000 });
  assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [1000, 0]);
  await turn();
  assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [1000, 0]);
  await clock.advance(250);
  assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [1250, 250]);
  assert.equal(new ManualClock().nowMs(), Date.UTC(2026, 0, 1));
});

test('sleepers wake in the order of their time, those of one time in the order of asking, each at its own instant', async () => {
  const clock = new ManualClock();
  const woken: string[] = [];
  for (const [name, ms] of [
    ['late', 30],
    ['one', 10],
    ['two', 10],
    ['never', 100],
  ] as const)
    void sleeper(clock, woken, name, ms);
  assert.equal(clock.pending, 4);
  await clock.advance(50);
  assert.deepEqual(woken, ['one at 10', 'two at 10', 'late at 30']);
  assert.equal(clock.monotonicMs(), 50);
  assert.deepEqual(clock.sleepers, [{ ms: 100, dueAtMs: 100, background: false }]);
});

test('who sleeps again within the time that passes wakes again within it', async () => {
  const clock = new ManualClock();
  const woken: string[] = [];
  const beat = async () => {
    for (;;) await sleeper(clock, woken, 'beat', 10);
  };
  void beat();
  void sleeper(clock, woken, 'other', 15);
  await clock.advance(30);
  assert.deepEqual(woken, ['beat at 10', 'other at 15', 'beat at 20', 'beat at 30']);
});

test('all that a sleeper does without waiting is done before time moves on', async () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  void clock.sleep(10).then(async () => {
    for (let n = 0; n < 50; n++) await Promise.resolve();
    seen.push(clock.monotonicMs());
  });
  void clock.sleep(20);
  await clock.advance(20);
  assert.deepEqual(seen, [10]);
});

test('a sleep of nothing, of less and of no number waits for an advance of nothing', async () => {
  const clock = new ManualClock();
  const woken: string[] = [];
  for (const ms of [0, -5, Number.NaN]) void sleeper(clock, woken, `${ms}`, ms);
  await turn();
  assert.deepEqual(woken, []);
  await clock.advance(0);
  assert.deepEqual(woken, ['0 at 0', '-5 at 0', 'NaN at 0']);
});

test('a sleep for ever never ends by itself', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(Number.POSITIVE_INFINITY, { signal: abort.signal });
  await clock.advance(1e12);
  assert.equal(clock.pending, 1);
  abort.abort(new Error('enough'));
  await assert.rejects(sleeping, /enough/);
});

test('time is not moved backwards or by no number', () => {
  const clock = new ManualClock();
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => clock.advance(ms), RangeError);
});

test('an abort ends a sleep with its reason, and nothing is left of it', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(10, { signal: abort.signal });
  const reason = new Error('stop');
  abort.abort(reason);
  await assert.rejects(sleeping, reason);
  assert.equal(clock.pending, 0);
  await assert.rejects(clock.sleep(10, { signal: abort.signal }), reason);
  assert.equal(clock.pending, 0);
});

test('an abort after the end of a sleep changes nothing', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const woken = clock.sleep(10, { signal: abort.signal });
  void clock.sleep(20);
  await clock.advance(10);
  await woken;
  abort.abort();
  assert.equal(clock.pending, 1, 'the other sleeper is still there');
});

test('a deadline passes when time is moved to it, and not if it was cleared', async () => {
  const clock = new ManualClock();
  const passing = deadline(clock, 100, () => new Error('late'));
  const cleared = deadline(clock, 100, () => new Error('late'));
  cleared.clear();
  await clock.advance(99);
  assert.equal(passing.passed, false);
  await clock.advance(1);
  assert.deepEqual([passing.passed, passing.signal.aborted, cleared.passed, clock.pending], [true, true, false, 0]);
});

test('advances that are not waited for follow each other', async () => {
  const clock = new ManualClock();
  const both = [clock.advance(10), clock.advance(10)];
  await Promise.all(both);
  assert.equal(clock.monotonicMs(), 20);
});

test('whoever waits for a sleeper gets the first that meets the condition', async () => {
  const clock = new ManualClock();
  const found = clock.whenSleeping(({ ms }) => ms > 50);
  let resolved = false;
  void found.then(() => {
    resolved = true;
  });
  void clock.sleep(10);
  await turn();
  assert.equal(resolved, false);
  void clock.sleep(100, { background: true });
  assert.deepEqual(await found, { ms: 100, dueAtMs: 100, background: true });
  assert.equal((await clock.whenSleeping()).ms, 10, 'one that sleeps already is found at once');
});

test('the wall clock can be set apart from the monotonic one, also back', async () => {
  const clock = new ManualClock({ startAtMs: 5000 });
  const woken: string[] = [];
  void sleeper(clock, woken, 'sleeper', 10);
  clock.shiftWall(-3000);
  assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [2000, 0]);
  await clock.advance(10);
  assert.deepEqual([clock.nowMs(), woken], [2010, ['sleeper at 10']]);
});

test('randomness is a sequence of its seed, or one value', () => {
  const draw = (options: { seed?: number; random?: number }): readonly number[] => {
    const clock = new ManualClock(options);
    return Array.from({ length: 1000 }, () => clock.random());
  };
  assert.deepEqual(draw({ seed: 7 }), draw({ seed: 7 }));
  assert.notDeepEqual(draw({ seed: 7 }), draw({ seed: 8 }));
  assert.deepEqual(draw({}), draw({ seed: 1 }));
  const values = draw({});
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  assert.ok(mean > 0.45 && mean < 0.55 && new Set(values).size > 990, `mean ${mean}`);
  assert.deepEqual([...new Set(draw({ random: 0.25 }))], [0.25]);
});

test('time passes until a promise is settled, and what it settles with is passed on', async () => {
  const clock = new ManualClock();
  const work = async (fail: boolean): Promise<string> => {
    for (let n = 0; n < 3; n++) await clock.sleep(60_000);
    if (fail) throw new Error('failed');
    return 'done';
  };
  assert.equal(await clock.runUntil(work(false)), 'done');
  assert.equal(clock.monotonicMs(), 180_000);
  await assert.rejects(clock.runUntil(work(true)), /failed/);
  assert.equal(await clock.runUntil(Promise.resolve('at once')), 'at once');
  assert.equal(clock.monotonicMs(), 360_000, 'no time passes for what is settled');
});

test('time does not pass while a file is read or an answer is on its way, however short the deadline', async (t) => {
  const clock = new ManualClock();
  const server = createServer((_, response) => response.end('x'.repeat(300_000))).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (): Promise<number> =>
    new Promise((resolve, reject) =>
      get({ port, host: '127.0.0.1', agent: false }, (answer) => {
        let bytes = 0;
        answer.on('data', (chunk) => {
          bytes += chunk.length;
        });
        answer.once('end', () => resolve(bytes));
      }).once('error', reject),
    );
  const work = async (): Promise<boolean[]> => {
    const inTime: boolean[] = [];
    for (let n = 0; n < 30; n++) {
      const short = deadline(clock, 1, () => new Error('late'));
      if (n % 2 === 0) await ask();
      else await readFile(import.meta.filename);
      inTime.push(!short.passed);
      short.clear();
      await clock.sleep(1000);
    }
    return inTime;
  };
  const inTime = await clock.runUntil(work());
  assert.deepEqual(inTime, new Array(30).fill(true));
  assert.equal(clock.monotonicMs(), 30_000);
});

test('where nobody sleeps it waits for somebody to', async () => {
  const clock = new ManualClock();
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const running = clock.runUntil(begun.then(() => clock.sleep(500)));
  for (let n = 0; n < 1000; n++) await turn();
  begin();
  await running;
  assert.equal(clock.monotonicMs(), 500);
});

test('a promise that never settles is given up after the limit, and says who slept', async () => {
  const clock = new ManualClock();
  const forEver = async (): Promise<void> => {
    for (;;) await clock.sleep(10_000);
  };
  await assert.rejects(
    clock.runUntil(forEver(), { limitMs: 60_000 }),
    /still pending after 60000 ms: 1 asleep, due at 70000 ms/,
  );
});

test('before each step of time what is given as idle is waited for', async () => {
  const clock = new ManualClock();
  const steps: number[] = [];
  const idle = async () => void steps.push(clock.monotonicMs());
  void clock.sleep(10);
  await clock.advance(20, { idle });
  assert.deepEqual(steps, [0, 10]);
  steps.length = 0;
  await clock.runUntil(
    clock.sleep(5).then(() => clock.sleep(5)),
    { idle },
  );
  assert.deepEqual(steps, [20, 25, 30].slice(0, steps.length));
  assert.ok(steps.length >= 2);
});
