import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureRounds } from '../../bench/rounds.ts';
import { exampleScenario } from './example.ts';

const log = (): void => undefined;

test('each subject has its turn in each round, and another one begins', async () => {
  const turns: string[] = [];
  const measure = (subject: string) => ({ cpu: turns.push(subject) });
  const scenario = exampleScenario({ subjects: ['a', 'b', 'c'], measure });
  const { rounds } = await measureRounds(scenario, { rounds: 4, log });
  assert.equal(turns.join(''), 'abcbcacababc');
  assert.deepEqual(rounds.get('a'), [{ cpu: 1 }, { cpu: 6 }, { cpu: 8 }, { cpu: 10 }]);
});

test('a measurement that fails gives no figures, and what was prepared is put away', async () => {
  let isPutAway = false;
  const scenario = exampleScenario({
    measure() {
      throw new Error('an event came twice');
    },
    disposed() {
      isPutAway = true;
    },
  });
  await assert.rejects(measureRounds(scenario, { rounds: 1, log }), /an event came twice/);
  assert.ok(isPutAway);
});
