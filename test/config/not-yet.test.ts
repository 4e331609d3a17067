import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeASCheckConfig } from '../../src/config/config.ts';
import { notYet, notYetIssues, refuseNotYet } from '../../src/config/not-yet.ts';
import { parseInstanceConfig } from '../../src/config/parse.ts';
import { checkConfig } from '../../src/config/validate.ts';
import { issuesOf, refusalOf } from './refusal.ts';

const leader = { skip: true };

const refused: readonly (readonly [path: string, config: KubeASCheckConfig])[] = [
  ['quotas.namespaceQuotas', { leader, quotas: { namespaceQuotas: true } }],
];

for (const [path, config] of refused) {
  test(`${JSON.stringify(config)} is refused as not yet there`, () => {
    const issues = issuesOf(() => checkConfig(config));
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [path],
    );
    assert.match(issues[0]?.message ?? '', /^not yet: /);
    assert.ok((issues[0]?.remedy ?? '') !== '');
    assert.deepEqual(
      issuesOf(() => refuseNotYet(config)),
      issues,
    );
  });
}

test('each thing that is not yet there has its test', () => {
  assert.deepEqual(
    [...new Set(refused.map(([path]) => path))],
    notYet.map(({ path }) => path),
  );
});

const accepted: readonly KubeASCheckConfig[] = [
  {},
  { leader },
  { leader: { enabled: true, leaseName: 'x', leaseDurationMs: 30_000, identity: 'x' } },
  { leader: { skip: false } },
  { leader: { enabled: true, skip: true } },
  // run() rejects it, with LEADER_ELECTION_DISABLED
  { leader: { enabled: false } },
  { clusterAgentEnabled: true },
  { leader, quotas: { namespaceQuotas: false }, controlPlane: { detailed: true, componentHealth: 'component-status' } },
  { leader, quotas: false, controlPlane: false, events: false },
  { leader, events: { mode: 'poll', wire: 'auto', onRejected: 'block', foldRepeatsMs: 1000 } },
  { leader, events: { query: 'event.type == "Warning"' } },
  { leader, events: { wire: 'protobuf' } },
  { events: { mode: 'watch', batchWindowMs: 0, onRejected: 'quarantine', namespaces: ['default', 'shop'] } },
  {
    leader,
    events: { wire: 'json', excludeNamespaces: ['kube-*'], filteredEventTypes: ['Killing'], startFrom: { agoMs: 5 } },
  },
  {
    leader,
    events: {
      bundling: 'unspecified',
      defaultFilters: true,
      collectedEventTypes: [{ kind: 'Pod' }],
      sourceDetection: true,
    },
  },
];

for (const config of accepted) {
  test(`${JSON.stringify(config)} is done by this release`, () => checkConfig(config));
}

test('a file that asks for it is read, and refused when a check is made of it, by the name in the file too', () => {
  const config = parseInstanceConfig({
    skip_leader_election: true,
    namespace_quotas: true,
  });
  assert.match(refusalOf(() => checkConfig(config)).message, /quotas\.namespaceQuotas: not yet: .*`namespace_quotas`/);
});

test('what is no configuration is left to the checks of shape', () => {
  for (const config of [
    null,
    5,
    { leader: 5, events: 'x' },
    { leader, events: { namespaces: 'a', foldRepeatsMs: '5' } },
  ]) {
    assert.doesNotThrow(() => notYetIssues(config as unknown as KubeASCheckConfig));
  }
});
