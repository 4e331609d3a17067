import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GapFacts, gapOf } from '../../src/events/gap.ts';
import type { ListCause } from '../../src/watch/state.ts';

const facts = (
  given: Partial<Omit<GapFacts, 'list'>> & { readonly cause: ListCause; readonly from?: string },
): GapFacts => {
  const { cause, from, ...rest } = given;
  return {
    list: { cause, to: '200', begins: true, ends: true, ...(from === undefined ? {} : { from }) },
    scope: 'cluster',
    wholeAtMs: 1000,
    nowMs: 61_000,
    recovered: 7,
    eventTtlMs: 3_600_000,
    ...rest,
  };
};

const expected = {
  cause: 'expired',
  scope: 'cluster',
  fromVersion: '50',
  toVersion: '200',
  spanMs: 60_000,
  recovered: 7,
  loss: 'overtaken',
};

describe('a gap', () => {
  const cases: Readonly<Record<string, readonly [GapFacts, ReturnType<typeof gapOf>]>> = {
    'an expired version': [facts({ cause: 'expired', from: '50' }), expected as ReturnType<typeof gapOf>],
    'watches that were closed at once': [facts({ cause: 'hollow', from: '50' }), expected as ReturnType<typeof gapOf>],
    'a span within the lifetime of events, to the millisecond': [
      facts({ cause: 'expired', from: '50', eventTtlMs: 60_000 }),
      expected as ReturnType<typeof gapOf>,
    ],
    'a span that outlived events': [
      facts({ cause: 'expired', from: '50', eventTtlMs: 59_999 }),
      { ...expected, loss: 'expired' } as ReturnType<typeof gapOf>,
    ],
    'a rewritten history': [
      facts({ cause: 'rewound', from: '900' }),
      { ...expected, cause: 'rewound', fromVersion: '900', loss: 'rewritten' } as ReturnType<typeof gapOf>,
    ],
    'a rewritten history, long ago': [
      facts({ cause: 'rewound', from: '900', eventTtlMs: 1 }),
      { ...expected, cause: 'rewound', fromVersion: '900', loss: 'rewritten' } as ReturnType<typeof gapOf>,
    ],
    'a token that is no version': [
      facts({ cause: 'unreadable-token', unreadable: 'abc' }),
      { ...expected, cause: 'unreadable-token', fromVersion: 'abc' } as ReturnType<typeof gapOf>,
    ],
    'an unknown time of the last reading, taken as none at all': [
      facts({ cause: 'expired', from: '50', wholeAtMs: undefined }),
      { ...expected, spanMs: 0 } as ReturnType<typeof gapOf>,
    ],
    'a clock that went back': [
      facts({ cause: 'expired', from: '50', nowMs: 500 }),
      { ...expected, spanMs: 0 } as ReturnType<typeof gapOf>,
    ],
    'no gap: a first list': [facts({ cause: 'first' }), undefined],
    'no gap: a list asked for by the resync period': [facts({ cause: 'resync', from: '50' }), undefined],
  };
  for (const [title, [given, gap]] of Object.entries(cases)) {
    it(`is said of ${title}`, () => assert.deepEqual(gapOf(given), gap));
  }
});
