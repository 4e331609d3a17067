/** Walks of any length through the machine, with versions that only a rewritten history makes smaller. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ErrorCode, errorCodes, KubeCheckError } from '../../src/errors.ts';
import { isNewer } from '../../src/kube/version.ts';
import type { Witness } from '../../src/token-store.ts';
import {
  judged,
  type ListCause,
  resume,
  resync,
  step,
  type WatchInput,
  type WatchState,
} from '../../src/watch/state.ts';

const version = fc.integer({ min: 1, max: 1200 }).map(String);
const token = fc.constantFrom('a', 'b');
const uid = fc.constantFrom('u1', 'u2');
const witness = (of: string, at: string): Witness => ({ namespace: 'shop', name: of, uid: of, version: at });
const input: fc.Arbitrary<WatchInput> = fc.oneof(
  fc.record({ type: fc.constant('page' as const), version }),
  fc.record({ type: fc.constant('page' as const), version, continueToken: token }),
  fc.tuple(version, uid).map(([at, of]): WatchInput => ({ type: 'page', version: at, witness: witness(of, at) })),
  fc
    .tuple(version, token, uid)
    .map(
      ([at, continueToken, of]): WatchInput => ({ type: 'page', version: at, continueToken, witness: witness(of, at) }),
    ),
  fc.constantFrom<WatchInput>({ type: 'held' }, { type: 'rewritten' }, { type: 'opened' }),
  fc.record({ type: fc.constant('moved' as const), version }),
  fc.tuple(version, uid).map(([at, of]): WatchInput => ({ type: 'moved', version: at, event: witness(of, at) })),
  fc.record({ type: fc.constant('moved' as const), version, deleted: uid }),
  fc.record({ type: fc.constant('closed' as const), hollow: fc.boolean() }),
  fc.record({ type: fc.constant('silent' as const), end: fc.constantFrom('settle' as const, 'reopen' as const) }),
  fc.record({ code: fc.constantFrom(...(Object.keys(errorCodes) as ErrorCode[])), fresh: fc.boolean() }).map(
    ({ code, fresh }): WatchInput => ({
      type: 'failed',
      error: new KubeCheckError(code, code, { details: fresh ? { continue: 'fresh' } : {} }),
    }),
  ),
);
type Move = WatchInput | 'resume' | 'resync';
const moves = fc.array(fc.oneof({ weight: 9, arbitrary: input }, fc.constantFrom<Move>('resume', 'resync')), {
  maxLength: 60,
});

const causes: readonly ListCause[] = ['first', 'expired', 'hollow', 'resync', 'rewound', 'unreadable-token'];
const start: fc.Arbitrary<WatchState> = fc.oneof(
  fc.constant<WatchState>({ at: 'locating' }),
  fc.constant<WatchState>({ at: 'listing', cause: 'first' }),
  fc.constant<WatchState>({ at: 'listing', cause: 'unreadable-token' }),
  version.map((at): WatchState => ({ at: 'guarding', version: at })),
  fc
    .tuple(version, uid)
    .map(([at, of]): WatchState => ({ at: 'streaming', version: at, witness: witness(of, at), hollow: 0 })),
  version.map((since): WatchState => ({ at: 'listing', cause: 'resync', since })),
);

interface Change {
  readonly before: WatchState;
  readonly move: Move;
  readonly after: WatchState;
}

/** What is out of place leaves the state as it was. */
function* walk(from: WatchState, path: readonly Move[]): Generator<Change> {
  let before = from;
  for (const move of path) {
    let after = before;
    try {
      after = move === 'resume' ? resume(before) : move === 'resync' ? resync(before) : step(before, move).next;
    } catch (error) {
      assert.ok(error instanceof TypeError);
    }
    yield { before, move, after };
    before = after;
  }
}

/** Everything at or below it has been read. */
const readUpTo = (state: WatchState): string | undefined =>
  'version' in state ? state.version : state.at === 'listing' ? state.since : undefined;

