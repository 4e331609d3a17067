import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseQuantity, type Quantity, subtract, toNumber } from '../../src/openshift/quantity.ts';

const quantity = (given: unknown): Quantity => {
  const parsed = parseQuantity(given);
  assert.ok(parsed, `${given} is a quantity`);
  return parsed;
};
const value = (given: unknown) => toNumber(quantity(given));

describe('a quantity becomes a number', () => {
  const table: readonly [given: unknown, value: number][] = [
    ['0', 0],
    ['-0', 0],
    ['+5', 5],
    ['5.', 5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['007', 7],
    [' 3 ', 3],
    ['600m', 0.6],
    ['1u', 0.001],
    ['1n', 0.001],
    ['-1n', -0.001],
    ['1000001n', 0.002],
    ['1.0001', 1.001],
    ['-1.0001', -1.001],
    ['1.0010', 1.001],
    ['2k', 2000],
    ['2Ki', 2048],
    ['1.5Mi', 1_572_864],
    ['0.1Ki', 102.4],
    ['1M', 1e6],
    ['1G', 1e9],
    ['1T', 1e12],
    ['1P', 1e15],
    ['1E', 1e18],
    ['1Gi', 2 ** 30],
    ['1Ti', 2 ** 40],
    ['10Pi', 10 * 2 ** 50],
    ['1Ei', 2 ** 60],
    ['16Ei', 2 ** 64],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E+2', 100],
    ['1E-1', 0.1],
    ['1.5e3', 1500],
    ['1e0003', 1000],
    ['1e-400', 0.001],
    ['0e400', 0],
    ['9223372036854775807', 2 ** 63],
    ['9007199254740993', 9007199254740992],
    ['0.1', 0.1],
    ['123456789012.345', 123456789012.345],
    [10, 10],
    [0.5, 0.5],
    [1e21, 1e21],
    [1e-7, 0.001],
  ];
  for (const [given, expected] of table)
    it(`${JSON.stringify(given)} is ${expected}`, () => assert.equal(value(given), expected));
});

describe('no quantity is', () => {
  const refused: readonly unknown[] = [
    '',
    ' ',
    '+',
    '-',
    '.',
    '+.',
    'Ki',
    '1K',
    '1ki',
    '1KI',
    '1 Ki',
    '1mi',
    '1e',
    '1e+',
    '1e1.5',
    '1e1k',
    '1Kim',
    '--1',
    '+-1',
    '1,5',
    '0x10',
    '1_000',
    '١',
    'NaN',
    'Infinity',
    '1e309',
    '9e999999999',
    '1e-999999999',
    `1${'0'.repeat(400)}`,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    {},
    ['1'],
    null,
    undefined,
  ];
  for (const given of refused)
    it(`${typeof given} ${String(given).slice(0, 20)}`, () => assert.equal(parseQuantity(given), undefined));
});

describe('the difference of two quantities is exact', () => {
  const table: readonly [from: string, amount: string, rest: number][] = [
    ['1Gi', '1000000k', 73_741_824],
    ['2', '1999m', 0.001],
    ['1', '1n', 1],
    ['1.001', '1n', 1.001],
    ['9007199254740993', '9007199254740992', 1],
    ['10Pi', '9Pi', 2 ** 50],
    ['1', '3', -2],
    ['0', '1n', -0.001],
    ['1m', '1000u', 0],
    ['1e3', '1e-3', 999.999],
  ];
  for (const [from, amount, rest] of table)
    it(`${from} - ${amount} = ${rest}`, () => assert.equal(toNumber(subtract(quantity(from), quantity(amount))), rest));

  it('and gives back the whole when the part is put back', () => {
    const thousandths = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
    fc.assert(
      fc.property(thousandths, thousandths, (a, b) => {
        const rest = subtract(quantity(`${a}m`), quantity(`${b}m`));
        const back = subtract(rest, quantity(`${-b}m`));
        assert.equal(back.units, a);
      }),
    );
  });
});

describe('rounding', () => {
  it('goes away from zero, by less than a thousandth, and is the same on both sides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (nanos) => {
        const thousandths = Math.ceil(nanos / 1e6);
        assert.equal(value(`${nanos}n`), thousandths / 1000);
        assert.equal(value(`-${nanos}n`), -thousandths / 1000);
      }),
    );
  });
});
