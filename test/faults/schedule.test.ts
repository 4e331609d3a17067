import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allFaults, commonFaults, faultKinds, planFaults } from './schedule.ts';

const seeds = Array.from({ length: 200 }, (_, index) => index);

test('the same seed makes the same schedule, another seed another', () => {
  assert.deepEqual(planFaults(allFaults, 54_000, 5), planFaults(allFaults, 54_000, 5));
  assert.notDeepEqual(planFaults(allFaults, 54_000, 5), planFaults(allFaults, 54_000, 6));
});

test('each fault that is asked for comes as often as it is asked for, before the last write', () => {
  for (const seed of seeds) {
    const steps = planFaults(allFaults, 54_000, seed).filter(({ kind }) => kind !== 'snapshot');
    assert.deepEqual(steps.map(({ kind }) => kind).sort(), [...allFaults].sort());
    assert.ok(steps.every(({ afterEvents }) => afterEvents > 0 && afterEvents < 54_000));
  }
});

test('a restore has a snapshot thousands of events before it', () => {
  for (const seed of seeds) {
    const steps = planFaults(allFaults, 54_000, seed);
    const at = (wanted: string) => steps.find(({ kind }) => kind === wanted)?.afterEvents ?? Number.NaN;
    assert.ok(at('etcd-restored') - at('snapshot') > 5000, `seed ${seed}`);
  }
});

test('every class of fault is in the run, and a comparison has twelve that anything can have', () => {
  assert.deepEqual(
    faultKinds.filter((kind) => !allFaults.includes(kind)),
    [],
  );
  assert.equal(commonFaults.length, 12);
});
