import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Permission } from '../../../src/unit.ts';
import { ask, startServer } from './client.ts';

const status = (message: string, code: number, reason: string, details?: object): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  ...(details && { details }),
  code,
});

test('a token that nobody has is 401', async (t) => {
  const server = await startServer(t);
  for (const path of ['/api/v1/events', '/readyz']) {
    const reply = await ask(server, path, { token: 'wrong' });
    assert.equal(reply.status, 401);
    assert.deepEqual(reply.json, status('Unauthorized', 401, 'Unauthorized'));
  }
});

test('without a token one is anonymous: the public paths, and nothing else', async (t) => {
  const server = await startServer(t);
  assert.equal((await ask(server, '/readyz', { token: null })).status, 200);
  assert.equal((await ask(server, '/version', { token: null })).status, 200);
  const reply = await ask(server, '/api/v1/events', { token: null });
  assert.deepEqual(
    reply.json,
    status(
      'events is forbidden: User "system:anonymous" cannot list resource "events" in API group "" at the cluster scope',
      403,
      'Forbidden',
      { kind: 'events' },
    ),
  );
});

const denials: readonly [method: string, path: string, message: string, details: object][] = [
  [
    'GET',
    '/api/v1/events',
    'events is forbidden: User "x" cannot list resource "events" in API group "" at the cluster scope',
    { kind: 'events' },
  ],
  [
    'GET',
    '/api/v1/events?watch=true',
    'events is forbidden: User "x" cannot watch resource "events" in API group "" at the cluster scope',
    { kind: 'events' },
  ],
  [
    'GET',
    '/api/v1/namespaces/shop/events',
    'events is forbidden: User "x" cannot list resource "events" in API group "" in the namespace "shop"',
    { kind: 'events' },
  ],
  [
    'GET',
    '/api/v1/namespaces/shop/configmaps/event',
    'configmaps "event" is forbidden: User "x" cannot get resource "configmaps" in API group "" in the namespace "shop"',
    { name: 'event', kind: 'configmaps' },
  ],
  [
    'POST',
    '/api/v1/namespaces/shop/configmaps',
    'configmaps is forbidden: User "x" cannot create resource "configmaps" in API group "" in the namespace "shop"',
    { kind: 'configmaps' },
  ],
  [
    'PUT',
    '/api/v1/namespaces/shop/configmaps/event',
    'configmaps "event" is forbidden: User "x" cannot update resource "configmaps" in API group "" in the namespace "shop"',
    { name: 'event', kind: 'configmaps' },
  ],
  [
    'DELETE',
    '/api/v1/namespaces/shop/events/e',
    'events "e" is forbidden: User "x" cannot delete resource "events" in API group "" in the namespace "shop"',
    { name: 'e', kind: 'events' },
  ],
  [
    'GET',
    '/api/v1/namespaces/shop',
    'namespaces "shop" is forbidden: User "x" cannot get resource "namespaces" in API group "" in the namespace "shop"',
    { name: 'shop', kind: 'namespaces' },
  ],
  [
    'GET',
    '/api/v1/namespaces',
    'namespaces is forbidden: User "x" cannot list resource "namespaces" in API group "" at the cluster scope',
    { kind: 'namespaces' },
  ],
  [
    'GET',
    '/apis/quota.openshift.io/v1/clusterresourcequotas',
    'clusterresourcequotas.quota.openshift.io is forbidden: User "x" cannot list resource "clusterresourcequotas" in API group "quota.openshift.io" at the cluster scope',
    { group: 'quota.openshift.io', kind: 'clusterresourcequotas' },
  ],
  ['GET', '/readyz?verbose', 'forbidden: User "x" cannot get path "/readyz"', {}],
  ['GET', '/oapi', 'forbidden: User "x" cannot get path "/oapi"', {}],
];
for (const [method, path, message, details] of denials)
  test(`a denied ${method} of ${path} is told as the real server tells it`, async (t) => {
    const server = await startServer(t, { users: { secret: 'x' } });
    server.deny(() => true);
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: { metadata: { name: 'event' } } };
    const reply = await ask(server, path, { method, token: 'secret', ...body });
    assert.equal(reply.status, 403);
    assert.deepEqual(reply.json, status(message, 403, 'Forbidden', details));
  });

