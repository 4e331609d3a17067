/** Leader election on a real API server, as a user who has exactly the rights that it says it needs. Leases of 3 s. */
import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock.ts';
import { KubeCheckError } from '../../src/errors.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { LeaseLeaderElector } from '../../src/leader/lease.ts';
import { leaderPermissions } from '../../src/leader/permissions.ts';
import type { Leadership } from '../../src/leader-elector.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN, LEAST_PRIVILEGED } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';

const namespace = 'default';
const leaseDurationMs = 3000;
const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
const { signal } = new AbortController();

interface Stored {
  readonly metadata: { readonly uid: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

async function grant(plane: ControlPlane, leaseName: string): Promise<void> {
  const rules = leaderPermissions({ leaseName, namespace }).map((permission) => {
    assert.ok('resource' in permission);
    const { verbs, group, resource, name } = permission;
    return {
      verbs,
      apiGroups: [group],
      resources: [resource],
      ...(name === undefined ? {} : { resourceNames: [name] }),
    };
  });
  const metadata = { name: leaseName };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: leaseName };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: LEAST_PRIVILEGED }];
  for (const [path, body] of [
    ['roles', { metadata, rules }],
    ['rolebindings', { metadata, roleRef, subjects }],
  ] as const)
    assert.equal((await plane.request(ADMIN, 'POST', `${roles}/${path}`, body)).status, 201);
  const resourceAttributes = {
    group: 'coordination.k8s.io',
    resource: 'leases',
    verb: 'update',
    namespace,
    name: leaseName,
  };
  await until('the rights to count', async () => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const asked = { spec: { user: LEAST_PRIVILEGED, resourceAttributes } };
    const { body } = await plane.request<{ readonly status: { readonly allowed: boolean } }>(
      ADMIN,
      'POST',
      path,
      asked,
    );
    return body.status.allowed;
  });
}

