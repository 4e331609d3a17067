import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import { durationMs, leaseName, renewEveryMs, startReplicas } from './replicas.ts';

const hourMs = 3_600_000;
const follower = (holder: string) => ({ role: 'follower', holder });

describe('of two replicas', () => {
  test('the first one leads, the other one follows it', async (t) => {
    const { replica, stored, spec, methods } = await startReplicas(t);
    const { fence, lost, remainingMs } = await replica('a').lead();
    assert.deepEqual(fence, { holder: 'a', term: 0, lease: stored()?.metadata.uid });
    assert.deepEqual([lost.aborted, remainingMs?.()], [false, durationMs]);
    assert.deepEqual(spec(), {
      holderIdentity: 'a',
      leaseDurationSeconds: 6,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
    });
    assert.deepEqual(await replica('b').acquire(), follower('a'));
    assert.deepEqual(methods(), ['GET', 'POST', 'GET']);
  });

  test('the other one takes over when the first one has died, after the whole duration, in the next term', async (t) => {
    const { replica, pass, stored, spec } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    const before = await a.lead();
    await pass(renewEveryMs * 3);
    a.die();
    assert.deepEqual(await b.acquire(), follower('a'));
    await pass(durationMs);
    assert.deepEqual(await b.acquire(), follower('a'));
    assert.equal(before.remainingMs?.(), 0, 'for itself it is over before');
    await pass(1);
    const { fence } = await b.lead();
    assert.deepEqual(fence, { holder: 'b', term: 1, lease: stored()?.metadata.uid });
    assert.deepEqual([spec()['holderIdentity'], spec()['acquireTime']], ['b', '2026-01-01T00:00:09.001000Z']);
  });

  test('the first one stays leader for as long as it renews, whatever the other one asks', async (t) => {
    const { replica, pass, spec, methods } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    const leadership = await a.lead();
    for (let n = 0; n < 20; n++) {
      await pass(durationMs / 2);
      assert.deepEqual(await b.acquire(), follower('a'));
      assert.equal(await a.acquire(), leadership);
    }
    assert.deepEqual([leadership.lost.aborted, spec()['leaseTransitions']], [false, 0]);
    assert.equal(spec()['acquireTime'], '2026-01-01T00:00:00.000000Z');
    assert.equal(methods().filter((method) => method === 'PUT').length, 60);
    assert.equal(methods().filter((method) => method === 'GET').length, 21);
  });

  test('whose clocks are hours apart the same is true', async (t) => {
    const { replica, pass } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    Object.assign(b.ahead, { wallMs: 5 * hourMs, monotonicMs: 77_777 });
    await a.lead();
    await pass(durationMs * 3);
    assert.deepEqual(await b.acquire(), follower('a'));
    a.die();
    await pass(durationMs - 1);
    assert.deepEqual(await b.acquire(), follower('a'));
    await pass(2);
    assert.equal((await b.lead()).fence.term, 1);
    Object.assign(a.ahead, { wallMs: -9 * hourMs });
    await pass(durationMs * 3);
    assert.deepEqual(await replica('c').acquire(), follower('b'));
  });

  test('neither takes the lease before it is asked to', async (t) => {
    const { replica, pass, spec, methods } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    await a.lead();
    await b.acquire();
    a.die();
    const before = methods().length;
    await pass(durationMs * 10);
    assert.deepEqual([methods().length, spec()['holderIdentity']], [before, 'a']);
  });

  test('that ask for a free lease at once one leads', async (t) => {
    const { replica, server, settle } = await startReplicas(t);
    server.writeLease({ name: leaseName }, { leaseTransitions: 4 });
    const { signal } = new AbortController();
    const replicas = ['a', 'b', 'c'].map((name) => replica(name));
    const roles = await settle(Promise.all(replicas.map(({ elector }) => elector.acquire({ signal }))));
    assert.deepEqual(roles.map(({ role }) => role).sort(), ['follower', 'follower', 'leader']);
  });

  test('that make the lease at once one leads', async (t) => {
    const { replica, settle, spec } = await startReplicas(t);
    const { signal } = new AbortController();
    const replicas = ['a', 'b', 'c'].map((name) => replica(name));
    const roles = await settle(Promise.all(replicas.map(({ elector }) => elector.acquire({ signal }))));
    assert.deepEqual(roles.map(({ role }) => role).sort(), ['follower', 'follower', 'leader']);
    assert.equal(spec()['leaseTransitions'], 0);
  });
});

describe('a lease of its own identity', () => {
  test('is gone on with in the same term', async (t) => {
    const { replica, pass } = await startReplicas(t);
    const [before, after] = [replica('a'), replica('a')];
    const { fence } = await before.lead();
    before.die();
    await pass(durationMs / 2);
    assert.deepEqual((await after.lead()).fence, fence);
  });

  test('that ran out is gone on with in the same term, as another leadership', async (t) => {
    const { replica, pass, clock } = await startReplicas(t);
    const a = replica('a');
    const before = await a.lead();
    clock.shiftWall(hourMs);
    const after = await a.lead();
    assert.notEqual(after, before);
    assert.deepEqual(after.fence, before.fence);
    await pass(durationMs * 2);
    assert.deepEqual([before.lost.aborted, before.remainingMs?.(), after.lost.aborted], [true, 0, false]);
  });
});

