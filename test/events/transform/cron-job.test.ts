import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cronJobOf } from '../../../src/events/transform/cron-job.ts';
import { type JobFacts, noLookups, type ObjectLookups } from '../../../src/events/transform/lookups.ts';

const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'report', controller: true };
const job = { kind: 'Job', namespace: 'shop', name: 'report-29701140', uid: 'j-1', apiVersion: 'batch/v1' };
const facts: JobFacts = { uid: 'j-1', ownerReferences: [owner] };

describe('the CronJob of a Job', () => {
  for (const [what, object, known, expected] of [
    ['its controller', job, facts, 'report'],
    [
      'also of an older API version',
      job,
      { ...facts, ownerReferences: [{ ...owner, apiVersion: 'batch/v1beta1' }] },
      'report',
    ],
    ['also where the event says no uid', { ...job, uid: '' }, facts, 'report'],
    [
      'also beside another owner',
      job,
      { ...facts, ownerReferences: [{ ...owner, kind: 'X', controller: false }, owner] },
      'report',
    ],
    ['none if the Job was made anew', { ...job, uid: 'j-0' }, facts, undefined],
    ['none if the Job is unknown', job, undefined, undefined],
    ['none without owners', job, { ...facts, ownerReferences: [] }, undefined],
    [
      'none if the owner is no controller',
      job,
      { ...facts, ownerReferences: [{ ...owner, controller: false }] },
      undefined,
    ],
    [
      'none of another API group',
      job,
      { ...facts, ownerReferences: [{ ...owner, apiVersion: 'custom.io/v1' }] },
      undefined,
    ],
    ['none of another kind', job, { ...facts, ownerReferences: [{ ...owner, kind: 'Workflow' }] }, undefined],
  ] as const) {
    test(what, () => {
      const asked: string[] = [];
      const lookups: ObjectLookups = {
        ...noLookups,
        job: (namespace, name) => {
          asked.push(`${namespace}/${name}`);
          return known;
        },
      };
      assert.equal(cronJobOf(object, lookups), expected);
      assert.deepEqual(asked, ['shop/report-29701140']);
    });
  }

  for (const name of ['report', 'report-60', 'report-extra', 'report-600x', 'report600', '-600', 'report-６００']) {
    test(`${name} is not looked up: no CronJob names its jobs so`, () => {
      const lookups: ObjectLookups = { ...noLookups, job: () => assert.fail('asked for a job') };
      assert.equal(cronJobOf({ ...job, name }, lookups), undefined);
    });
  }

  test('other kinds are not looked up', () => {
    const lookups: ObjectLookups = { ...noLookups, job: () => assert.fail('asked for a job') };
    assert.equal(cronJobOf({ ...job, kind: 'Pod' }, lookups), undefined);
  });
});