realServerTest('leader election on a real API server', {}, async (plane, t) => {
  const kubeConfig = await plane.kubeConfig(LEAST_PRIVILEGED);
  const stored = async (leaseName: string) =>
    (await plane.request<Stored>(ADMIN, 'GET', `${leases}/${leaseName}`)).body;

  /** `die()` is kill -9 as the others see it: nothing more comes from it. */
  function replica(leaseName: string, identity: string) {
    const api = createOwnedKubeApi(kubeConfig, systemClock);
    let dead = false;
    t.after(() => api.close());
    const elector = new LeaseLeaderElector({
      api: {
        open: api.open,
        json: (request) => (dead ? Promise.reject(new KubeCheckError('API_UNAVAILABLE', 'dead')) : api.json(request)),
      },
      ...{ leaseName, identity, namespace, leaseDurationMs },
    });
    t.after(() => elector.release());
    return {
      elector,
      acquire: () => elector.acquire({ signal }),
      die() {
        dead = true;
        api.close();
      },
    };
  }

  function leading(leadership: Leadership): Extract<Leadership, { readonly role: 'leader' }> {
    assert.equal(leadership.role, 'leader');
    return leadership as Extract<Leadership, { readonly role: 'leader' }>;
  }

  await t.test('a user without rights is told which are missing', async () => {
    await assert.rejects(replica('denied', 'a').acquire(), {
      code: 'LEADER_ELECTION_FAILED',
      remedy: /verb "get" on resource "leases" of API group "coordination.k8s.io" in namespace "default"/,
    });
  });

  await t.test('one leads and renews, the other one follows', async () => {
    await grant(plane, 'held');
    const [a, b] = [replica('held', 'a'), replica('held', 'b')];
    const leadership = leading(await a.acquire());
    assert.deepEqual(await b.acquire(), { role: 'follower', holder: 'a' });
    const { metadata, spec } = await stored('held');
    assert.deepEqual(leadership.fence, { holder: 'a', term: 0, lease: metadata.uid });
    assert.deepEqual([spec['leaseDurationSeconds'], spec['leaseTransitions']], [3, 0]);
    await until('two renewals', async () => {
      const { renewTime, acquireTime } = (await stored('held')).spec;
      return Date.parse(`${renewTime}`) - Date.parse(`${acquireTime}`) > leaseDurationMs / 4;
    });
    assert.equal(await a.acquire(), leadership);
    assert.deepEqual(await b.acquire(), { role: 'follower', holder: 'a' });
  });

  await t.test('a change by another hand is kept, and leadership with it', async () => {
    await grant(plane, 'labelled');
    const { lost } = leading(await replica('labelled', 'a').acquire());
    // A renewal in between is a conflict for the other hand, as it is one for us.
    const { renewTime } = await until('a label to be written', async () => {
      const { metadata, ...rest } = await stored('labelled');
      const body = { ...rest, metadata: { ...metadata, labels: { mine: 'x' } } };
      return (await plane.request(ADMIN, 'PUT', `${leases}/labelled`, body)).status === 200 && rest.spec;
    });
    await until('the next renewal', async () => (await stored('labelled')).spec['renewTime'] !== renewTime);
    assert.equal(lost.aborted, false);
    assert.deepEqual((await stored('labelled')).metadata.labels, { mine: 'x' });
    assert.deepEqual(await replica('labelled', 'b').acquire(), { role: 'follower', holder: 'a' });
  });

  await t.test('after a kill -9 the other one takes over when the lease has run out, not before', async () => {
    await grant(plane, 'killed');
    const [a, b] = [replica('killed', 'a'), replica('killed', 'b')];
    const before = leading(await a.acquire());
    await b.acquire();
    a.die();
    let leftAtTakeOver = Number.NaN;
    const after = await until('b to lead', async () => {
      const leadership = await b.acquire();
      leftAtTakeOver = before.remainingMs?.() ?? Number.NaN;
      return leadership.role === 'leader' && leadership;
    });
    assert.equal(leftAtTakeOver, 0);
    assert.deepEqual([after.fence.holder, after.fence.term], ['b', 1]);
    assert.ok(before.lost.aborted);
  });

  await t.test('a release hands over at once', async () => {
    await grant(plane, 'released');
    const [a, b] = [replica('released', 'a'), replica('released', 'b')];
    leading(await a.acquire());
    assert.equal((await b.acquire()).role, 'follower');
    await a.elector.release();
    const { holderIdentity, leaseDurationSeconds } = (await stored('released')).spec;
    assert.deepEqual([holderIdentity ?? '', leaseDurationSeconds], ['', 1]);
    assert.equal(leading(await b.acquire()).fence.term, 1);
    assert.deepEqual(await a.acquire(), { role: 'follower', holder: 'b' });
  });

  await t.test('a lease that is deleted ends leadership, and a new one is made', async () => {
    await grant(plane, 'deleted');
    const a = replica('deleted', 'a');
    const before = leading(await a.acquire());
    assert.equal((await plane.request(ADMIN, 'DELETE', `${leases}/deleted`)).status, 200);
    await until('leadership to be lost', () => before.lost.aborted);
    assert.match(before.lost.reason.message, /the lease was deleted/);
    assert.equal(before.remainingMs?.(), 0);
    const after = leading(await a.acquire());
    assert.notEqual(after.fence.lease, before.fence.lease);
  });

  await t.test('a namespace that is not there is named', async () => {
    const api = createOwnedKubeApi(await plane.kubeConfig(ADMIN), systemClock);
    t.after(() => api.close());
    await assert.rejects(new LeaseLeaderElector({ api, namespace: 'nowhere', leaseDurationMs }).acquire({ signal }), {
      code: 'LEADER_ELECTION_FAILED',
      remedy: 'create the namespace "nowhere", or name another one for the lease',
    });
  });

  await t.test('while the API server is away both are told so; when it is back, one leads', async () => {
    await grant(plane, 'outage');
    const [a, b] = [replica('outage', 'a'), replica('outage', 'b')];
    const before = leading(await a.acquire());
    await b.acquire();
    await plane.apiServer.stop();
    assert.equal(before.lost.aborted || (await a.acquire()) === before, true, 'the lease outlives the server');
    await until('leadership to be lost', () => before.lost.aborted);
    assert.ok((before.remainingMs?.() ?? 0) <= leaseDurationMs / 3);
    for (const each of [a, b]) await assert.rejects(each.acquire(), { code: 'API_UNAVAILABLE' });
    await until('the lease to be over', () => before.remainingMs?.() === 0);
    for (const each of [a, b]) await assert.rejects(each.acquire(), { code: 'API_UNAVAILABLE' });
    await plane.apiServer.start();
    const roles = await until('a leader', async () => {
      const both = await Promise.all([a.acquire(), b.acquire()]).catch(() => []);
      return both.some(({ role }) => role === 'leader') && both.map(({ role }) => role).sort();
    });
    assert.deepEqual(roles, ['follower', 'leader']);
  });
});