test('a denial can be of one user and one thing, and taken back', async (t) => {
  const server = await startServer(t, { users: { one: 'first', two: 'second' } });
  const allow = server.deny((asked) => asked.user === 'second' && asked.verb === 'watch');
  const watching = '/api/v1/events?watch=true&resourceVersion=x';
  assert.equal((await ask(server, watching, { token: 'one' })).status, 500);
  assert.equal((await ask(server, watching, { token: 'two' })).status, 403);
  assert.equal((await ask(server, '/api/v1/events', { token: 'two' })).status, 200);
  allow();
  assert.equal((await ask(server, watching, { token: 'two' })).status, 500);
});

const permissions: readonly Permission[] = [
  { verbs: ['list', 'watch'], group: '', resource: 'events' },
  { verbs: ['get', 'update'], group: '', resource: 'configmaps', namespace: 'shop', name: 'event' },
  { verbs: ['create'], group: '', resource: 'configmaps', namespace: 'shop' },
  { verbs: ['get'], nonResourceUrl: '/oapi' },
];
const covered: readonly [method: string, path: string, allowed: boolean][] = [
  ['GET', '/api/v1/events', true],
  ['GET', '/api/v1/namespaces/shop/events', true],
  ['GET', '/api/v1/namespaces/shop/events/e', false],
  ['GET', '/api/v1/events?watch=true&resourceVersion=x', true],
  ['DELETE', '/api/v1/namespaces/shop/events/e', false],
  ['GET', '/api/v1/namespaces/shop/configmaps/event', true],
  ['GET', '/api/v1/namespaces/shop/configmaps/other', false],
  ['GET', '/api/v1/namespaces/default/configmaps/event', false],
  ['GET', '/api/v1/namespaces/shop/configmaps', false],
  ['PUT', '/api/v1/namespaces/shop/configmaps/event', true],
  ['POST', '/api/v1/namespaces/shop/configmaps', true],
  ['POST', '/api/v1/namespaces/default/configmaps', false],
  ['GET', '/api/v1/namespaces', false],
  ['GET', '/oapi', true],
  ['GET', '/readyz', true],
  ['GET', '/version', true],
  ['GET', '/apis/quota.openshift.io', true],
  ['GET', '/apis/quota.openshift.io/v1/clusterresourcequotas', false],
];
for (const [method, path, allowed] of covered)
  test(`with a list of permissions ${method} ${path} is ${allowed ? 'allowed' : 'denied'}`, async (t) => {
    const server = await startServer(t);
    server.addNamespace('shop');
    server.allowOnly(permissions);
    const body = method === 'PUT' || method === 'POST' ? { body: { metadata: { name: 'event' } } } : {};
    assert.equal((await ask(server, path, { method, ...body })).status !== 403, allowed);
  });

test('a rule with a name never allows to create', async (t) => {
  const server = await startServer(t);
  server.allowOnly([{ verbs: ['create'], group: '', resource: 'configmaps', name: 'event' }]);
  const body = { metadata: { name: 'event' } };
  assert.equal((await ask(server, '/api/v1/namespaces/default/configmaps', { method: 'POST', body })).status, 403);
});

test('a kubeconfig gives the address and the credentials of now', async (t) => {
  const server = await startServer(t);
  const kubeConfig = server.kubeConfig();
  assert.deepEqual(kubeConfig.getCurrentCluster(), { server: server.url, skipTLSVerify: true });
  const options = { headers: { Accept: 'x' } };
  await kubeConfig.applyToHTTPSOptions(options);
  assert.deepEqual(options.headers, { Accept: 'x', Authorization: 'Bearer fake-token' });
  server.setUsers({ renewed: 'fake-user' });
  assert.equal((await ask(server, '/readyz')).status, 401, 'the old token is refused');
  await kubeConfig.applyToHTTPSOptions(options);
  assert.deepEqual(options.headers, { Accept: 'x', Authorization: 'Bearer renewed' });
  const other = { headers: {} };
  await server.kubeConfig({ token: 'mine' }).applyToHTTPSOptions(other);
  assert.deepEqual(other.headers, { Authorization: 'Bearer mine' });
  const none = {};
  await server.kubeConfig({ token: null }).applyToHTTPSOptions(none);
  assert.deepEqual(none, {});
});
