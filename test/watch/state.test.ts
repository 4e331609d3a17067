import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, errorCodes, KubeCheckError } from '../../src/errors.ts';
import type { Witness } from '../../src/token-store.ts';
import {
  judged,
  type ListingState,
  resume,
  resync,
  step,
  type WatchInput,
  type WatchState,
} from '../../src/watch/state.ts';

type At = WatchState['at'];
type Type = WatchInput['type'];

/** One consequence: of an input in a state. What `retry` and `fatal` say is the error of the input itself. */
interface Row {
  readonly state: WatchState;
  readonly input: WatchInput;
  readonly next: WatchState;
  readonly how?: 'retry' | 'fatal';
}

const failed = (code: ErrorCode, details: Readonly<Record<string, unknown>> = {}) =>
  ({ type: 'failed', error: new KubeCheckError(code, `a ${code}`, { details }) }) as const;

const gone = failed('API_GONE');
const goneOn = failed('API_GONE', { continue: 'fresh' });
const ahead = failed('API_AHEAD');
const invalid = failed('API_INVALID');

/** Every code but the four that mean something to the machine. */
const special: readonly ErrorCode[] = ['API_GONE', 'API_AHEAD', 'API_INVALID'];
const passing: readonly ErrorCode[] = ['API_THROTTLED', 'API_UNAVAILABLE', 'API_MALFORMED'];
const others = (Object.keys(errorCodes) as ErrorCode[]).filter(
  (code) => !special.includes(code) && !passing.includes(code),
);

/** Failures that are no news about versions: the state stays (or is resumed), and it is waited for or given up. */
const ordinary = (state: WatchState, next: WatchState): readonly Row[] => [
  ...passing.map((code): Row => ({ state, input: failed(code), next, how: 'retry' })),
  ...others.map((code): Row => ({ state, input: failed(code), next, how: 'fatal' })),
];

const place = { continueToken: 'c1', first: '100' };
const locating: WatchState = { at: 'locating' };
const first: ListingState = { at: 'listing', cause: 'first' };
const firstOn: ListingState = { ...first, place };
const bridging: ListingState = { at: 'listing', cause: 'expired', since: '50' };
const bridgingOn: ListingState = { ...bridging, place };
const rewound: ListingState = { at: 'listing', cause: 'rewound', lostVersion: '900', place };
const guarding: WatchState = { at: 'guarding', version: '50' };
const opening: WatchState = { at: 'opening', version: '50', hollow: 0 };
const openingAgain: WatchState = { at: 'opening', version: '50', hollow: 1 };
const streaming: WatchState = { at: 'streaming', version: '50', hollow: 0 };
const streamingAgain: WatchState = { at: 'streaming', version: '50', hollow: 1 };
const settled: WatchState = { at: 'settled', version: '50' };

/** An event object that was there. */
const mary: Witness = { namespace: 'shop', name: 'mary', uid: 'u-mary', version: '40' };
const john: Witness = { namespace: 'bank', name: 'john', uid: 'u-john', version: '60' };
const witnessed = <S extends WatchState>(state: S, witness = mary): S => ({ ...state, witness });
const inPlace = (list: ListingState): ListingState => ({
  ...list,
  ...(list.place ? { place: { ...list.place, witness: mary } } : {}),
});
const lost: WatchState = { at: 'listing', cause: 'rewound', lostVersion: '50' };

const more = (version: string) => ({ type: 'page', version, continueToken: 'c2' }) as const;
const last = (version: string) => ({ type: 'page', version }) as const;
const moved = (version: string) => ({ type: 'moved', version }) as const;
const held: WatchInput = { type: 'held' };
const rewritten: WatchInput = { type: 'rewritten' };
const opened: WatchInput = { type: 'opened' };
const closed: WatchInput = { type: 'closed', hollow: false };
const hollow: WatchInput = { type: 'closed', hollow: true };
const settle: WatchInput = { type: 'silent', end: 'settle' };
const reopen: WatchInput = { type: 'silent', end: 'reopen' };

const openingAt = (version: string): WatchState => ({ at: 'opening', version, hollow: 0 });
const streamingAt = (version: string): WatchState => ({ at: 'streaming', version, hollow: 0 });
const expired = (since: string): WatchState => ({ at: 'listing', cause: 'expired', since });
const placed = (from: ListingState, continueToken: string, firstVersion: string): ListingState => ({
  ...from,
  place: { continueToken, first: firstVersion },
});

/** A pair that belongs together has at least one row; any other throws. The type makes the table whole, the test below checks it again. */
type Matrix = { readonly [S in At]: { readonly [I in Type]: readonly Row[] | 'out of place' } };