describe('while the server is away', () => {
  test('leadership is lost after two thirds of the lease, what is left of it is for what is in hand', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const { lost, remainingMs } = await replica('a').lead();
    await pass(renewEveryMs);
    await server.kill();
    await pass(3999);
    assert.deepEqual([lost.aborted, remainingMs?.()], [false, 2001]);
    await pass(1);
    assert.deepEqual([lost.aborted, remainingMs?.()], [true, 2000]);
    assert.ok(isKubeCheckError(lost.reason, 'ABORTED'));
    assert.match(
      lost.reason.message,
      /the Lease default\/kube-apiserver-check is lost: it was not renewed within 4000 ms: .*refused/,
    );
    await pass(1999);
    assert.equal(remainingMs?.(), 1);
    await pass(1);
    assert.equal(remainingMs?.(), 0);
  });

  test('and silent, renewal is tried more than once before', async (t) => {
    const { server, replica, pass, methods } = await startReplicas(t);
    const { lost } = await replica('a').lead();
    server.fail({ path: /leases/, how: 'hang', times: 99 });
    await pass(3999);
    assert.deepEqual([lost.aborted, methods().filter((method) => method === 'PUT').length], [false, 3]);
    await pass(1);
    assert.equal(lost.aborted, true);
  });

  test('and back in time, it is the same leadership', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const a = replica('a');
    const leadership = await a.lead();
    await server.kill();
    await pass(3400);
    await server.start(Number(new URL(server.url).port));
    await pass(600);
    assert.deepEqual([leadership.lost.aborted, leadership.remainingMs?.()], [false, durationMs - 500]);
    await pass(durationMs * 3);
    assert.equal(await a.acquire(), leadership);
  });

  test('and back when leadership was lost, it is a new one of the same term, or somebody else has it', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    const leadership = await a.lead();
    await server.kill();
    await pass(4500);
    await assert.rejects(a.acquire(), { code: 'API_UNAVAILABLE' });
    await server.start(Number(new URL(server.url).port));
    assert.deepEqual(await b.acquire(), follower('a'));
    const after = await a.lead();
    assert.notEqual(after, leadership);
    assert.deepEqual(after.fence, leadership.fence);
    assert.equal(leadership.remainingMs?.(), 1500);
  });

  test('an answer that never came may have been a success: the lease is ours at the next question', async (t) => {
    const { server, replica, spec, pass } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    server.fail({ method: 'POST', how: 'reset-mid-body' });
    await assert.rejects(a.acquire(), { code: 'API_UNAVAILABLE' });
    assert.equal(spec()['holderIdentity'], 'a');
    assert.deepEqual(await b.acquire(), follower('a'));
    const { fence, lost } = await a.lead();
    assert.equal(fence.term, 0);
    server.fail({ method: 'PUT', how: 'reset-mid-body' });
    await pass(durationMs * 3);
    assert.equal(lost.aborted, false, 'so is a renewal');
  });
});

describe('after a pause that no timer has told of', () => {
  for (const [what, change] of [
    ['of a machine that was suspended', { wallMs: durationMs }],
    ['of a process that was stopped', { monotonicMs: durationMs, wallMs: durationMs }],
    ['with a wall clock that was set back meanwhile', { monotonicMs: durationMs, wallMs: -hourMs }],
  ] as const) {
    test(`${what} nothing is left, and leadership is lost at that very call`, async (t) => {
      const { replica } = await startReplicas(t);
      const a = replica('a');
      const { lost, remainingMs } = await a.lead();
      Object.assign(a.ahead, change);
      assert.equal(lost.aborted, false);
      assert.equal(remainingMs?.(), 0);
      assert.equal(lost.aborted, true);
      assert.match(lost.reason.message, /ran out after 6000 ms without a renewal/);
    });
  }

  test('beyond the deadline of renewal leadership is lost, and the rest is left', async (t) => {
    const { replica } = await startReplicas(t);
    const a = replica('a');
    const { lost, remainingMs } = await a.lead();
    a.ahead.wallMs = 4000;
    assert.deepEqual([remainingMs?.(), lost.aborted], [2000, true]);
  });

  test('what is asked for next is asked of the server', async (t) => {
    const { replica, pass } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    const before = await a.lead();
    a.die();
    await b.acquire();
    await pass(durationMs + 1);
    await b.lead();
    const again = replica('a');
    assert.deepEqual(await again.acquire(), follower('b'));
    assert.equal(before.remainingMs?.(), 0);
  });

  test('nothing is renewed, as the lease may be of somebody else', async (t) => {
    const { replica, pass, methods } = await startReplicas(t);
    const a = replica('a');
    const { lost } = await a.lead();
    a.ahead.wallMs = durationMs;
    await pass(renewEveryMs);
    assert.deepEqual([lost.aborted, methods()], [true, ['GET', 'POST']]);
  });

  test('the reason is not a failure that was made good', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const a = replica('a');
    const { lost, remainingMs } = await a.lead();
    server.fail({ method: 'PUT', status: 500 });
    await pass(renewEveryMs * 2);
    a.ahead.wallMs = 4500;
    assert.ok((remainingMs?.() ?? 0) > 0);
    assert.deepEqual(
      [lost.reason.message.replace(/.*: /, ''), lost.reason.cause],
      ['it was not renewed within 4000 ms', undefined],
    );
  });

  test('a wall clock that was set back extends nothing', async (t) => {
    const { replica } = await startReplicas(t);
    const a = replica('a');
    const { remainingMs } = await a.lead();
    Object.assign(a.ahead, { monotonicMs: 1000, wallMs: -hourMs });
    assert.equal(remainingMs?.(), durationMs - 1000);
  });

  test('an answer to a renewal that was sent before it revives nothing', async (t) => {
    const { server, replica, pass, spec } = await startReplicas(t);
    const a = replica('a');
    const { lost, remainingMs } = await a.lead();
    server.fail({ method: 'PUT', delayMs: 500 });
    await pass(renewEveryMs + 100);
    a.ahead.monotonicMs = durationMs;
    assert.equal(remainingMs?.(), 0);
    await pass(durationMs);
    assert.deepEqual([lost.aborted, remainingMs?.(), spec()['holderIdentity']], [true, 0, 'a']);
  });
});

