import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryCache } from '../../src/query/cache.ts';
import { countingQuery } from '../../src/query/counting.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anEvent } from '../events/kube-event.ts';

const counting = (text: string) => countingQuery(queryCache(new ManualClock()).acquire(text));

test('a query that was just acquired has counted its compile alone', () => {
  assert.deepEqual(counting('true').stats(), { compiles: 1, compileMs: 0, evaluations: 0, failures: 0 });
});

test('every evaluation is counted, whatever its answer', () => {
  const query = counting("event.type == 'Warning'");
  const answers = ['Warning', 'Normal', 'Warning'].map((type) => query.keeps(anEvent({ type }), assert.fail));
  assert.deepEqual(answers, [true, false, true]);
  assert.deepEqual(query.stats(), { compiles: 1, compileMs: 0, evaluations: 3, failures: 0 });
  assert.equal(query.text, "event.type == 'Warning'");
});

test('an event that it has no value for is kept and counted, and told of in the same words each time', () => {
  const query = counting('event.eventTime > event.firstTimestamp');
  const said: string[] = [];
  const answers = ['a', 'b'].map((message) => query.keeps(anEvent({ message }), (warning) => said.push(warning)));
  assert.deepEqual(answers, [true, true]);
  assert.deepEqual(query.stats(), { compiles: 1, compileMs: 0, evaluations: 2, failures: 2 });
  const warning = 'the event query has no value for some events, which are kept (eventTime is absent: ask has() first)';
  assert.deepEqual(said, [warning, warning]);
});

test('nobody need listen', () => {
  const query = counting('1 / event.count > 0');
  assert.equal(query.keeps(anEvent({ count: 0 })), true);
  assert.equal(query.stats().failures, 1);
});

test('two holders of one query count for themselves', () => {
  const cache = queryCache(new ManualClock());
  const [one, other] = [countingQuery(cache.acquire('true')), countingQuery(cache.acquire('true'))];
  one.keeps(anEvent());
  assert.deepEqual(
    [one, other].map((query) => query.stats().evaluations),
    [1, 0],
  );
});