const versioned = (state: WatchState): readonly Row[] => [
  { state: witnessed(state), input: failed('API_UNAVAILABLE'), next: witnessed(guarding), how: 'retry' },
  { state: witnessed(state), input: gone, next: expired('50') },
  { state, input: gone, next: expired('50') },
  { state, input: goneOn, next: expired('50') },
  { state, input: invalid, next: guarding, how: 'fatal' },
  ...ordinary(state, guarding),
];
const aheadAgain = (state: WatchState): Row => ({ state, input: ahead, next: guarding, how: 'retry' });

const matrix: Matrix = {
  locating: {
    page: [
      { state: locating, input: last('100'), next: openingAt('100') },
      { state: locating, input: more('100'), next: openingAt('100') },
      { state: locating, input: { ...more('100'), witness: mary }, next: witnessed(openingAt('100')) },
    ],
    held: 'out of place',
    rewritten: 'out of place',
    opened: 'out of place',
    moved: 'out of place',
    closed: 'out of place',
    silent: 'out of place',
    failed: [
      { state: locating, input: gone, next: locating, how: 'retry' },
      { state: locating, input: goneOn, next: locating, how: 'retry' },
      { state: locating, input: ahead, next: locating, how: 'retry' },
      { state: locating, input: invalid, next: locating, how: 'fatal' },
      ...ordinary(locating, locating),
    ],
  },
  listing: {
    page: [
      { state: first, input: last('100'), next: openingAt('100') },
      { state: first, input: more('100'), next: placed(first, 'c2', '100') },
      // The version of the first page stays, whatever later pages say.
      { state: firstOn, input: more('140'), next: placed(first, 'c2', '100') },
      { state: firstOn, input: last('140'), next: openingAt('100') },
      { state: bridging, input: more('100'), next: placed(bridging, 'c2', '100') },
      { state: bridging, input: more('50'), next: placed(bridging, 'c2', '50') },
      { state: bridgingOn, input: more('140'), next: placed(bridging, 'c2', '100') },
      { state: bridgingOn, input: last('140'), next: openingAt('100') },
      {
        state: { ...bridging, place: { ...place, renewed: true } },
        input: more('140'),
        next: placed(bridging, 'c2', '100'),
      },
      // A first page below what was read before: the history was rewritten, and everything is wanted.
      {
        state: bridging,
        input: more('49'),
        next: { at: 'listing', cause: 'rewound', lostVersion: '50', place: { continueToken: 'c2', first: '49' } },
      },
      { state: bridging, input: last('49'), next: openingAt('49') },
      // The continue token was of a version that the server had lost, too.
      {
        state: { ...bridging, lostVersion: '100' },
        input: more('99'),
        next: { at: 'listing', cause: 'rewound', lostVersion: '100', place: { continueToken: 'c2', first: '99' } },
      },
      { state: { ...bridging, lostVersion: '100' }, input: more('100'), next: placed(bridging, 'c2', '100') },
      { state: { ...first, lostVersion: '100' }, input: more('100'), next: placed(first, 'c2', '100') },
      // Once it is known to be rewritten it stays so.
      { state: rewound, input: more('140'), next: placed(rewound, 'c2', '100') },
      {
        state: { at: 'listing', cause: 'rewound', lostVersion: '900' },
        input: more('950'),
        next: placed(rewound, 'c2', '950'),
      },
      // The witness is of the first page, whose version the list's end is; a later page is of a time of its own.
      { state: first, input: { ...last('100'), witness: mary }, next: witnessed(openingAt('100')) },
      { state: first, input: { ...more('100'), witness: mary }, next: inPlace(placed(first, 'c2', '100')) },
      { state: bridging, input: { ...more('100'), witness: mary }, next: inPlace(placed(bridging, 'c2', '100')) },
      { state: firstOn, input: { ...more('140'), witness: john }, next: placed(first, 'c2', '100') },
      { state: firstOn, input: { ...last('140'), witness: john }, next: openingAt('100') },
      {
        state: inPlace(firstOn),
        input: { ...more('140'), witness: john },
        next: inPlace(placed(first, 'c2', '100')),
      },
      { state: inPlace(firstOn), input: { ...last('140'), witness: john }, next: witnessed(openingAt('100')) },
    ],
    held: 'out of place',
    rewritten: 'out of place',
    opened: 'out of place',
    moved: 'out of place',
    closed: 'out of place',
    silent: 'out of place',
    failed: [
      { state: bridging, input: gone, next: bridging, how: 'retry' },
      { state: bridging, input: goneOn, next: bridging, how: 'retry' },
      { state: bridging, input: ahead, next: bridging, how: 'retry' },
      { state: bridging, input: invalid, next: bridging, how: 'fatal' },
      ...ordinary(bridging, bridging),
      { state: bridgingOn, input: gone, next: bridging, how: 'retry' },
      // The fresh token goes on with the rest, at once; a fresh one that expires as well is no progress.
      {
        state: bridgingOn,
        input: goneOn,
        next: { ...bridging, place: { ...place, continueToken: 'fresh', renewed: true } },
      },
      {
        state: { ...bridging, place: { ...place, renewed: true } },
        input: goneOn,
        next: { ...bridging, place: { ...place, continueToken: 'fresh', renewed: true } },
        how: 'retry',
      },
      { state: bridgingOn, input: ahead, next: { ...bridging, lostVersion: '100' }, how: 'retry' },
      { state: firstOn, input: ahead, next: { ...first, lostVersion: '100' }, how: 'retry' },
      { state: rewound, input: ahead, next: { at: 'listing', cause: 'rewound', lostVersion: '900' }, how: 'retry' },
      { state: bridgingOn, input: invalid, next: bridging, how: 'retry' },
      ...ordinary(bridgingOn, bridgingOn),
      // The place keeps its witness as long as it keeps its first page.
      { state: inPlace(bridgingOn), input: failed('API_UNAVAILABLE'), next: inPlace(bridgingOn), how: 'retry' },
      { state: inPlace(bridgingOn), input: gone, next: bridging, how: 'retry' },
      {
        state: inPlace(bridgingOn),
        input: goneOn,
        next: { ...bridging, place: { ...place, witness: mary, continueToken: 'fresh', renewed: true } },
      },
    ],
  },
  guarding: {
    page: 'out of place',
    held: [
      { state: guarding, input: held, next: opening },
      { state: witnessed(guarding), input: held, next: witnessed(opening) },
    ],
    // Everything is wanted, and neither the version nor its witness says anything about what the server has.
    rewritten: [
      { state: guarding, input: rewritten, next: lost },
      { state: witnessed(guarding), input: rewritten, next: lost },
    ],
    opened: 'out of place',
    moved: 'out of place',
    closed: 'out of place',
    silent: 'out of place',
    failed: [...versioned(guarding), { state: guarding, input: ahead, next: expired('50') }],
  },
  opening: {
    page: 'out of place',
    held: 'out of place',
    rewritten: 'out of place',
    opened: [
      { state: opening, input: opened, next: streaming },
      { state: openingAgain, input: opened, next: streamingAgain },
      { state: witnessed(opening), input: opened, next: witnessed(streaming) },
    ],
    moved: 'out of place',
    closed: 'out of place',
    silent: 'out of place',
    failed: [...versioned(opening), aheadAgain(opening)],
  },
  streaming: {
    page: 'out of place',
    held: 'out of place',
    rewritten: 'out of place',
    opened: 'out of place',
    moved: [
      { state: streaming, input: moved('60'), next: { ...streaming, version: '60' } },
      { state: streaming, input: moved('100'), next: { ...streaming, version: '100' } },
      { state: streaming, input: moved('50'), next: streaming },
      { state: streaming, input: moved('9'), next: streaming },
      { state: streamingAgain, input: moved('60'), next: { ...streaming, version: '60' } },
      // A bookmark of the same version is no progress.
      { state: streamingAgain, input: moved('50'), next: streamingAgain },
      // Each event is its own witness, and is kept until another one comes, or it is deleted itself.
      { state: streaming, input: { ...moved('60'), event: john }, next: witnessed(streamingAt('60'), john) },
      { state: witnessed(streaming), input: { ...moved('60'), event: john }, next: witnessed(streamingAt('60'), john) },
      { state: witnessed(streaming), input: moved('60'), next: witnessed(streamingAt('60')) },
      { state: witnessed(streaming), input: { ...moved('60'), deleted: 'u-john' }, next: witnessed(streamingAt('60')) },
      { state: witnessed(streaming), input: { ...moved('60'), deleted: 'u-mary' }, next: streamingAt('60') },
      { state: streaming, input: { ...moved('60'), deleted: 'u-mary' }, next: streamingAt('60') },
      // What is not newer was told before.
      { state: witnessed(streaming), input: { ...moved('50'), event: john }, next: witnessed(streaming) },
      { state: witnessed(streaming), input: { ...moved('49'), deleted: 'u-mary' }, next: witnessed(streaming) },
    ],
    closed: [
      { state: streaming, input: closed, next: guarding },
      { state: streamingAgain, input: closed, next: guarding },
      { state: streaming, input: hollow, next: openingAgain },
      { state: streamingAgain, input: hollow, next: { at: 'listing', cause: 'hollow', since: '50' } },
      { state: witnessed(streaming), input: closed, next: witnessed(guarding) },
      { state: witnessed(streaming), input: hollow, next: witnessed(openingAgain) },
    ],
    silent: [
      { state: streaming, input: settle, next: settled },
      { state: streamingAgain, input: settle, next: settled },
      { state: streaming, input: reopen, next: guarding },
      { state: witnessed(streaming), input: settle, next: witnessed(settled) },
      { state: witnessed(streaming), input: reopen, next: witnessed(guarding) },
    ],
    failed: [...versioned(streaming), ...versioned(streamingAgain), aheadAgain(streaming)],
  },
  settled: {
    page: 'out of place',
    held: 'out of place',
    rewritten: 'out of place',
    opened: 'out of place',
    moved: 'out of place',
    closed: 'out of place',
    silent: 'out of place',
    failed: [...versioned(settled), aheadAgain(settled)],
  },
};

