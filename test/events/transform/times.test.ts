import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { firstSeenAtMs, lastSeenAtMs, seenCount, utcText } from '../../../src/events/transform/times.ts';
import { anEvent } from '../kube-event.ts';

const none = {
  firstAtMs: undefined,
  lastAtMs: undefined,
  eventAtMs: undefined,
  createdAtMs: undefined,
  series: undefined,
};
const series = (count: number | undefined, lastAtMs: number | undefined) => ({ series: { count, lastAtMs } });

describe('when an event was last seen', () => {
  for (const [what, times, expected] of [
    ['lastTimestamp before all', { lastAtMs: 1, ...series(2, 2), eventAtMs: 3, firstAtMs: 4, createdAtMs: 5 }, 1],
    ['else the series', { ...series(2, 2), eventAtMs: 3, firstAtMs: 4, createdAtMs: 5 }, 2],
    ['else eventTime, also where the series has no time', { ...series(2, undefined), eventAtMs: 3, firstAtMs: 4 }, 3],
    ['else firstTimestamp', { firstAtMs: 4, createdAtMs: 5 }, 4],
    ['else the creation', { createdAtMs: 5 }, 5],
    ['0 without any time', {}, 0],
  ] as const) {
    test(what, () => assert.equal(lastSeenAtMs(anEvent({ ...none, ...times })), expected));
  }
});

describe('when an event was first seen', () => {
  for (const [what, times, expected] of [
    ['firstTimestamp before all', { firstAtMs: 4, eventAtMs: 3, lastAtMs: 9, createdAtMs: 1 }, 4],
    ['else eventTime, not the series', { eventAtMs: 3, ...series(2, 2), createdAtMs: 1 }, 3],
    ['else the creation', { lastAtMs: 9, createdAtMs: 5 }, 5],
    ['but not after it was last seen', { lastAtMs: 4, createdAtMs: 5 }, 4],
    ['else the last time', { lastAtMs: 9 }, 9],
    ['0 without any time', {}, 0],
  ] as const) {
    test(what, () => assert.equal(firstSeenAtMs(anEvent({ ...none, ...times })), expected));
  }
});

describe('how often an event was seen', () => {
  for (const [what, counts, expected] of [
    ['the series before the count', { count: 3, ...series(7, 1) }, 7],
    ['else the count', { count: 3, ...series(undefined, 1) }, 3],
    ['a series of 0 is none', { count: 3, ...series(0, 1) }, 3],
    ['once where nothing is said', { count: undefined }, 1],
    ['once where protobuf says 0', { count: 0 }, 1],
    ['once where a writer says nonsense', { count: -4 }, 1],
  ] as const) {
    test(what, () => assert.equal(seenCount(anEvent(counts)), expected));
  }
});

describe('utcText', () => {
  for (const [iso, expected] of [
    ['2024-05-29T06:00:51.999Z', '2024-05-29 06:00:51 +0000 UTC'],
    ['1970-01-01T00:00:00Z', '1970-01-01 00:00:00 +0000 UTC'],
    ['1960-02-03T04:05:06Z', '1960-02-03 04:05:06 +0000 UTC'],
    ['0001-01-01T00:00:00Z', '0001-01-01 00:00:00 +0000 UTC'],
    ['9999-12-31T23:59:59Z', '9999-12-31 23:59:59 +0000 UTC'],
  ] as const) {
    test(`prints ${iso} as ${expected}`, () => assert.equal(utcText(Date.parse(iso)), expected));
  }

  test('prints the nearest year of four digits for a forged time', () => {
    assert.equal(utcText(Number.MAX_VALUE), '9999-12-31 23:59:59 +0000 UTC');
    assert.equal(utcText(-Infinity), '0001-01-01 00:00:00 +0000 UTC');
  });

  test('says what Date says, of any time and in any order', () => {
    const isoText = (atMs: number) => new Date(atMs).toISOString().replace(/^(.*)T(.*)\..*$/, '$1 $2 +0000 UTC');
    const time = fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59Z') });
    fc.assert(fc.property(time, (atMs) => assert.equal(utcText(atMs), isoText(atMs))));
  });
});
