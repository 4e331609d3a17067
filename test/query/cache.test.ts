import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../src/clock.ts';
import { isKubeCheckError } from '../../src/errors.ts';
import { cacheLimits, queryCache } from '../../src/query/cache.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

const text = "event.type == 'Warning'";

/** Whatever happens between two readings takes 5 ms. */
function tickingClock(): Clock {
  let ms = 0;
  const monotonicMs = () => {
    ms += 5;
    return ms;
  };
  return {
    monotonicMs,
    nowMs: monotonicMs,
    random: () => 0,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  };
}

describe('a cache of queries', () => {
  test('compiles a query once for all who ask', () => {
    const cache = queryCache(new ManualClock());
    const first = cache.acquire(text);
    const others = Array.from({ length: 100 }, () => cache.acquire(text));
    assert.equal(first.compiles, 1);
    assert.ok(
      others.every(({ query, compiles, compileMs }) => query === first.query && compiles === 0 && compileMs === 0),
    );
  });

  test('has the time of a compile by its clock, and gives it to the first who acquires, also after a check', () => {
    const cache = queryCache(tickingClock());
    assert.equal(cache.check(text), undefined);
    assert.equal(cache.check(text), undefined);
    const acquired = [cache.acquire(text), cache.acquire(text)];
    assert.deepEqual(
      acquired.map(({ compiles, compileMs }) => ({ compiles, compileMs })),
      [
        { compiles: 1, compileMs: 5 },
        { compiles: 0, compileMs: 0 },
      ],
    );
    assert.equal(acquired[0]?.query, acquired[1]?.query);
  });

  test('tells queries apart by every character', () => {
    const cache = queryCache(new ManualClock());
    assert.notEqual(cache.acquire(text).query, cache.acquire(`${text} `).query);
  });

  test('forgets a query that nobody asked for in ten minutes, and no other', async () => {
    const clock = new ManualClock();
    const cache = queryCache(clock);
    const [kept, idle] = [cache.acquire(text), cache.acquire('true')];
    await clock.advance(cacheLimits.ttlMs);
    assert.equal(cache.acquire(text).compiles, 0);
    await clock.advance(1);
    assert.equal(cache.acquire(text).query, kept.query);
    const anew = cache.acquire('true');
    assert.equal(anew.compiles, 1);
    assert.notEqual(anew.query, idle.query);
  });

  test('holds so many queries and then forgets the one that was not asked for the longest', () => {
    const cache = queryCache(new ManualClock());
    const numbered = (n: number) => `event.count == ${n}`;
    for (let n = 0; n < cacheLimits.entries; n++) cache.acquire(numbered(n));
    cache.acquire(numbered(0));
    cache.acquire(text);
    assert.equal(cache.acquire(numbered(0)).compiles, 0);
    assert.equal(cache.acquire(numbered(1)).compiles, 1);
  });

  test('tells why a query is refused, each time', () => {
    const cache = queryCache(new ManualClock());
    const problem = {
      message: 'it yields string, not bool',
      remedy: 'compare something, as in event.type == "Warning"',
    };
    assert.deepEqual(cache.check('event.reason'), problem);
    assert.deepEqual(cache.check('event.reason'), problem);
    assert.throws(
      () => cache.acquire('event.reason'),
      (error) =>
        isKubeCheckError(error) &&
        error.code === 'CONFIG_INVALID' &&
        error.message === 'configuration refused: events.query: it yields string, not bool' &&
        error.remedy === problem.remedy &&
        JSON.stringify(error.details) === JSON.stringify({ issues: [{ path: 'events.query', ...problem }] }),
    );
  });
});
