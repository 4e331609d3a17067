import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import type { WatchState } from '../../src/watch/state.ts';
import { anEvent } from '../events/kube-event.ts';
import { bare, type RigOptions, readAll, rig, type Script } from './rig.ts';
import {
  bookmark,
  deleted,
  events,
  fails,
  failure,
  hangs,
  held,
  malformed,
  page,
  rewritten,
  status,
  stream,
} from './scripted-source.ts';

interface Case extends RigOptions {
  readonly title: string;
  readonly start: WatchState;
  readonly script: Script;
  /** When the script's requests come, on the clock. Absent: all at 0. */
  readonly atMs?: readonly number[];
  readonly outputs: readonly string[];
  readonly end: WatchState;
  /** What `read` throws. */
  readonly throws?: string;
  readonly abortAtMs?: number;
  /** Versions of the witnesses that the guard is asked for. */
  readonly witnesses?: readonly (string | undefined)[];
}

const from = (version: string): WatchState => ({ at: 'guarding', version });
const settled = (version: string): WatchState => ({ at: 'settled', version });
const first: WatchState = { at: 'listing', cause: 'first' };
const expiredSince = (since: string): WatchState => ({ at: 'listing', cause: 'expired', since });
const quiet = stream('hangs');

const lists: readonly Case[] = [
  {
    title: 'a first list of one page is followed by a watch from its version',
    start: first,
    script: [
      ['list', page('100', ['60', '99', '100'])],
      ['watch 100', quiet],
    ],
    outputs: ['page first →100 first last [60 99 100] @100'],
    end: settled('100'),
  },
  {
    title: 'pages follow their continue tokens; what is newer than the first page is left to the watch',
    start: first,
    script: [
      ['list', page('100', ['60', '99'], { next: 'c1' })],
      ['list c1', page('100', ['7', '101'], { next: 'c2' })],
      ['list c2', page('100', [])],
      ['watch 100', stream(events('101'), 'hangs')],
    ],
    outputs: [
      'page first →100 first [60 99] @c1/100',
      'page first →100 [7] @c2/100',
      'page first →100 last [] @100',
      'frames [101] @101',
    ],
    end: settled('101'),
  },
  {
    title: 'a bridging list leaves out what was dealt with before, and counts it',
    start: expiredSince('50'),
    script: [
      ['list', page('100', ['9', '50', '51'], { next: 'c1', malformed: 1 })],
      ['list c1', page('100', ['100', '101', '49'])],
      ['watch 100', quiet],
    ],
    outputs: [
      'page expired 50→100 first [51] 2 repeated 1 malformed @c1/100>50',
      'page expired 50→100 last [100] 1 repeated @100',
    ],
    end: settled('100'),
  },
  {
    title: 'an expired continue token goes on with the fresh one; reading goes on from the first page all the same',
    start: expiredSince('50'),
    script: [
      ['list', page('100', ['60'], { next: 'c1' })],
      ['list c1', fails('API_GONE', { continue: 'c2' })],
      ['list c2', page('180', ['70', '150'], { next: 'c3' })],
      ['list c3', page('180', ['80'])],
      ['watch 100', fails('API_GONE')],
      ['list', page('200', ['60', '70', '80', '150'])],
      ['watch 200', quiet],
    ],
    outputs: [
      'page expired 50→100 first [60] @c1/100>50',
      'page expired 50→100 [70] @c3/100>50',
      'page expired 50→100 last [80] @100',
      'page expired 100→200 first last [150] 3 repeated @200',
    ],
    end: settled('200'),
  },
  {
    title: 'a fresh continue token that expires as well is asked for with patience',
    start: expiredSince('50'),
    script: [
      ['list', page('100', [], { next: 'c1' })],
      ['list c1', fails('API_GONE', { continue: 'c2' })],
      ['list c2', fails('API_GONE', { continue: 'c3' })],
      ['list c3', fails('API_GONE', { continue: 'c4' })],
      ['list c4', page('120', ['70'])],
      ['watch 100', quiet],
    ],
    atMs: [0, 0, 0, 400, 1200, 1200],
    outputs: [
      'page expired 50→100 first [] @c1/100>50',
      'interrupted API_GONE 400',
      'interrupted API_GONE 800',
      'page expired 50→100 last [70] @100',
    ],
    end: settled('100'),
  },
  {
    title: 'an expired continue token without a fresh one begins the list again, after a wait',
    start: expiredSince('50'),
    script: [
      ['list', page('100', ['60'], { next: 'c1' })],
      ['list c1', fails('API_GONE')],
      ['list', page('120', ['60', '110'])],
      ['watch 120', quiet],
    ],
    atMs: [0, 0, 400, 400],
    outputs: [
      'page expired 50→100 first [60] @c1/100>50',
      'interrupted API_GONE 400',
      'page expired 50→120 first last [60 110] @120',
    ],
    end: settled('120'),
  },
  {
    title: 'a continue token that the server cannot read begins the list again, after a wait',
    start: { ...expiredSince('50'), place: { continueToken: 'other-release', first: '100' } } as WatchState,
    script: [
      ['list other-release', fails('API_INVALID')],
      ['list', page('120', ['60'])],
      ['watch 120', quiet],
    ],
    atMs: [0, 400, 400],
    outputs: ['interrupted API_INVALID 400', 'page expired 50→120 first last [60] @120'],
    end: settled('120'),
  },
  {
    title: 'a list goes on at the page where another process was',
    start: { ...expiredSince('50'), place: { continueToken: 'c7', first: '100' } } as WatchState,
    script: [
      ['list c7', page('100', ['70', '40'])],
      ['watch 100', quiet],
    ],
    outputs: ['page expired 50→100 last [70] 1 repeated @100'],
    end: settled('100'),
  },
  {
    title: 'a page that fails is asked for again, and failures before it are forgotten when it comes',
    start: first,
    script: [
      ['list', fails('API_UNAVAILABLE')],
      ['list', fails('API_MALFORMED')],
      ['list', page('100', ['60'], { next: 'c1' })],
      ['list c1', fails('API_THROTTLED', { retryAfterMs: 7000 })],
      ['list c1', page('100', ['70'])],
      ['watch 100', quiet],
    ],
    atMs: [0, 400, 1200, 1200, 8200, 8200],
    outputs: [
      'interrupted API_UNAVAILABLE 400',
      'interrupted API_MALFORMED 800',
      'page first →100 first [60] @c1/100',
      'interrupted API_THROTTLED 7000',
      'page first →100 last [70] @100',
    ],
    end: settled('100'),
  },
  {
    title: 'where nothing of the past is wanted, the present version is learnt and watched from',
    start: { at: 'locating' },
    script: [
      ['list', page('100', ['60'], { next: 'c1' })],
      ['watch 100', stream(events('101'), 'hangs')],
    ],
    outputs: ['located @100', 'frames [101] @101'],
    end: settled('101'),
  },
];

