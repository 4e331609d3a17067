import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeASCheckConfig } from '../../src/config/config.ts';
import { checkConfig, checkUnits, validateConfig } from '../../src/config/validate.ts';
import { issuesOf } from './refusal.ts';

const accepted: readonly KubeASCheckConfig[] = [
  {},
  { controlPlane: false, quotas: false, events: false },
  { controlPlane: {}, quotas: {}, events: {}, leader: {} },
  { leader: { enabled: false, identity: 'host_1', leaseDurationMs: 1000 } },
  { controlPlane: { componentHealth: 'auto' }, events: { bundling: 'none', startFrom: { agoMs: 0 } } },
  { events: { startFrom: 'backlog', maxPerCommit: 100_000, bufferSize: 10 } },
  { tags: Object.freeze(['a:b']), events: Object.freeze({}) },
];

for (const config of accepted) {
  test(`${JSON.stringify(config)} is well-formed`, () => validateConfig(config));
}

test('an undefined property is absent', () => {
  validateConfig({ clusterName: undefined, leader: { skip: undefined } } as unknown as KubeASCheckConfig);
});

const refused: readonly (readonly [config: unknown, path: string, message: RegExp])[] = [
  [undefined, '', /^the configuration must be a mapping, got nothing$/],
  [null, '', /got null/],
  [new (class Config {})(), '', /an object of a class/],
  [{ intervalMS: 5 }, 'intervalMS', /`intervalMs`/],
  [{ events: { pagesize: 5 } }, 'events.pagesize', /`events.pageSize`/],
  [{ pageSize: 5 }, 'pageSize', /unknown key.*`events.pageSize`/],
  [{ leaders: {} }, 'leaders', /`leader`/],
  [{ 'events.pageSize': 5 }, 'events.pageSize', /unknown key/],
  [{ max_events_per_run: 5 }, 'max_events_per_run', /key in files of `events.maxPerCommit`/],
  [{ events: { page_size: 5 } }, 'events.page_size', /key in files of `events.pageSize`/],
  [{ leader_lease_duration: 5 }, 'leader_lease_duration', /unknown key/],
  [{ events: true }, 'events', /must be false or a mapping of options, got true/],
  [{ events: null }, 'events', /got null/],
  [{ quotas: [] }, 'quotas', /got a list/],
  [{ leader: false }, 'leader', /must be a mapping, got false/],
  [
    { controlPlane: { componentHealth: true } },
    'controlPlane.componentHealth',
    /"component-status", "readyz" or "auto", got true/,
  ],
  [{ events: { mode: 'push' } }, 'events.mode', /^invalid events.mode "push": must be "poll" or "watch"$/],
  [{ events: { maxPerCommit: 0 } }, 'events.maxPerCommit', /at least 1, got 0/],
  [{ events: { bufferSize: 0 } }, 'events.bufferSize', /at least 1, got 0/],
  [{ events: { readTimeoutMs: '2000' } }, 'events.readTimeoutMs', /got "2000"/],
  [{ events: { readTimeoutMs: Number.POSITIVE_INFINITY } }, 'events.readTimeoutMs', /got Infinity/],
  [{ events: { startFrom: {} } }, 'events.startFrom', /a mapping with agoMs/],
  [{ events: { startFrom: { agoMs: undefined } } }, 'events.startFrom', /a mapping with agoMs/],
  [{ events: { startFrom: { ago_ms: 5 } } }, 'events.startFrom.ago_ms', /key in files of `events.startFrom.agoMs`/],
  [{ events: { collectedEventTypes: [{ kind: '' }] } }, 'events.collectedEventTypes[0].kind', /not blank/],
  [{ leader: { leaseDurationMs: 999 } }, 'leader.leaseDurationMs', /at least 1000, got 999/],
  [{ tags: () => [] }, 'tags', /got a function/],
];

for (const [config, path, message] of refused) {
  test(`${path || 'the whole'} is refused: ${message.source}`, () => {
    const issues = issuesOf(() => validateConfig(config as KubeASCheckConfig));
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [path],
    );
    assert.match(issues[0]?.message ?? '', message);
  });
}

test('checkConfig tells of what is wrong and of what is not yet there at once', () => {
  const config = { leader: { skip: true, leaseName: 7 }, quotas: { namespaceQuotas: true }, events: { wire: 'xml' } };
  const issues = issuesOf(() => checkConfig(config as unknown as KubeASCheckConfig));
  assert.deepEqual(
    issues.map(({ path, message }) => [path, message.startsWith('not yet')]),
    [
      ['leader.leaseName', false],
      ['events.wire', false],
      ['quotas.namespaceQuotas', true],
    ],
  );
});

test('units are checked without asking for leadership', () => {
  checkUnits({});
  checkUnits({ events: { pageSize: 5 } });
  const issues = issuesOf(() => checkUnits({ quotas: { namespaceQuotas: true }, events: { pageSize: 0 } }));
  assert.deepEqual(
    issues.map((issue) => issue.path),
    ['events.pageSize', 'quotas.namespaceQuotas'],
  );
});