describe('somebody else', () => {
  test('who takes the lease ends leadership at the next renewal, at once', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const { lost, remainingMs } = await replica('a').lead();
    server.writeLease({ name: leaseName }, { holderIdentity: `x\n${'y'.repeat(1000)}`, leaseTransitions: 1 });
    await pass(renewEveryMs);
    assert.deepEqual([lost.aborted, remainingMs?.()], [true, 0]);
    assert.match(lost.reason.message, /is lost: it went to "x\\ny+"$/);
    assert.ok(lost.reason.message.length < 400);
  });

  test('who deletes the lease ends leadership; the next question makes a new one', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const a = replica('a');
    const { lost, remainingMs, fence } = await a.lead();
    server.deleteLease({ name: leaseName });
    await pass(renewEveryMs);
    assert.deepEqual([lost.aborted, remainingMs?.(), server.lease({ name: leaseName })], [true, 0, undefined]);
    assert.match(lost.reason.message, /the lease was deleted/);
    const after = await a.lead();
    assert.equal(after.fence.term, 0);
    assert.notEqual(after.fence.lease, fence.lease);
  });

  for (const [what, change, why] of [
    ['gives it back', { holderIdentity: '' }, /somebody else gave the lease back/],
    ['begins a term in our name', { leaseTransitions: 5 }, /somebody else began term 5/],
    ['makes it anew in our name', undefined, /the lease was deleted/],
  ] as const) {
    test(`who ${what} ends leadership`, async (t) => {
      const { server, replica, pass } = await startReplicas(t);
      const { lost, remainingMs } = await replica('a').lead();
      if (!change) server.deleteLease({ name: leaseName });
      server.writeLease({ name: leaseName }, change ?? { holderIdentity: 'a', leaseTransitions: 0 });
      await pass(renewEveryMs);
      assert.deepEqual([lost.aborted, remainingMs?.()], [true, 0]);
      assert.match(lost.reason.message, why);
    });
  }

  test('who leads while ours is left to run out ends what was left', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const a = replica('a');
    const { remainingMs } = await a.lead();
    server.fail({ method: 'PUT', status: 500, times: 99 });
    await pass(4500);
    assert.equal(remainingMs?.(), 1500);
    server.writeLease({ name: leaseName }, { holderIdentity: 'x', leaseTransitions: 1 });
    assert.deepEqual(await a.acquire(), follower('x'));
    assert.equal(remainingMs?.(), 0);
  });

  test('who writes into the lease, but leaves it to us, costs a read, and stays', async (t) => {
    const { server, replica, pass, spec, methods } = await startReplicas(t);
    const { lost } = await replica('a').lead();
    server.writeLease({ name: leaseName }, { strategy: 'OldestEmulationVersion' });
    await pass(renewEveryMs);
    assert.deepEqual([lost.aborted, spec()['strategy']], [false, 'OldestEmulationVersion']);
    assert.deepEqual(methods().slice(2), ['PUT', 'GET', 'PUT']);
  });

  test('who holds it without saying for how long is followed for as long as we would hold it', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    const b = replica('b');
    server.writeLease({ name: leaseName }, { holderIdentity: 'x', leaseDurationSeconds: 0 });
    assert.deepEqual(await b.acquire(), follower('x'));
    await pass(durationMs);
    assert.deepEqual(await b.acquire(), follower('x'));
    await pass(1);
    assert.equal((await b.lead()).fence.term, 1);
  });
});
