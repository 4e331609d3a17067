import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { claimed, leaseOf, microTime, newLease } from '../../src/leader/lease-object.ts';

const nowMs = Date.UTC(2024, 4, 29, 6, 8, 20);
const now = '2024-05-29T06:08:20.000000Z';
const metadata = { name: 'kasc', namespace: 'default', uid: 'u-1', resourceVersion: '77', labels: { a: 'b' } };
const spec = {
  holderIdentity: 'they',
  leaseDurationSeconds: 15,
  acquireTime: '2024-05-28T00:00:00.000000Z',
  renewTime: '2024-05-28T01:00:00.123456Z',
  leaseTransitions: 7,
};
const claim = { holder: 'me', durationMs: 60_000, transitions: 8, nowMs };
const specOf = (body: Readonly<Record<string, unknown>>) => body['spec'];

test('times are written in microseconds', () => {
  assert.equal(microTime(nowMs), now);
  assert.equal(microTime(nowMs + 7), '2024-05-29T06:08:20.007000Z');
});

describe('a Lease', () => {
  test('is read with holder, duration and transitions', () => {
    const { whole, ...rest } = leaseOf({ metadata, spec });
    assert.deepEqual(rest, { uid: 'u-1', version: '77', holder: 'they', durationMs: 15_000, transitions: 7 });
    assert.deepEqual(whole, { metadata, spec });
  });

  for (const [what, fields] of [
    ['without a spec', {}],
    ['with a spec of nothing', { spec: null }],
    ['with an empty spec', { spec: {} }],
    ['with a holder of nothing', { spec: { holderIdentity: null } }],
    ['that was given back', { spec: { holderIdentity: '' } }],
  ] as const) {
    test(`${what} has no holder`, () => {
      const { holder, durationMs, transitions } = leaseOf({ metadata, ...fields });
      assert.deepEqual([holder, durationMs, transitions], ['', undefined, 0]);
    });
  }

  for (const seconds of [undefined, null, 0, -1, 1.5, 2 ** 31, 1e300, Number.NaN, '15', {}]) {
    test(`whose duration is ${JSON.stringify(seconds) ?? 'absent'} says none, but still who holds it`, () => {
      const { holder, durationMs } = leaseOf({ metadata, spec: { ...spec, leaseDurationSeconds: seconds } });
      assert.deepEqual([holder, durationMs], ['they', undefined]);
    });
  }

  for (const transitions of [undefined, null, -1, 0.5, 2 ** 31, '7']) {
    test(`whose transitions are ${JSON.stringify(transitions) ?? 'absent'} has none`, () => {
      assert.equal(leaseOf({ metadata, spec: { ...spec, leaseTransitions: transitions } }).transitions, 0);
    });
  }

  for (const value of [
    undefined,
    null,
    [],
    'text',
    {},
    { metadata: {}, spec },
    { metadata: { ...metadata, uid: '' }, spec },
    { metadata: { ...metadata, resourceVersion: undefined }, spec },
    { metadata, spec: 'they' },
    { metadata, spec: { ...spec, holderIdentity: 7 } },
  ]) {
    test(`is not ${JSON.stringify(value) ?? 'nothing'}`, () => {
      assert.throws(() => leaseOf(value), { code: 'API_MALFORMED' });
    });
  }
});

describe('a claim', () => {
  test('on no lease makes one', () => {
    assert.deepEqual(newLease('kasc', { ...claim, transitions: 0 }), {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'kasc' },
      spec: { holderIdentity: 'me', leaseDurationSeconds: 60, leaseTransitions: 0, acquireTime: now, renewTime: now },
    });
  });

  test("on somebody else's lease begins anew, and carries uid, version and every field that is not ours", () => {
    const others = { strategy: 'OldestEmulationVersion', preferredHolder: 'x' };
    const lease = leaseOf({ metadata, spec: { ...spec, ...others }, status: { odd: true } });
    assert.deepEqual(claimed(lease, claim), {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: {
        ...others,
        ...{ holderIdentity: 'me', leaseDurationSeconds: 60, leaseTransitions: 8, acquireTime: now, renewTime: now },
      },
      status: { odd: true },
    });
  });

  test('on our own lease keeps when it was taken', () => {
    const lease = leaseOf({ metadata, spec: { ...spec, holderIdentity: 'me' } });
    const expected = { ...spec, holderIdentity: 'me', leaseDurationSeconds: 60, renewTime: now };
    assert.deepEqual(specOf(claimed(lease, { ...claim, transitions: 7 })), expected);
  });

  test('on our own lease that does not say when it was taken says so now', () => {
    const lease = leaseOf({ metadata, spec: { holderIdentity: 'me' } });
    assert.equal((specOf(claimed(lease, claim)) as typeof spec).acquireTime, now);
  });

  test('always changes the time of renewal, or it would be no write', () => {
    const lease = leaseOf({ metadata, spec: { ...spec, holderIdentity: 'me', renewTime: now } });
    assert.equal((specOf(claimed(lease, claim)) as typeof spec).renewTime, '2024-05-29T06:08:20.001000Z');
  });

  test('of a part of a second lasts longer for others, never less', () => {
    const seconds = [1, 999, 1000, 1001, 3500].map(
      (durationMs) => (specOf(newLease('kasc', { ...claim, durationMs })) as typeof spec).leaseDurationSeconds,
    );
    assert.deepEqual(seconds, [1, 1, 1, 2, 4]);
  });
});