const watches: readonly Case[] = [
  {
    title: 'a watch is opened behind a version that the server is proven to have',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream(events('51', '52'), events('60'), 'hangs')],
    ],
    outputs: ['frames [51 52] @52', 'frames [60] @60'],
    end: settled('60'),
  },
  {
    title: 'deletions and bookmarks are no events, and move the place',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream(deleted('51'), [...events('52'), ...deleted('53')], bookmark('70'), 'hangs')],
    ],
    outputs: ['frames [] @51', 'frames [52] @53', 'frames [] @70'],
    end: settled('70'),
  },
  {
    title: 'malformed frames are counted, and the stream goes on from the last good version',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream(malformed, [...events('51'), ...malformed, ...events('53')], 'hangs')],
    ],
    outputs: ['frames [] 1 malformed @50', 'frames [51 53] 1 malformed @53'],
    end: settled('53'),
  },
  {
    title: 'an expired version is bridged by a list, whether the guard, the watch or the stream says so',
    start: from('50'),
    script: [
      ['guard 50', fails('API_GONE')],
      ['list', page('100', ['60', '50'])],
      ['watch 100', stream(events('101'), status('API_GONE'))],
      ['list', page('120', ['60', '110'])],
      ['watch 120', stream(events('121'), 'hangs')],
    ],
    outputs: [
      'page expired 50→100 first last [60] 1 repeated @100',
      'frames [101] @101',
      'page expired 101→120 first last [110] 1 repeated @120',
      'frames [121] @121',
    ],
    end: settled('121'),
  },
  {
    title:
      'a status counts wherever it stands among the frames of a chunk; what is before it is read, what is behind it is not',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream([...events('51'), ...status('API_GONE'), ...malformed, ...events('99')], 'hangs')],
      ['list', page('100', ['51', '99'])],
      ['watch 100', quiet],
    ],
    outputs: ['frames [51] @51', 'page expired 51→100 first last [99] 1 repeated @100'],
    end: settled('100'),
  },
  {
    title: 'a stream that breaks is opened again where it was, after a wait and a proof',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream(events('51'), { breaks: failure('API_UNAVAILABLE') })],
      ['guard 51', held],
      ['watch 51', stream(events('52'), status('API_UNAVAILABLE'))],
      ['guard 52', held],
      ['watch 52', quiet],
    ],
    atMs: [0, 0, 400, 400, 800, 800],
    outputs: [
      'frames [51] @51',
      'interrupted API_UNAVAILABLE 400',
      'frames [52] @52',
      'interrupted API_UNAVAILABLE 400',
    ],
    end: settled('52'),
  },
  {
    title: 'a stream that the server ends clean is opened again at once',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream(events('51'))],
      ['guard 51', held],
      ['watch 51', quiet],
    ],
    outputs: ['frames [51] @51'],
    end: settled('51'),
  },
  {
    title: 'two clean, early, empty closes are a list; a late one is none',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream({ afterMs: 150_000 })],
      ['guard 50', held],
      ['watch 50', stream({ afterMs: 100 })],
      ['watch 50', stream({ afterMs: 149_999 })],
      ['list', page('100', ['60'])],
      ['watch 100', quiet],
    ],
    firstMs: 200_000,
    atMs: [0, 0, 150_000, 150_000, 150_100, 300_099, 300_099],
    outputs: ['page hollow 50→100 first last [60] @100'],
    end: settled('100'),
  },
  {
    title: 'frames that move nothing do not hide that a watch is hollow',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream(bookmark('50'))],
      ['watch 50', stream(malformed)],
      ['list', page('100', ['60'])],
      ['watch 100', quiet],
    ],
    outputs: ['frames [] @50', 'frames [] 1 malformed @50', 'page hollow 50→100 first last [60] @100'],
    end: settled('100'),
  },
  {
    title: 'one frame between two empty closes begins the count anew',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream()],
      ['watch 50', stream(events('51'))],
      ['guard 51', held],
      ['watch 51', stream()],
      ['watch 51', quiet],
    ],
    outputs: ['frames [51] @51'],
    end: settled('51'),
  },
  {
    title: 'in watch mode a silent stream is opened again, and again',
    start: from('50'),
    end: from('51'),
    script: [
      ['guard 50', held],
      ['watch 50', quiet],
      ['guard 50', held],
      ['watch 50', stream({ afterMs: 1000 }, events('51'), 'hangs')],
      ['guard 51', held],
      ['watch 51', stream('hangs quietly')],
      ['guard 51', hangs],
    ],
    silenceEnds: 'reopen',
    atMs: [0, 0, 2000, 2000, 3500, 3500, 5500],
    abortAtMs: 6000,
    outputs: ['frames [51] @51'],
  },
];

