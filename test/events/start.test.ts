/** Where reading starts. The Agent's cases are in test/tokens/conformance.test.ts; here is what it knows nothing of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeToken, type StartOptions } from '../../src/events/start.ts';
import type { Token } from '../../src/token-store.ts';

const backlog: StartOptions = { startFrom: 'backlog', resyncPeriodMs: 0 };
const nowMs = 1_000_000;
const place = { continueToken: 'c1', resourceVersion: '100' };
const stateOf = (token: Token | undefined, options: Partial<StartOptions> = {}) =>
  judgeToken(token, { ...backlog, ...options }, nowMs).state;

const first = { at: 'listing', cause: 'first' } as const;
const guarding = (version: string) => ({ at: 'guarding', version });

describe('where reading starts', () => {
  const cases: Readonly<Record<string, readonly [Token | undefined, Partial<StartOptions>, object]>> = {
    'no token, everything wanted': [undefined, {}, first],
    'no token, some of the past wanted': [undefined, { startFrom: { agoMs: 1 } }, first],
    'no token, nothing of the past wanted': [undefined, { startFrom: 'now' }, { at: 'locating' }],
    'an empty token is none': [{ resourceVersion: '' }, { startFrom: 'now' }, { at: 'locating' }],
    'the 0 that an Agent stores is none': [{ resourceVersion: '0' }, { startFrom: 'now' }, { at: 'locating' }],
    'a token': [{ resourceVersion: '50' }, { startFrom: 'now' }, guarding('50')],
    'the mark of a history that was rewritten, whatever is wanted': [
      { resourceVersion: 'rewritten after 900' },
      { startFrom: 'now' },
      { at: 'listing', cause: 'rewound', lostVersion: '900' },
    ],
    'the same where nobody knows up to where': [
      { resourceVersion: 'rewritten' },
      { startFrom: { agoMs: 1 } },
      { at: 'listing', cause: 'rewound' },
    ],
    'a text that is no version, whatever is wanted': [
      { resourceVersion: 'abc' },
      { startFrom: 'now' },
      { at: 'listing', cause: 'unreadable-token' },
    ],
    'the largest number, which would replay everything': [
      { resourceVersion: '18446744073709551615' },
      {},
      { at: 'listing', cause: 'unreadable-token' },
    ],
    'a list that is due': [
      { resourceVersion: '50', listedAtMs: nowMs - 301 },
      { resyncPeriodMs: 300 },
      { at: 'listing', cause: 'resync', since: '50' },
    ],
    'a list that is just not due': [
      { resourceVersion: '50', listedAtMs: nowMs - 300 },
      { resyncPeriodMs: 300 },
      guarding('50'),
    ],
    'a list at an unknown time is young': [{ resourceVersion: '50' }, { resyncPeriodMs: 300 }, guarding('50')],
    'a list in the future is young': [
      { resourceVersion: '50', listedAtMs: nowMs + 1 },
      { resyncPeriodMs: 300 },
      guarding('50'),
    ],
    'an unfinished first list': [
      { resourceVersion: '', relist: place },
      { startFrom: 'now' },
      { ...first, place: { continueToken: 'c1', first: '100' } },
    ],
    'an unfinished list above a token': [
      { resourceVersion: '50', relist: { ...place, since: '50' } },
      {},
      { at: 'listing', cause: 'expired', since: '50', place: { continueToken: 'c1', first: '100' } },
    ],
    'an unfinished list, though one is due': [
      { resourceVersion: '50', relist: { ...place, since: '50' }, listedAtMs: 0 },
      { resyncPeriodMs: 300 },
      { at: 'listing', cause: 'expired', since: '50', place: { continueToken: 'c1', first: '100' } },
    ],
    'an unfinished list of another token': [
      { resourceVersion: '60', relist: { ...place, since: '50' } },
      {},
      guarding('60'),
    ],
    'an unfinished first list beside a token': [{ resourceVersion: '60', relist: place }, {}, guarding('60')],
    'an unfinished list above what it reaches': [
      { resourceVersion: '150', relist: { ...place, since: '150' } },
      {},
      guarding('150'),
    ],
    'an unfinished list of another selector': [
      { resourceVersion: '50', relist: { ...place, since: '50', selector: 'type=Warning' } },
      {},
      guarding('50'),
    ],
    'an unfinished list without the selector of now': [
      { resourceVersion: '50', relist: { ...place, since: '50' } },
      { selector: 'type=Warning' },
      guarding('50'),
    ],
    'an unfinished list of the same selector': [
      { resourceVersion: '50', relist: { ...place, since: '50', selector: 'type=Warning' } },
      { selector: 'type=Warning' },
      { at: 'listing', cause: 'expired', since: '50', place: { continueToken: 'c1', first: '100' } },
    ],
  };
  for (const [title, [token, options, state]] of Object.entries(cases)) {
    it(title, () => assert.deepEqual(stateOf(token, options), state));
  }

  const witness = { namespace: 'shop', name: 'n', uid: 'u', version: '40' };
  const listed = { resourceVersion: '', relist: { ...place, cause: 'rewound', from: '900' } } as const;

  it('proves a token by its witness', () => {
    assert.deepEqual(stateOf({ resourceVersion: '50', witness }), { ...guarding('50'), witness });
    const remembered = { resourceVersion: '70', witness };
    assert.deepEqual(judgeToken(undefined, backlog, nowMs, remembered).state, { ...guarding('70'), witness });
  });

  it('goes on in a list for the cause it had, and with what that bridges from', () => {
    const inPlace = { at: 'listing', place: { continueToken: 'c1', first: '100' } };
    assert.deepEqual(stateOf(listed), { ...inPlace, cause: 'rewound', lostVersion: '900' });
    for (const cause of ['hollow', 'resync'] as const) {
      const token: Token = { resourceVersion: '50', relist: { ...place, since: '50', cause } };
      assert.deepEqual(stateOf(token), { ...inPlace, cause, since: '50' });
    }
    const unread: Token = { resourceVersion: '', relist: { ...place, cause: 'unreadable-token', from: 'abc' } };
    const { state, unreadable } = judgeToken(unread, backlog, nowMs);
    assert.deepEqual([state, unreadable], [{ ...inPlace, cause: 'unreadable-token' }, 'abc']);
  });

  it('says when the last list ended, and when reading was complete', () => {
    const { listedAtMs, wholeAtMs } = judgeToken(
      { resourceVersion: '50', listedAtMs: 7, wholeAtMs: 8 },
      backlog,
      nowMs,
    );
    assert.deepEqual([listedAtMs, wholeAtMs], [7, 8]);
  });

  it('says of a text that is no version what it means, and keeps it', () => {
    const { unreadable, warning = '' } = judgeToken({ resourceVersion: 'abc' }, backlog, nowMs);
    assert.equal(unreadable, 'abc');
    assert.match(
      warning,
      /"abc" is no resource version: every event the server still holds is delivered, some perhaps again/,
    );
  });

  it('quotes a hostile text safely, and not at length', () => {
    const { warning = '' } = judgeToken({ resourceVersion: `\u001b[31m\n${'x'.repeat(5000)}` }, backlog, nowMs);
    assert.ok(warning.includes(String.raw`"\u001b[31m\nxxx`));
    assert.ok(warning.length < 250);
  });

  it('goes on from what is remembered where the stored one is unusable, and from what is stored where both are', () => {
    assert.deepEqual(
      judgeToken({ resourceVersion: 'abc' }, backlog, nowMs, { resourceVersion: '70' }).state,
      guarding('70'),
    );
    assert.match(
      judgeToken({ resourceVersion: 'abc' }, backlog, nowMs, { resourceVersion: '70' }).warning ?? '',
      /going on from 70/,
    );
    assert.deepEqual(judgeToken({ resourceVersion: '' }, backlog, nowMs, { resourceVersion: '70' }), {
      state: guarding('70'),
    });
    assert.deepEqual(judgeToken({ resourceVersion: '50' }, backlog, nowMs, { resourceVersion: '70' }), {
      state: guarding('50'),
    });
  });
});
