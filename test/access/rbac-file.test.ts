import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadAllYaml } from '@kubernetes/client-node';
import { renderRbac } from '../../src/index.ts';

const root = join(import.meta.dirname, '../..');
const file = readFile(join(root, 'deploy/rbac.yaml'), 'utf8');

test('deploy/rbac.yaml is what `npm run rbac` makes', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=kasc-source',
    join(root, 'scripts/render-rbac.ts'),
  ]);
  assert.equal(await file, stdout);
});

test('deploy/rbac.yaml is for every unit there is', async () => {
  assert.equal(await file, renderRbac({ controlPlane: {}, quotas: {}, events: {} }));
});

test('deploy/rbac.yaml is read by Kubernetes’ own reader as whole objects, bound to one service account', async () => {
  const objects = loadAllYaml(await file) as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly subjects?: readonly object[];
    readonly roleRef?: { readonly kind: string; readonly name: string };
  }[];
  assert.deepEqual(
    objects.map(({ kind, metadata }) => [kind, metadata.namespace]),
    [
      ['ServiceAccount', 'default'],
      ['ClusterRole', undefined],
      ['ClusterRoleBinding', undefined],
      ['Role', 'default'],
      ['RoleBinding', 'default'],
    ],
  );
  const [account] = objects;
  for (const { kind, metadata, subjects, roleRef } of objects.filter((object) => object.kind.endsWith('Binding'))) {
    assert.deepEqual(
      subjects?.map((subject) => ({ ...subject })),
      [{ kind: 'ServiceAccount', ...account?.metadata }],
    );
    const { name, namespace } = metadata;
    const role = objects.find((object) => object.kind === roleRef?.kind && object.metadata.name === roleRef.name);
    assert.equal(`${role?.kind}Binding`, kind, name);
    assert.equal(role?.metadata.namespace, namespace);
  }
});