const restored: readonly Case[] = [
  {
    title: 'a version above all that the server has: everything is listed, once the list has proven it',
    start: from('900'),
    script: [
      ['guard 900', fails('API_AHEAD')],
      ['list', page('100', ['60', '100'], { next: 'c1' })],
      ['list c1', page('100', ['70', '101'])],
      ['watch 100', quiet],
    ],
    outputs: ['page rewound 900→100 first [60 100] @c1/100', 'page rewound 900→100 last [70] @100'],
    end: settled('100'),
  },
  {
    title: 'a server that only lagged behind has rewritten nothing: an ordinary list',
    start: from('90'),
    script: [
      ['guard 90', fails('API_AHEAD')],
      ['list', page('100', ['60', '95'], { next: 'c1' })],
      ['list c1', page('100', ['99'])],
      ['watch 100', quiet],
    ],
    outputs: ['page expired 90→100 first [95] 1 repeated @c1/100>90', 'page expired 90→100 last [99] @100'],
    end: settled('100'),
  },
  {
    title: 'a list for any other cause finds a rewritten history as well',
    start: { at: 'listing', cause: 'resync', since: '900' },
    script: [
      ['list', page('100', ['60'])],
      ['watch 100', quiet],
    ],
    outputs: ['page rewound 900→100 first last [60] @100'],
    end: settled('100'),
  },
  {
    title:
      'a continue token from the future begins the list again, and what it was above is not forgotten where nothing was rewritten',
    start: { ...expiredSince('50'), place: { continueToken: 'c7', first: '100' } } as WatchState,
    script: [
      ['list c7', fails('API_AHEAD')],
      ['list', page('100', ['60', '40'])],
      ['watch 100', quiet],
    ],
    atMs: [0, 400, 400],
    outputs: ['interrupted API_AHEAD 400', 'page expired 50→100 first last [60] 1 repeated @100'],
    end: settled('100'),
  },
  {
    title: 'a continue token from the future of a rewritten history: everything is listed',
    start: { ...expiredSince('50'), place: { continueToken: 'c7', first: '100' } } as WatchState,
    script: [
      ['list c7', fails('API_AHEAD')],
      ['list', page('80', ['60', '40'])],
      ['watch 80', quiet],
    ],
    atMs: [0, 400, 400],
    outputs: ['interrupted API_AHEAD 400', 'page rewound 100→80 first last [60 40] @80'],
    end: settled('80'),
  },
  {
    title: 'a watch that is said to be ahead is a matter for the guard',
    start: from('90'),
    script: [
      ['guard 90', held],
      ['watch 90', fails('API_AHEAD')],
      ['guard 90', held],
      ['watch 90', quiet],
    ],
    atMs: [0, 0, 400, 400],
    outputs: ['interrupted API_AHEAD 400'],
    end: settled('90'),
  },
];

