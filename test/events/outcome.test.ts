import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KubeCheckError } from '../../src/errors.ts';
import { emptyLedger } from '../../src/events/ledger.ts';
import { mergedOutcome, mergedProgress, withPlace } from '../../src/events/outcome.ts';
import type { Session } from '../../src/events/session.ts';
import type { EventActivity, UnitOutcome } from '../../src/report.ts';

const scope = (name: string) => ({ name, tokenKey: `event.${name}`, namespace: name });
const activity = (read: number, caughtUp = true): EventActivity => ({
  ledger: { ...emptyLedger, read, delivered: read },
  gaps: [],
  caughtUp,
});
const ok = (read: number, caughtUp = true): UnitOutcome => ({ status: 'ok', events: activity(read, caughtUp) });
const denied = new KubeCheckError('API_DENIED', 'list events in shop: denied', {
  remedy: 'grant it',
  retryAfterMs: 5000,
  details: { verb: 'list' },
});
const failed = (error: KubeCheckError, read = 0): UnitOutcome => ({
  status: 'failed',
  error,
  events: activity(read, false),
});
const told = (outcomes: Readonly<Record<string, UnitOutcome>>) =>
  mergedOutcome(Object.entries(outcomes).map(([name, outcome]) => ({ scope: scope(name), outcome })));

describe('the failure of a scope', () => {
  it('says from where it goes on, and how much is read and kept, also of what is held', () => {
    const session = {
      reader: { state: { at: 'streaming', version: '7' } },
      delivery: { pending: 2 },
      fold: { held: 3 },
    } as unknown as Session;
    const { message, details } = withPlace(new KubeCheckError('API_UNAVAILABLE', 'away'), session);
    assert.equal(message, 'away; the next run goes on from 7, 5 event(s) read and kept');
    assert.deepEqual([details['pending'], details['goesOnFrom']], [5, '7']);
  });
});

describe('the outcome of several scopes', () => {
  it('is that of the only one', () => {
    const only = failed(denied);
    assert.equal(told({ shop: only }), only);
  });

  it('adds up, and is caught up where all are', () => {
    assert.deepEqual(told({ shop: ok(2), bank: ok(3) }), { status: 'ok', events: activity(5) });
    const { events } = told({ shop: ok(2), bank: ok(3, false) });
    assert.equal(events?.caughtUp, false);
  });

  it('is failed where one is: with its name, and with what the others did', () => {
    const outcome = told({ bank: ok(3), shop: failed(denied, 1) });
    assert.ok(outcome.status === 'failed');
    const { code, message, remedy, retryAfterMs, details, cause } = outcome.error;
    assert.deepEqual(
      [code, message, remedy, retryAfterMs, cause],
      ['API_DENIED', 'shop: list events in shop: denied', 'grant it', 5000, denied],
    );
    assert.deepEqual(details, { verb: 'list', scopes: { shop: { code: 'API_DENIED', message: denied.message } } });
    assert.deepEqual(outcome.events, activity(4, false));
  });

  it('names all that failed', () => {
    const away = new KubeCheckError('API_UNAVAILABLE', 'away');
    const outcome = told({ shop: failed(denied), bank: failed(away), mill: ok(1), post: failed(away) });
    assert.ok(outcome.status === 'failed');
    assert.equal(outcome.error.message, 'shop: list events in shop: denied (and 2 more: bank, post)');
    assert.deepEqual(Object.keys(outcome.error.details['scopes'] as object), ['shop', 'bank', 'post']);
  });
});

describe('the progress of several scopes', () => {
  const { ledger } = activity(1);
  it('is live where all are, with the latest sign of life and the oldest debt', () => {
    assert.deepEqual(
      mergedProgress([
        { live: true, ledger, lastReadAtMs: 5, lastSaveAtMs: 9, unsavedSinceMs: 4 },
        { live: true, ledger, lastReadAtMs: 7, unsavedSinceMs: 3 },
      ]),
      { live: true, ledger: activity(2).ledger, lastReadAtMs: 7, lastSaveAtMs: 9, unsavedSinceMs: 3 },
    );
    assert.equal(
      mergedProgress([
        { live: true, ledger },
        { live: false, ledger },
      ]).live,
      false,
    );
  });

  it('says nothing of what is not known', () => {
    assert.deepEqual(mergedProgress([{ live: true, ledger }]), { live: true, ledger });
  });
});
