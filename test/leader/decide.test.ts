import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Decision, decide, type LeaseRecord, type Observation } from '../../src/leader/decide.ts';

const me = { identity: 'me', durationMs: 60_000 };
/** Seen first at 1000, now it is `ageMs` later. */
const seen = (record: LeaseRecord | undefined): Observation => ({ record, firstSeenMs: 1000 });
const at = (ageMs: number): number => 1000 + ageMs;

const theirs: LeaseRecord = { holder: 'they', durationMs: 15_000, transitions: 7 };
const { durationMs: _none, ...silent } = theirs;
const follow: Decision = { act: 'follow', holder: 'they' };
const take: Decision = { act: 'take', transitions: 8 };

describe('a lease', () => {
  const table: readonly (readonly [string, LeaseRecord | undefined, number, Decision])[] = [
    ['that is not there is created', undefined, 0, { act: 'create', transitions: 0 }],
    ['that nobody holds is taken at once', { ...theirs, holder: '' }, 0, { act: 'adopt', transitions: 8 }],
    ['that nobody ever held is taken at once', { holder: '', transitions: 0 }, 0, { act: 'adopt', transitions: 1 }],
    ['that was just seen is followed', theirs, 0, follow],
    ['that did not change for less than its duration is followed', theirs, 14_999.9, follow],
    ['that did not change for exactly its duration is followed', theirs, 15_000, follow],
    ['that did not change for longer than its duration is taken', theirs, 15_000.1, take],
    ['of a longer duration than ours is followed for that', { ...theirs, durationMs: 600_000 }, 599_000, follow],
    ['without a duration is followed for ours', silent, 60_000, follow],
    ['without a duration is taken after ours', silent, 60_001, take],
    ['of ours is renewed in its term', { ...theirs, holder: 'me' }, 0, { act: 'renew', transitions: 7 }],
    ['of ours that expired is renewed in its term', { ...theirs, holder: 'me' }, 1e9, { act: 'renew', transitions: 7 }],
    [
      "of a name that only begins like ours is somebody else's",
      { ...theirs, holder: 'me2' },
      0,
      { act: 'follow', holder: 'me2' },
    ],
  ];
  for (const [what, record, ageMs, expected] of table) {
    test(what, () => assert.deepEqual(decide(seen(record), me, at(ageMs)), expected));
  }
});
