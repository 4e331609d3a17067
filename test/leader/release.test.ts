import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import type { KubeApi } from '../../src/kube-api.ts';
import { durationMs, leaseName, type Replicas, renewEveryMs, startReplicas } from './replicas.ts';

const follower = (holder: string) => ({ role: 'follower', holder });
const writes = ({ methods }: Replicas) => methods().filter((method) => method !== 'GET').length;

describe('a release', () => {
  test('hands over at once', async (t) => {
    const { replica, spec, pass } = await startReplicas(t);
    const [a, b] = [replica('a'), replica('b')];
    const { lost, remainingMs } = await a.lead();
    assert.deepEqual(await b.acquire(), follower('a'));
    await pass(renewEveryMs + 500);
    await a.release();
    assert.deepEqual([lost.aborted, remainingMs?.()], [true, 0]);
    assert.match(lost.reason.message, /it was given back/);
    assert.deepEqual(spec(), {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:01.500000Z',
      renewTime: '2026-01-01T00:00:01.500000Z',
    });
    assert.equal((await b.lead()).fence.term, 1);
    assert.deepEqual(await a.acquire(), follower('b'), 'and it can ask again');
  });

  test('ends leadership before it waits for anything', async (t) => {
    const { replica, settle } = await startReplicas(t);
    const a = replica('a');
    const { lost } = await a.lead();
    const released = a.elector.release();
    assert.equal(lost.aborted, true);
    await settle(released);
  });

  test('leaves nothing behind that would go on, and a second one does nothing', async (t) => {
    const replicas = await startReplicas(t);
    const a = replicas.replica('a');
    await a.lead();
    await Promise.all([a.release(), a.release()]);
    const before = writes(replicas);
    await a.release();
    await replicas.pass(durationMs * 3);
    assert.deepEqual([writes(replicas), before], [2, 2]);
    assert.deepEqual(
      replicas.clock.sleepers.filter(({ background }) => background),
      [],
    );
  });

  test('of who never asked, who follows, or whose lease ran out writes nothing', async (t) => {
    const replicas = await startReplicas(t);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => replicas.replica(name));
    await c?.release();
    assert.deepEqual(replicas.methods(), []);
    await a?.lead();
    await b?.acquire();
    await b?.release();
    replicas.clock.shiftWall(durationMs);
    await a?.release();
    assert.equal(writes(replicas), 1);
    assert.equal(replicas.spec()['holderIdentity'], 'a');
  });

  test('of who lost it to somebody else leaves theirs alone', async (t) => {
    const { replica, server, spec } = await startReplicas(t);
    const a = replica('a');
    await a.lead();
    server.writeLease({ name: leaseName }, { holderIdentity: 'x', leaseTransitions: 1 });
    const { version } = server;
    await a.release();
    assert.deepEqual([spec()['holderIdentity'], server.version], ['x', version]);
  });

  test('of a lease that could not be renewed, but still holds, gives it back', async (t) => {
    const { replica, server, pass, spec } = await startReplicas(t);
    const a = replica('a');
    const { lost } = await a.lead();
    server.fail({ method: 'PUT', status: 500, times: 99 });
    await pass(5000);
    assert.equal(lost.aborted, true);
    server.clearFaults();
    await a.release();
    assert.equal(spec()['holderIdentity'], '');
  });

  test('during a renewal, whatever came of that, gives the lease back', async (t) => {
    const { replica, server, pass, spec } = await startReplicas(t);
    const a = replica('a');
    await a.lead();
    // The server has written it, and is silent in the middle of its answer.
    server.fail({ method: 'PUT', how: 'stall' });
    await pass(renewEveryMs);
    assert.equal(spec()['renewTime'], '2026-01-01T00:00:01.000000Z');
    await a.release();
    assert.equal(spec()['holderIdentity'], '');
  });

  test('over a change of the lease that left it to us gives it back', async (t) => {
    const { replica, server, spec } = await startReplicas(t);
    const a = replica('a');
    await a.lead();
    server.writeLease({ name: leaseName }, { strategy: 'OldestEmulationVersion' });
    await a.release();
    assert.deepEqual([spec()['holderIdentity'], spec()['strategy']], ['', 'OldestEmulationVersion']);
  });

  test('ends an acquire that is under way, and gives back what that has got', async (t) => {
    const { replica, server, settle, spec } = await startReplicas(t);
    const a = replica('a');
    server.fail({ method: 'POST', how: 'stall' });
    const acquired = a.elector.acquire({ signal: new AbortController().signal });
    const refused = assert.rejects(acquired, { code: 'ABORTED', message: 'leadership is given back' });
    await server.idle();
    assert.equal(spec()['holderIdentity'], 'a');
    await settle(Promise.all([refused, a.elector.release()]));
    assert.equal(spec()['holderIdentity'], '');
    assert.equal((await a.lead()).fence.term, 1);
  });

  test('of a server that is away or silent ends within five seconds', async (t) => {
    for (const how of ['hang', 'reset'] as const) {
      const { replica, server, clock } = await startReplicas(t);
      const a = replica('a', { leaseDurationMs: 60_000 });
      await a.lead();
      server.fail({ path: /leases/, how, times: 99 });
      const startedMs = clock.monotonicMs();
      await a.release();
      assert.ok(clock.monotonicMs() - startedMs <= 5000, how);
    }
  });
});

