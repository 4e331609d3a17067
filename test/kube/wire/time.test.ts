import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseTimeMs } from '../../../src/kube/wire/time.ts';

describe('an RFC 3339 time', () => {
  const table: readonly (readonly [string, number])[] = [
    ['2024-05-29T06:08:20Z', Date.UTC(2024, 4, 29, 6, 8, 20)],
    ['2024-05-29T06:08:20.5Z', Date.UTC(2024, 4, 29, 6, 8, 20, 500)],
    ['2024-05-29T06:08:20.123456Z', Date.UTC(2024, 4, 29, 6, 8, 20, 123)],
    ['2024-05-29T06:08:20.999999999Z', Date.UTC(2024, 4, 29, 6, 8, 20, 999)],
    ['2024-05-29T06:08:20.999999999999999Z', Date.UTC(2024, 4, 29, 6, 8, 20, 999)],
    ['2024-05-29T06:08:20+02:00', Date.UTC(2024, 4, 29, 4, 8, 20)],
    ['2024-05-29T06:08:20.25-09:30', Date.UTC(2024, 4, 29, 15, 38, 20, 250)],
    ['2024-05-29T06:08:20-00:00', Date.UTC(2024, 4, 29, 6, 8, 20)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T23:59:59Z', Date.UTC(2000, 1, 29, 23, 59, 59)],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['0099-12-31T00:00:00Z', -59_011_545_600_000],
    ['9999-12-31T23:59:59Z', 253_402_300_799_000],
  ];
  for (const [text, ms] of table) test(text, () => assert.equal(parseTimeMs(text), ms));
});

describe('no time is', () => {
  const table: readonly unknown[] = [
    'yesterday',
    '',
    '2024-05-29',
    '2024-05-29T06:08:20',
    '2024-05-29 06:08:20Z',
    '2024-05-29t06:08:20Z',
    '2024-05-29T06:08:20z',
    '2024-05-29T06:08Z',
    '2024-05-29T6:08:20Z',
    '2024-5-29T06:08:20Z',
    '24-05-29T06:08:20Z',
    '12024-05-29T06:08:20Z',
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-00-10T00:00:00Z',
    '2024-13-10T00:00:00Z',
    '2024-05-00T00:00:00Z',
    '2024-05-32T00:00:00Z',
    '2024-05-29T24:00:00Z',
    '2024-05-29T06:60:00Z',
    '2024-05-29T06:08:60Z',
    '2024-05-29T06:08:20.Z',
    '2024-05-29T06:08:20,5Z',
    '2024-05-29T06:08:20+0000',
    '2024-05-29T06:08:20+00',
    '2024-05-29T06:08:20+24:00',
    '2024-05-29T06:08:20+00:60',
    '2024-05-29T06:08:20 Z',
    ' 2024-05-29T06:08:20Z',
    '2024-05-29T06:08:20Z\n',
    '２０２４-05-29T06:08:20Z',
    null,
    undefined,
    1_716_962_900_000,
    {},
    ['2024-05-29T06:08:20Z'],
  ];
  for (const text of table) test(JSON.stringify(text) ?? 'undefined', () => assert.equal(parseTimeMs(text), undefined));
});

test('every instant that JavaScript can write with four digits for the year is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (ms) =>
      assert.equal(parseTimeMs(new Date(ms).toISOString()), ms),
    ),
    { numRuns: 2000 },
  );
});

test('fractions are cut off to milliseconds, never rounded', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (nanoseconds) => {
      const fraction = String(nanoseconds).padStart(9, '0');
      assert.equal(parseTimeMs(`1970-01-01T00:00:00.${fraction}Z`), Number(fraction.slice(0, 3)));
    }),
    { numRuns: 5000 },
  );
});

test('an offset moves the instant, not the fraction', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1439, max: 1439 }), (minutes) => {
      const size = Math.abs(minutes);
      const pad = (n: number) => String(Math.trunc(n)).padStart(2, '0');
      const offset = `${minutes < 0 ? '-' : '+'}${pad(size / 60)}:${pad(size % 60)}`;
      assert.equal(parseTimeMs(`2024-05-29T06:08:20.007${offset}`), Date.UTC(2024, 4, 29, 6, 8 - minutes, 20, 7));
    }),
  );
});