/** One of each, whose types make both lists whole. */
const samples: { readonly [S in At]: WatchState } = {
  locating,
  listing: bridging,
  guarding,
  opening,
  streaming,
  settled,
};
const inputs: { readonly [I in Type]: WatchInput } = {
  page: last('100'),
  held,
  rewritten,
  opened,
  moved: moved('60'),
  closed,
  silent: settle,
  failed: gone,
};

describe('the step of the list + watch machine', () => {
  it('has a row in this table for each pair of state and input', () => {
    for (const at of Object.keys(samples) as At[]) {
      assert.deepEqual(Object.keys(matrix[at]).sort(), Object.keys(inputs).sort(), at);
      for (const type of Object.keys(inputs) as Type[]) {
        const rows = matrix[at][type];
        assert.ok(rows === 'out of place' || rows.length > 0, `${at}, ${type}`);
        if (rows === 'out of place') continue;
        assert.ok(
          rows.every(({ state, input }) => state.at === at && input.type === type),
          `${at}, ${type}`,
        );
      }
    }
  });

  for (const [at, byInput] of Object.entries(matrix)) {
    for (const [type, rows] of Object.entries(byInput)) {
      if (rows === 'out of place') {
        it(`${at}: ${type} is out of place`, () => {
          assert.throws(() => step(samples[at as At], inputs[type as Type]), {
            name: 'TypeError',
            message: `watch: '${type}' does not belong to '${at}'`,
          });
        });
        continue;
      }
      it(`${at}: ${type}`, () => {
        for (const { state, input, next, how } of rows) {
          const about = `${JSON.stringify(state)} + ${JSON.stringify(input)}`;
          const actual = step(state, input);
          assert.deepEqual(actual.next, next, about);
          const error = input.type === 'failed' ? input.error : undefined;
          assert.equal(actual.retry, how === 'retry' ? error : undefined, about);
          assert.equal(actual.fatal, how === 'fatal' ? error : undefined, about);
        }
      });
    }
  }

  it('changes nothing that it was given', () => {
    for (const rows of Object.values(matrix).flatMap((byInput) => Object.values(byInput))) {
      if (rows === 'out of place') continue;
      for (const { state, input } of rows) {
        const before = JSON.stringify([state, input]);
        step(state, input);
        assert.equal(JSON.stringify([state, input]), before);
      }
    }
  });
});

