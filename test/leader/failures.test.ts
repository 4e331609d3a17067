import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import { leaderPermissions } from '../../src/leader/permissions.ts';
import type { Fault } from '../../src/testing/fake-api-server/faults.ts';
import { durationMs, leaseName, leasePath, startReplicas } from './replicas.ts';

describe('a lease that cannot be asked for', () => {
  const get: Fault = { method: 'GET', path: leasePath };
  const create: Fault = { method: 'POST', path: /leases$/ };
  const status = (message: string) => ({ kind: 'Status', apiVersion: 'v1', message, reason: 'NotFound', code: 404 });
  const table: readonly (readonly [string, Fault, string, string | undefined, RegExp])[] = [
    ['as the server fails', { ...get, status: 500 }, 'API_UNAVAILABLE', undefined, /look at the API server/],
    ['as the connection breaks', { ...get, how: 'reset', times: 3 }, 'API_UNAVAILABLE', undefined, /./],
    ['as the server is silent', { ...get, how: 'hang' }, 'API_UNAVAILABLE', undefined, /./],
    ['as the server asks for patience', { ...get, status: 429 }, 'API_UNAVAILABLE', 'API_THROTTLED', /load/],
    [
      'as it may not be read',
      { ...get, status: 403 },
      'LEADER_ELECTION_FAILED',
      'API_DENIED',
      /verb "get" on resource "leases" of API group "coordination.k8s.io" in namespace "default"/,
    ],
    [
      'as it may not be made',
      { ...create, status: 403 },
      'LEADER_ELECTION_FAILED',
      'API_DENIED',
      /verb "create" on resource "leases"/,
    ],
    [
      'as credentials are refused',
      { ...get, status: 401, times: 2 },
      'LEADER_ELECTION_FAILED',
      'API_UNAUTHORIZED',
      /renew the token/,
    ],
    [
      'as the namespace is missing',
      { ...create, status: 404, body: status('namespaces "default" not found') },
      'LEADER_ELECTION_FAILED',
      'API_ABSENT',
      /create the namespace "default"/,
    ],
    [
      'as there are no leases',
      { ...create, status: 404, body: '404 page not found\n', contentType: 'text/plain' },
      'LEADER_ELECTION_FAILED',
      'API_ABSENT',
      /coordination.k8s.io\/v1 is not served/,
    ],
    [
      'as a proxy answers',
      { ...get, status: 200, body: '<html>' },
      'LEADER_ELECTION_FAILED',
      'API_MALFORMED',
      /proxies on the way/,
    ],
    [
      'as something else answers',
      { ...get, status: 200, body: {} },
      'LEADER_ELECTION_FAILED',
      'API_MALFORMED',
      /proxies/,
    ],
    ['as it is refused', { ...create, status: 422 }, 'LEADER_ELECTION_FAILED', 'API_INVALID', /^$/],
  ];
  for (const [why, fault, code, causeCode, remedy] of table) {
    test(`${why} is ${code}`, async (t) => {
      const { server, replica } = await startReplicas(t);
      server.fail(fault);
      await assert.rejects(replica('a').acquire(), (error) => {
        assert.ok(isKubeCheckError(error, code as never), String(error));
        assert.equal(error.details['causeCode'], causeCode);
        if (causeCode !== undefined) assert.ok(isKubeCheckError(error.cause, causeCode as never));
        assert.match(error.remedy ?? '', remedy);
        return true;
      });
    });
  }

  test('says for how long the server wants to be left alone', async (t) => {
    const { server, replica } = await startReplicas(t);
    server.fail({ ...get, status: 429, headers: { 'Retry-After': '7' } });
    await assert.rejects(replica('a').acquire(), { code: 'API_UNAVAILABLE', retryAfterMs: 7000 });
  });

  test('names the lease, the request and what came of it', async (t) => {
    const { server, replica } = await startReplicas(t);
    server.deny(({ verb }) => verb === 'create');
    await assert.rejects(replica('a').acquire(), {
      message:
        /^the Lease default\/kube-apiserver-check could not be asked for: create leases in namespace "default": not allowed \(403\)/,
      details: {
        verb: 'create',
        group: 'coordination.k8s.io',
        resource: 'leases',
        namespace: 'default',
        status: 403,
        statusReason: 'Forbidden',
        causeCode: 'API_DENIED',
      },
    });
  });

  test('as a namespace that is not there', async (t) => {
    const { replica } = await startReplicas(t);
    await assert.rejects(replica('a', { namespace: 'nowhere' }).acquire(), {
      code: 'LEADER_ELECTION_FAILED',
      remedy: 'create the namespace "nowhere", or name another one for the lease',
    });
  });

  test('as somebody writes into it each time we do is a fight, which is told', async (t) => {
    const { server, replica } = await startReplicas(t);
    server.writeLease({ name: leaseName }, { holderIdentity: '' });
    server.fail({ method: 'PUT', status: 409, times: 99 });
    await assert.rejects(replica('a').acquire(), { code: 'LEADER_ELECTION_FAILED', remedy: /who else keeps writing/ });
    assert.equal(server.requests.filter(({ method }) => method === 'PUT').length, 4);
  });
});

test('a server that asks for patience is not asked for a renewal before, and is forgiven', async (t) => {
  const { server, replica, pass } = await startReplicas(t);
  const a = replica('a');
  const { lost } = await a.lead();
  server.fail({ method: 'PUT', status: 429, headers: { 'Retry-After': '2' } });
  await pass(2999);
  assert.equal(a.asked(), 3);
  await pass(durationMs);
  assert.equal(lost.aborted, false);
});

describe('the rights that leading takes', () => {
  test('are of one lease, and one to make it, as that can have no name', () => {
    const leases = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'shop' };
    assert.deepEqual(leaderPermissions({ leaseName: 'l', namespace: 'shop' }), [
      { ...leases, verbs: ['get', 'update'], name: 'l' },
      { ...leases, verbs: ['create'] },
    ]);
  });

  test('suffice for all that it does', async (t) => {
    const { server, replica, pass } = await startReplicas(t);
    server.allowOnly(leaderPermissions({ leaseName, namespace: 'default' }));
    const [a, b] = [replica('a'), replica('b')];
    await a.lead();
    await pass(durationMs * 2);
    await b.acquire();
    await a.release();
    assert.equal((await b.lead()).fence.term, 1);
  });
});