const holdsFor = (check: (change: Change) => void) =>
  fc.assert(
    fc.property(start, moves, (from, path) => {
      for (const change of walk(from, path)) check(change);
    }),
    { numRuns: 2000 },
  );

describe('on any way through the machine', () => {
  it('what was read up to never goes down, but where a witness is missing, or the first page of a list proves that the history was rewritten', () => {
    let lower = 0;
    holdsFor(({ before, move, after }) => {
      const [from, to] = [readUpTo(before), readUpTo(after)];
      if (from === undefined || (to !== undefined && !isNewer(from, to))) return;
      lower++;
      assert.ok(typeof move === 'object');
      if (move.type === 'rewritten')
        return assert.deepEqual(after, { at: 'listing', cause: 'rewound', lostVersion: from });
      assert.ok(before.at === 'listing' && move.type === 'page');
      assert.equal(judged(before, before.place?.first ?? move.version).cause, 'rewound');
    });
    assert.ok(lower > 0, 'no walk met a rewritten history');
  });

  it('a list is above what it bridges from: since is never newer than the first page', () => {
    holdsFor(({ after }) => {
      if (after.at === 'listing' && after.place && after.since !== undefined)
        assert.ok(!isNewer(after.since, after.place.first));
    });
  });

  it('a rewound list wants everything, and says which version was lost', () => {
    holdsFor(({ after }) => {
      if (after.at !== 'listing' || after.cause !== 'rewound') return;
      assert.equal(after.since, undefined);
      assert.ok(after.lostVersion !== undefined);
    });
  });

  it('a watch is opened behind a list, a learnt version, a proof, or one hollow close only', () => {
    holdsFor(({ before, move, after }) => {
      if (after.at !== 'opening' || before === after) return;
      assert.ok(typeof move === 'object');
      assert.ok(['page', 'held', 'closed'].includes(move.type));
      assert.ok(after.hollow === 0 || (before.at === 'streaming' && before.hollow === 0));
    });
  });

  it('a failure is waited for, or given up, or is news: then the state is another', () => {
    fc.assert(
      fc.property(start, moves, input, (from, path, failure) => {
        if (failure.type !== 'failed') return;
        let state = from;
        for (const { after } of walk(from, path)) state = after;
        const { next, retry, fatal } = step(state, failure);
        assert.ok(!(retry && fatal));
        if (!retry && !fatal) assert.notDeepEqual(next, state);
      }),
      { numRuns: 2000 },
    );
  });

  it('a witness is never newer than the version it stands for, nor one that has since been deleted', () => {
    let deletions = 0;
    holdsFor(({ before, move, after }) => {
      const point = after.at === 'listing' ? after.place : 'version' in after ? after : undefined;
      if (!point?.witness) return;
      assert.ok(!isNewer(point.witness.version, 'first' in point ? point.first : point.version));
      if (before.at !== 'streaming' || typeof move !== 'object' || move.type !== 'moved') return;
      if (move.deleted === undefined || !isNewer(move.version, before.version)) return;
      deletions++;
      assert.notEqual(point.witness.uid, move.deleted);
    });
    assert.ok(deletions > 0, 'no walk met a deletion');
  });

  it('a state holds what belongs to it, and nothing else', () => {
    const fields: Readonly<Record<WatchState['at'], readonly string[]>> = {
      locating: ['at'],
      listing: ['at', 'cause', 'since', 'lostVersion', 'place'],
      guarding: ['at', 'version', 'witness'],
      opening: ['at', 'version', 'hollow', 'witness'],
      streaming: ['at', 'version', 'hollow', 'witness'],
      settled: ['at', 'version', 'witness'],
    };
    holdsFor(({ after }) => {
      for (const field of Object.keys(after)) assert.ok(fields[after.at].includes(field), `${after.at} with ${field}`);
      if ('hollow' in after) assert.ok(after.hollow === 0 || after.hollow === 1);
      if (after.at === 'listing') assert.ok(causes.includes(after.cause));
    });
  });
});