describe('a new run', () => {
  const cases: readonly (readonly [WatchState, WatchState])[] = [
    [locating, locating],
    [first, first],
    [bridgingOn, bridgingOn],
    [guarding, guarding],
    [openingAgain, guarding],
    [streamingAgain, guarding],
    [settled, guarding],
    [witnessed(streaming), witnessed(guarding)],
  ];
  for (const [from, to] of cases) {
    it(`goes on from '${from.at}' at '${to.at}'`, () => assert.deepEqual(resume(from), to));
  }
});

describe('a resync', () => {
  const listing: WatchState = { at: 'listing', cause: 'resync', since: '50' };
  const cases: readonly (readonly [WatchState, WatchState])[] = [
    [locating, locating],
    [bridgingOn, bridgingOn],
    [guarding, listing],
    [opening, listing],
    [streaming, listing],
    [settled, listing],
  ];
  for (const [from, to] of cases) {
    it(`asked for at '${from.at}' is read as '${to.at}'`, () => assert.deepEqual(resync(from), to));
  }
});

describe("a list's first page", () => {
  it('says nothing about a list that bridges nothing', () => {
    assert.deepEqual(judged({ at: 'listing', cause: 'first' }, '1'), { at: 'listing', cause: 'first' });
  });

  it('compares versions by length before text', () => {
    assert.equal(judged({ at: 'listing', cause: 'resync', since: '99' }, '100').cause, 'resync');
    assert.equal(judged({ at: 'listing', cause: 'resync', since: '100' }, '99').cause, 'rewound');
  });
});