describe('an acquire', () => {
  test('twice at once asks once, and gives the same leadership', async (t) => {
    const { replica, settle, methods } = await startReplicas(t);
    const { elector } = replica('a');
    const { signal } = new AbortController();
    const [one, other] = await settle(Promise.all([elector.acquire({ signal }), elector.acquire({ signal })]));
    assert.equal(one, other);
    assert.deepEqual(methods(), ['GET', 'POST']);
  });

  test('with a signal that was aborted asks nothing', async (t) => {
    const { replica, methods } = await startReplicas(t);
    await assert.rejects(replica('a').acquire(AbortSignal.abort('enough')), { code: 'ABORTED', cause: 'enough' });
    assert.deepEqual(methods(), []);
  });

  test('ends with its signal', async (t) => {
    const { replica, server, settle } = await startReplicas(t);
    server.fail({ method: 'GET', how: 'hang' });
    const run = new AbortController();
    const acquired = replica('a').elector.acquire({ signal: run.signal });
    const refused = assert.rejects(acquired, { code: 'ABORTED' });
    await server.idle();
    run.abort(new Error('the budget is spent'));
    await settle(refused);
  });

  test('whose success comes together with the end of its signal does not lead, and a release gives back what it got', async (t) => {
    const { replica, server, settle, spec, clock } = await startReplicas(t);
    const run = new AbortController();
    const api = createOwnedKubeApi(server.kubeConfig(), clock);
    t.after(() => api.close());
    const json: KubeApi['json'] = async (request) => {
      const answer = await api.json(request);
      if (request.method === 'POST') run.abort();
      return answer;
    };
    const { elector } = replica('a', { api: { ...api, json } });
    await settle(assert.rejects(elector.acquire({ signal: run.signal }), { code: 'ABORTED' }));
    assert.equal(spec()['holderIdentity'], 'a');
    await settle(elector.release());
    assert.equal(spec()['holderIdentity'], '');
  });

  test('that finds no lease any more makes one', async (t) => {
    const { replica, server } = await startReplicas(t);
    server.writeLease({ name: leaseName }, { holderIdentity: '' });
    server.fail({ method: 'PUT', status: 404 });
    assert.equal((await replica('a').lead()).fence.term, 1);
  });

  test('whose answer comes when the lease is already over does not lead', async (t) => {
    const { replica, clock, server } = await startReplicas(t);
    const a = replica('a');
    server.fail({ method: 'POST', delayMs: 1000 });
    const acquired = assert.rejects(a.acquire(), { code: 'API_UNAVAILABLE', message: /was over before/ });
    await clock.whenSleeping(({ ms }) => ms === 1000);
    a.ahead.wallMs = durationMs;
    await acquired;
    await a.lead();
  });
});

describe('for a probe', () => {
  test('it tells when a request last ended, whatever came of it', async (t) => {
    const { replica, server, clock } = await startReplicas(t);
    const a = replica('a');
    assert.equal(a.elector.lastAskedAtMs, undefined);
    await a.lead();
    assert.equal(a.elector.lastAskedAtMs, clock.nowMs());
    await clock.advance(500);
    server.fail({ path: /leases/, status: 403, times: 9 });
    const b = replica('b');
    await assert.rejects(b.acquire());
    assert.equal(b.elector.lastAskedAtMs, clock.nowMs());
  });

  test('it is alive while renewal succeeds or fails, and when it does not lead', async (t) => {
    const { replica, server, pass } = await startReplicas(t);
    const a = replica('a');
    await pass(durationMs * 3);
    assert.equal(a.elector.live(), true);
    await a.lead();
    assert.equal(a.elector.live(), true);
    await pass(durationMs * 3);
    assert.equal(a.elector.live(), true);
    await server.kill();
    await pass(durationMs * 3);
    assert.equal(a.elector.live(), true);
  });

  test('it is not alive when it leads and renewal does neither', async (t) => {
    const { replica } = await startReplicas(t);
    const a = replica('a');
    await a.lead();
    a.ahead.monotonicMs = durationMs;
    assert.equal(a.elector.live(), true);
    a.ahead.monotonicMs = durationMs + 1;
    assert.equal(a.elector.live(), false);
  });
});

test('an identity that is not given is of this host, and another one each time', async (t) => {
  const { replica } = await startReplicas(t);
  const leads = await Promise.all(['lease-1', 'lease-2'].map((leaseName) => replica('', { leaseName }).lead()));
  const [a = '', b = ''] = leads.map(({ fence }) => fence.holder);
  for (const holder of [a, b]) assert.match(holder.replace(hostname(), ''), /^_[0-9a-f-]{36}$/);
  assert.notEqual(a, b);
});

test('no reason for an end holds a credential', async (t) => {
  const { replica, server, pass } = await startReplicas(t);
  const { lost } = await replica('a').lead();
  server.setUsers({ other: 'somebody' });
  server.fail({ path: /leases/, status: 401, body: 'Bearer fake-token', contentType: 'text/plain', times: 99 });
  await pass(durationMs);
  assert.ok(isKubeCheckError(lost.reason, 'ABORTED'));
  assert.ok(!JSON.stringify([lost.reason, lost.reason.message]).includes('fake-token'));
});