const lastUid = 'u-last';
/** The same frames, the last of them of an object that can be named. */
const lastOf = (frames: ReturnType<typeof events>): ReturnType<typeof events> =>
  frames.with(-1, { type: 'event', event: anEvent({ version: '52', uid: lastUid }) });

const witnessed: readonly Case[] = [
  {
    title: 'a server that has overtaken its own restore is found out by the witness: everything is listed',
    start: from('50'),
    script: [
      ['guard 50', rewritten],
      ['list', page('120', ['40', '60'], { next: 'c1' })],
      ['list c1', page('120', ['110'])],
      ['watch 120', quiet],
    ],
    outputs: ['page rewound 50→120 first [40 60] @c1/120', 'page rewound 50→120 last [110] @120'],
    end: settled('120'),
    witnesses: [undefined],
  },
  {
    title: 'the last event of a stream is the witness of what follows, until it is deleted',
    start: from('50'),
    silenceEnds: 'reopen',
    script: [
      ['guard 50', held],
      ['watch 50', stream(lastOf(events('51', '52')), deleted('53', 'another'), bookmark('60'))],
      ['guard 60', held],
      ['watch 60', stream(deleted('61', lastUid), bookmark('62'))],
      ['guard 62', held],
      ['watch 62', stream(events('70'))],
      ['guard 70', held],
      ['watch 70', quiet],
      ['guard 70', hangs],
    ],
    atMs: [0, 0, 0, 0, 0, 0, 0, 0, 2000],
    abortAtMs: 3000,
    outputs: [
      'frames [51 52] @52',
      'frames [] @53',
      'frames [] @60',
      'frames [] @61',
      'frames [] @62',
      'frames [70] @70',
    ],
    end: from('70'),
    witnesses: [undefined, '52', undefined, '70', '70'],
  },
  {
    title: "the newest event of a list's first page that was there at its version is the witness",
    start: first,
    script: [
      ['list', page('100', ['101', '9', '60', '40'], { next: 'c1' })],
      ['list c1', page('140', ['70'])],
      ['watch 100', stream(bookmark('101'))],
      ['guard 101', held],
      ['watch 101', quiet],
    ],
    outputs: ['page first →100 first [9 60 40] @c1/100', 'page first →100 last [70] @100', 'frames [] @101'],
    end: settled('101'),
    witnesses: ['60'],
  },
];

