import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratioToOurs, resultOf, spreadOf } from '../../bench/result.ts';
import { exampleScenario } from './example.ts';

test('a spread has the least, the median and the most, whatever the order', () => {
  assert.deepEqual(spreadOf([3, 100, 1]), { min: 1, median: 3, max: 100 });
  assert.deepEqual(spreadOf([4, 1, 2, 10]), { min: 1, median: 3, max: 10 });
  assert.throws(() => spreadOf([]));
});

test('a result has the figures of each subject, and leaves out a metric that a subject does not have', () => {
  const rounds = new Map([
    ['ours', [{ cpu: 2, memory: 50 }]],
    ['peer', [{ cpu: 5 }]],
  ]);
  const result = resultOf(exampleScenario(), { input: { events: 10 }, rounds });
  assert.equal(result.rounds, 1);
  assert.deepEqual(
    result.subjects.map(({ subject, figures }) => [subject, Object.keys(figures)]),
    [
      ['ours', ['cpu', 'memory']],
      ['peer', ['cpu']],
    ],
  );
});

test('a ratio is how much more than ours, and there is none to a figure that is missing', () => {
  const { metrics } = exampleScenario();
  const rounds = new Map([
    ['ours', [{ cpu: 2 }]],
    ['peer', [{ cpu: 5, memory: 3 }]],
  ]);
  const result = resultOf(exampleScenario(), { input: {}, rounds });
  const [cpu, memory] = metrics;
  const peer = result.subjects[1];
  assert.ok(cpu && memory && peer);
  assert.equal(ratioToOurs(result, cpu, peer), 2.5);
  assert.equal(ratioToOurs(result, memory, peer), undefined);
});
