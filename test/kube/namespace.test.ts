import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serviceAccountNamespace } from '../../src/kube/namespace.ts';

for (const [what, content, expected] of [
  ['that of the service account', 'monitoring', 'monitoring'],
  ['that of the service account, without its line break', 'monitoring\n', 'monitoring'],
  ['default, where its file is empty', '', 'default'],
  ['default, outside a cluster', undefined, 'default'],
] as const) {
  test(`the namespace is ${what}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'kasc-namespace-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'namespace');
    if (content !== undefined) writeFileSync(file, content);
    assert.equal(await serviceAccountNamespace(file), expected);
  });
}
