import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderRbac } from '../../src/access/rbac.ts';
import { rulesFor } from '../../src/access/rules.ts';
import type { Permission } from '../../src/unit.ts';

const unit = (name: string, ...permissions: readonly Permission[]) => ({ name, permissions });
const events = { group: '', resource: 'events' };
const token = { group: '', resource: 'configmaps', namespace: 'mon' };

describe('the rules of several units', () => {
  it('are one a target, with the verbs and the units brought together', () => {
    const { cluster } = rulesFor([
      unit('b', { verbs: ['watch', 'list'], ...events }),
      unit('a', { verbs: ['list', 'get'], ...events }),
      unit('a', { verbs: ['list'], ...events }),
    ]);
    assert.deepEqual(cluster, [{ target: events, verbs: ['get', 'list', 'watch'], neededBy: ['a', 'b'] }]);
  });

  it('keep a rule for one name apart from the rule for all', () => {
    const { namespaces } = rulesFor([
      unit('a', { verbs: ['create'], ...token }, { verbs: ['get', 'update'], ...token, name: 't' }),
    ]);
    const { namespace: _, ...target } = token;
    assert.deepEqual(namespaces, [
      {
        namespace: 'mon',
        rules: [
          { target: { ...target, name: 't' }, verbs: ['get', 'update'], neededBy: ['a'] },
          { target, verbs: ['create'], neededBy: ['a'] },
        ],
      },
    ]);
  });

  it('are in the same order whatever the order of the units', () => {
    const needs = [
      unit('x', { verbs: ['get'], nonResourceUrl: '/readyz' }, { verbs: ['list'], ...events }),
      unit(
        'y',
        { verbs: ['list'], group: 'apps', resource: 'deployments' },
        { verbs: ['get'], nonResourceUrl: '/metrics' },
      ),
      unit('z', { verbs: ['get'], ...token }, { verbs: ['get'], ...token, namespace: 'a' }),
    ];
    const permuted = [needs[2]!, needs[0]!, needs[1]!];
    assert.deepEqual(rulesFor(permuted), rulesFor(needs));
    const targets = rulesFor(needs).cluster.map(({ target }) => Object.values(target).join('/'));
    assert.deepEqual(targets, ['/events', 'apps/deployments', '/metrics', '/readyz']);
    assert.deepEqual(
      rulesFor(needs).namespaces.map(({ namespace }) => namespace),
      ['a', 'mon'],
    );
  });

  it('put unusual verbs behind the usual ones', () => {
    const { cluster } = rulesFor([unit('a', { verbs: ['use', 'bind', 'delete', 'get'], ...events })]);
    assert.deepEqual(cluster[0]?.verbs, ['get', 'delete', 'bind', 'use']);
  });

  it('are none where nothing is needed', () => {
    assert.deepEqual(rulesFor([{ name: 'pure' }]), { cluster: [], namespaces: [] });
  });
});

describe('the manifest', () => {
  it('has an account, roles for the cluster and each namespace, and their bindings', () => {
    const manifest = renderRbac({
      units: [
        unit('events', { verbs: ['list', 'watch'], ...events }, { verbs: ['create'], ...token }),
        unit('control-plane', { verbs: ['get'], nonResourceUrl: '/readyz' }),
        unit('events', { verbs: ['get'], ...token, name: 'place' }),
      ],
      name: 'watcher',
      namespace: 'ops',
      serviceAccount: 'agent',
    });
    assert.equal(
      manifest.slice(manifest.indexOf('apiVersion')),
      `apiVersion: v1
kind: ServiceAccount
metadata:
  name: "agent"
  namespace: "ops"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: "watcher"
rules:
  # events
  - apiGroups: [""]
    resources: ["events"]
    verbs: ["list", "watch"]
  # control-plane
  - nonResourceURLs: ["/readyz"]
    verbs: ["get"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: "watcher"
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: "watcher"
subjects:
  - kind: ServiceAccount
    name: "agent"
    namespace: "ops"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: "watcher"
  namespace: "mon"
rules:
  # events
  - apiGroups: [""]
    resources: ["configmaps"]
    resourceNames: ["place"]
    verbs: ["get"]
  # events (create can't be limited to a name)
  - apiGroups: [""]
    resources: ["configmaps"]
    verbs: ["create"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: "watcher"
  namespace: "mon"
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: "watcher"
subjects:
  - kind: ServiceAccount
    name: "agent"
    namespace: "ops"
`,
    );
  });

  it('begins with comments, and is an account alone where nothing is needed', () => {
    const lines = renderRbac({ units: [] }).split('\n');
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('# ')),
      [
        'apiVersion: v1',
        'kind: ServiceAccount',
        'metadata:',
        '  name: "kube-apiserver-check"',
        '  namespace: "default"',
        '',
      ],
    );
  });

  it('takes hostile names as names', () => {
    const evil = 'x"\n  - apiGroups: ["*"]\r\u2028y: z';
    const manifest = renderRbac({
      units: [unit(evil, { verbs: [evil], group: evil, resource: evil, namespace: evil, name: evil })],
      name: evil,
      namespace: evil,
      serviceAccount: evil,
    });
    assert.match(manifest, /^[\x20-\x7e\n]*$/);
    const injected = manifest.split('\n').filter((line) => line.startsWith('  - apiGroups: ["*"]'));
    assert.deepEqual(injected, []);
  });
});
