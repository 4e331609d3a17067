import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../src/kube/target.ts';
import type { KubeRequest } from '../../src/kube-api.ts';
import { never } from './server.ts';

const table: readonly (readonly [Omit<KubeRequest, 'signal'>, string, string])[] = [
  [
    { path: '/api/v1/events' },
    'list events at the cluster scope',
    'verb "list" on resource "events" of API group "" at the cluster scope',
  ],
  [
    { path: '/api/v1/namespaces/shop/events', query: { watch: 'true' } },
    'watch events in namespace "shop"',
    'verb "watch" on resource "events" of API group "" in namespace "shop"',
  ],
  [
    { path: '/api/v1/namespaces/shop/configmaps/token' },
    'get configmaps "token" in namespace "shop"',
    'verb "get" on resource "configmaps" of API group "" in namespace "shop"',
  ],
  [
    { path: '/api/v1/namespaces/shop/configmaps', method: 'POST' },
    'create configmaps in namespace "shop"',
    'verb "create" on resource "configmaps" of API group "" in namespace "shop"',
  ],
  [
    { path: '/api/v1/namespaces/shop/configmaps/token', method: 'PUT' },
    'update configmaps "token" in namespace "shop"',
    'verb "update" on resource "configmaps" of API group "" in namespace "shop"',
  ],
  [
    { path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x' },
    'get leases "x" in namespace "kube-system"',
    'verb "get" on resource "leases" of API group "coordination.k8s.io" in namespace "kube-system"',
  ],
  [
    { path: '/apis/quota.openshift.io/v1/clusterresourcequotas' },
    'list clusterresourcequotas at the cluster scope',
    'verb "list" on resource "clusterresourcequotas" of API group "quota.openshift.io" at the cluster scope',
  ],
  [
    { path: '/api/v1/namespaces' },
    'list namespaces at the cluster scope',
    'verb "list" on resource "namespaces" of API group "" at the cluster scope',
  ],
  [
    { path: '/api/v1/namespaces/shop' },
    'get namespaces "shop" at the cluster scope',
    'verb "get" on resource "namespaces" of API group "" at the cluster scope',
  ],
  [{ path: '/readyz' }, 'get /readyz', 'verb "get" on nonResourceURL "/readyz"'],
  [{ path: '/api/v1' }, 'get /api/v1', 'verb "get" on nonResourceURL "/api/v1"'],
  [
    { path: '/apis/quota.openshift.io' },
    'get /apis/quota.openshift.io',
    'verb "get" on nonResourceURL "/apis/quota.openshift.io"',
  ],
  [
    { path: '/apis/quota.openshift.io/v1' },
    'get /apis/quota.openshift.io/v1',
    'verb "get" on nonResourceURL "/apis/quota.openshift.io/v1"',
  ],
];

for (const [request, text, rule] of table) {
  test(`${request.method ?? 'GET'} ${request.path} is told as: ${text}`, () => {
    const target = describe({ ...request, signal: never });
    assert.equal(target.text, text);
    assert.equal(target.rule, rule);
  });
}

test('the details hold what there is, and nothing else', () => {
  assert.deepEqual(describe({ path: '/readyz', signal: never }).details, { verb: 'get', path: '/readyz' });
  assert.deepEqual(describe({ path: '/api/v1/events', signal: never }).details, {
    verb: 'list',
    group: '',
    resource: 'events',
  });
  assert.deepEqual(describe({ path: '/api/v1/namespaces/a/events/b', signal: never }).details, {
    verb: 'get',
    group: '',
    resource: 'events',
    namespace: 'a',
    name: 'b',
  });
});
