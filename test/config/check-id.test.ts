import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalJson, defaultCheckId } from '../../src/config/check-id.ts';
import type { KubeASCheckConfig } from '../../src/config/config.ts';
import { resolveConfig } from '../../src/config/resolve.ts';

const idOf = (config: KubeASCheckConfig) => defaultCheckId(resolveConfig(config));

test('an id is the name of the check and 16 hex digits of the SHA-256', () => {
  const sha = createHash('sha256')
    .update(canonicalJson(resolveConfig({})))
    .digest('hex');
  assert.match(idOf({}), /^kubernetes_apiserver:[0-9a-f]{16}$/);
  assert.ok(sha.startsWith(idOf({}).slice('kubernetes_apiserver:'.length)));
});

test('JSON has sorted keys at every level, ordered lists, and nothing undefined', () => {
  assert.equal(
    canonicalJson({ b: [{ d: 1, c: 2 }, 'x'], a: undefined, A: null }),
    '{"A":null,"b":[{"c":2,"d":1},"x"]}',
  );
});

test('the order of keys and a default written out make no difference', () => {
  assert.equal(
    idOf({ clusterName: 'a', events: { mode: 'poll', pageSize: 500 } }),
    idOf({ events: { pageSize: 500 }, clusterName: 'a', intervalMs: 15_000 }),
  );
});

test('every choice makes a difference', () => {
  const configs: readonly KubeASCheckConfig[] = [
    {},
    { clusterName: 'a' },
    { clusterName: 'b' },
    { tags: ['a:1', 'b:2'] },
    { tags: ['b:2', 'a:1'] },
    { events: {} },
    { events: { pageSize: 1 } },
    { quotas: false },
    { leader: { skip: true } },
  ];
  assert.equal(new Set(configs.map(idOf)).size, configs.length);
});