const failures: readonly Case[] = [
  {
    title: 'a guard that fails is asked again, never passed over; too many failures in a row are told',
    start: from('50'),
    script: [
      ['guard 50', fails('API_UNAVAILABLE')],
      ['guard 50', fails('API_UNAVAILABLE')],
      ['guard 50', fails('API_UNAVAILABLE')],
    ],
    atMs: [0, 400, 1200],
    outputs: ['interrupted API_UNAVAILABLE 400', 'interrupted API_UNAVAILABLE 800', 'interrupted API_UNAVAILABLE 1600'],
    throws: 'API_UNAVAILABLE',
    end: from('50'),
  },
  {
    title: 'an answer of the guard does not make failures of the watch less',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', fails('API_UNAVAILABLE')],
      ['guard 50', held],
      ['watch 50', fails('API_UNAVAILABLE')],
      ['guard 50', held],
      ['watch 50', fails('API_UNAVAILABLE')],
    ],
    atMs: [0, 0, 400, 400, 1200, 1200],
    outputs: ['interrupted API_UNAVAILABLE 400', 'interrupted API_UNAVAILABLE 800', 'interrupted API_UNAVAILABLE 1600'],
    throws: 'API_UNAVAILABLE',
    end: from('50'),
  },
  {
    title: 'what cannot help to be tried again is told at once',
    start: from('50'),
    script: [['guard 50', fails('API_DENIED')]],
    outputs: [],
    throws: 'API_DENIED',
    end: from('50'),
  },
  {
    title: 'a refused list is told at once, and stays to be read',
    start: expiredSince('50'),
    script: [
      ['list', page('100', ['60'], { next: 'c1' })],
      ['list c1', fails('API_UNAUTHORIZED')],
    ],
    outputs: ['page expired 50→100 first [60] @c1/100>50'],
    throws: 'API_UNAUTHORIZED',
    end: { ...expiredSince('50'), place: { continueToken: 'c1', first: '100' } } as WatchState,
  },
  {
    title: 'a server that forgets faster than it can be read is listed with more and more patience',
    start: from('50'),
    script: [
      ['guard 50', fails('API_GONE')],
      ['list', page('100')],
      ['watch 100', fails('API_GONE')],
      ['list', page('200')],
      ['watch 200', fails('API_GONE')],
      ['list', page('300')],
      ['watch 300', fails('API_GONE')],
      ['list', page('400')],
      ['watch 400', stream(events('401'), status('API_GONE'))],
      ['list', page('500')],
      ['watch 500', quiet],
    ],
    // From a stream that got somewhere on, a list is ordinary again.
    atMs: [0, 0, 0, 800, 800, 2400, 2400, 5600, 5600, 5600, 5600],
    outputs: [
      'page expired 50→100 first last [] @100',
      'page expired 100→200 first last [] @200',
      'page expired 200→300 first last [] @300',
      'page expired 300→400 first last [] @400',
      'frames [401] @401',
      'page expired 401→500 first last [] @500',
    ],
    end: settled('500'),
  },
  {
    title: 'a server that closes each watch at once is listed with more and more patience',
    start: from('50'),
    script: [
      ['guard 50', held],
      ['watch 50', stream()],
      ['watch 50', stream()],
      ['list', page('60')],
      ['watch 60', stream()],
      ['watch 60', stream()],
      ['list', page('70')],
      ['watch 70', stream()],
      ['watch 70', stream()],
      ['list', hangs],
    ],
    atMs: [0, 0, 0, 0, 0, 0, 800, 800, 800, 2400],
    abortAtMs: 3000,
    outputs: ['page hollow 50→60 first last [] @60', 'page hollow 60→70 first last [] @70'],
    end: { at: 'listing', cause: 'hollow', since: '70' },
  },
];

for (const readAhead of [false, true]) {
  describe(`the reader${readAhead ? ', a page ahead' : ''}`, () => {
    for (const [about, cases] of Object.entries({ lists, watches, restored, witnessed, failures })) {
      describe(about, () => {
        for (const given of cases) {
          it(given.title, async () => {
            const it = rig(given.start, given.script, { ...given, readAhead });
            const { outputs, error } = await readAll(it, given.abortAtMs === undefined ? {} : given);
            it.source.assertPlayed();
            const { atMs = given.script.map(() => 0) } = given;
            const expected = given.script.map(([ask], index) => `${atMs[index]} ${ask}`);
            assert.deepEqual(it.source.asked, expected);
            assert.deepEqual(outputs, given.outputs);
            assert.deepEqual(bare(it.reader.state), given.end);
            if (given.witnesses) assert.deepEqual(it.source.witnesses, given.witnesses);
            assert.equal(isKubeCheckError(error) ? error.code : error, given.throws);
            assert.equal(it.source.open, 0, 'a stream was left open');
          });
        }
      });
    }
  });
}
