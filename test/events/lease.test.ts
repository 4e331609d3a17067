import assert from 'node:assert/strict';
import { it } from 'node:test';
import { leaseLeft } from '../../src/events/lease.ts';

it('what is left of a lease is asked each time', () => {
  let leftMs = 5000;
  assert.equal(
    leaseLeft(() => leftMs),
    5000,
  );
  leftMs = 1;
  assert.equal(
    leaseLeft(() => leftMs),
    1,
  );
});

it('without a lease there is always time', () => assert.equal(leaseLeft(undefined), Number.POSITIVE_INFINITY));

for (const left of [0, -1, Number.NaN]) {
  it(`nothing is begun where ${left} ms are left`, () =>
    assert.throws(() => leaseLeft(() => left), { code: 'FENCED' }));
}
