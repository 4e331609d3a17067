import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstanceConfig } from '../../src/config/parse.ts';
import { validateConfig } from '../../src/config/validate.ts';
import { everything, readInstances, refusedInstances } from './instances.ts';
import { issuesOf, refusalOf } from './refusal.ts';

test('every key of a file lands in its place, in milliseconds and camelCase', () => {
  assert.deepEqual(parseInstanceConfig(everything), {
    intervalMs: 30_000,
    runBudgetMs: 9000,
    clusterAgentEnabled: false,
    clusterName: 'prod_eu_1',
    tags: ['env:prod', 'team:a:b', 'empty:'],
    resourcesNamespace: 'monitoring',
    leader: { enabled: true, skip: true, leaseName: 'my.lease', leaseDurationMs: 15_000 },
    controlPlane: { componentHealth: 'component-status', detailed: true },
    quotas: { namespaceQuotas: false },
    events: {
      mode: 'watch',
      maxPerCommit: 100,
      bufferSize: 2000,
      readTimeoutMs: 1500,
      readQuietMs: 0,
      resyncPeriodMs: 300_000,
      checkpointIntervalMs: 500,
      commitTimeoutMs: 1000,
      batchWindowMs: 10,
      tokenName: 'datadogtoken',
      pageSize: 1000,
      eventTtlMs: 7_200_000,
      wire: 'json',
      startFrom: { agoMs: 60_000 },
      namespaces: ['a', 'b'],
      excludeNamespaces: ['kube-*'],
      bundling: 'unspecified',
      defaultFilters: true,
      filteredEventTypes: ['FailedGetScale', 'type==Normal'],
      collectedEventTypes: [{ kind: 'Pod', reasons: ['Failed', 'BackOff'] }, { source: 'kubelet' }],
      query: 'event.type == "Warning"',
      sourceDetection: true,
      foldRepeatsMs: 5000,
      onRejected: 'quarantine',
    },
  });
});

for (const [behaviour, input, config] of readInstances) {
  test(behaviour, () => {
    assert.deepEqual(parseInstanceConfig(input), config);
    validateConfig(parseInstanceConfig(input));
  });
}

for (const [behaviour, input, path, message, remedy] of refusedInstances) {
  test(behaviour, () => {
    const issues = issuesOf(() => parseInstanceConfig(input));
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [path],
    );
    assert.match(issues[0]?.message ?? '', message);
    if (remedy !== undefined) assert.match(issues[0]?.remedy ?? '', remedy);
  });
}

test('every problem is in one error, message and details, with its path', () => {
  const error = refusalOf(() =>
    parseInstanceConfig({ tags: ['x', 5], wire: 'xml', pagesize: 5, collect_events: 'no', name: 'mine' }),
  );
  const paths = ['tags[0]', 'tags[1]', 'wire', 'pagesize', 'collect_events', 'name'];
  assert.deepEqual(
    (error.details['issues'] as { path: string }[]).map((issue) => issue.path),
    paths,
  );
  assert.equal(error.message.split('\n').length, paths.length + 1);
  for (const path of paths) assert.ok(error.message.includes(path), path);
  assert.match(error.message, /^configuration refused, 6 problems:\n- tags\[0\]: must be a tag/);
  assert.match(error.message, /\n- name: a key of the Agent's .* \(the id of a check is an option in code/);
  assert.match(error.remedy ?? '', /docs\/configuration\.md/);
  assert.doesNotThrow(() => JSON.stringify(error));
});

test('long and odd texts are cut and escaped in messages', () => {
  const error = refusalOf(() =>
    parseInstanceConfig({ wire: 'x'.repeat(10_000), 'a\nb': 1, ['k'.repeat(10_000)]: 1, cluster_name: 'a\u001b[31m' }),
  );
  assert.ok(error.message.length < 1000, `${error.message.length}`);
  assert.equal(error.message.split('\n').length, 5);
  assert.ok(!error.message.includes('\u001b'));
});

test('the value of an unknown key is never quoted', () => {
  const error = refusalOf(() => parseInstanceConfig({ api_key: 'hunter2', cluster_agent: { auth_token: 'hunter2' } }));
  assert.ok(!JSON.stringify(error).includes('hunter2'));
});

test('the input is neither changed nor shared', () => {
  const input = structuredClone(everything);
  const config = parseInstanceConfig(deepFrozen(input));
  assert.deepEqual(input, everything);
  assert.notEqual(config.tags, input.tags);
  const events = config.events === undefined || config.events === false ? {} : config.events;
  assert.notEqual(events.collectedEventTypes?.[0], input.collected_event_types[0]);
  assert.notEqual(events.collectedEventTypes?.[0]?.reasons, input.collected_event_types[0]?.reasons);
});

test('a mapping that holds itself is refused like any other', () => {
  const loop: Record<string, unknown> = {};
  loop['cluster_agent'] = loop;
  assert.deepEqual(
    issuesOf(() => parseInstanceConfig(loop)).map((issue) => issue.path),
    ['cluster_agent.cluster_agent'],
  );
});

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}
