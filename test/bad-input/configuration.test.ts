import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  defaultUnits,
  eventCollector,
  isKubeCheckError,
  KubeASCheck,
  type KubeASCheckConfig,
  parseInstanceConfig,
  renderRbac,
} from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { startFakeScene } from './fake-scene.ts';

/** What is wrong, at which path, and what is said of it. Keys that are unknown come with the nearest known one. */
type Row = readonly [given: unknown, path: string, said: RegExp];

const ofFiles: readonly Row[] = [
  [{ colect_events: true }, 'colect_events', /nearest known one is `collect_events`/],
  [{ cluster_agent: { enabld: true } }, 'cluster_agent.enabld', /nearest known one is `cluster_agent.enabled`/],
  [{ 'cluster_agent.enable': true }, 'cluster_agent.enable', /nearest known one is `cluster_agent.enabled`/],
  [
    { kubernetes_event_read_timeout: 5 },
    'kubernetes_event_read_timeout',
    /nearest known one is `kubernetes_event_read_timeout_ms`/,
  ],
  [{ collect_events: 'yes' }, 'collect_events', /must be true or false, got "yes"/],
  [{ min_collection_interval: '15s' }, 'min_collection_interval', /must be a whole number .*, got "15s"/],
  [{ collect_events: true, page_size: 1.5 }, 'page_size', /must be a whole number of at least 1, got 1.5/],
  [{ collect_events: true, namespaces: 'shop' }, 'namespaces', /must be a list .*, got "shop"/],
  [{ tags: ['env:prod', 7] }, 'tags[1]', /must be a tag `key:value`, got 7/],
  [{ event_collection_mode: 'polling' }, 'event_collection_mode', /"poll" or "watch"/],
];

const ofCode: readonly Row[] = [
  [{ interval: 5 }, 'interval', /nearest known one is `intervalMs`/],
  [{ quota: {} }, 'quota', /nearest known one is `quotas`/],
  [{ events: { pagesize: 5 } }, 'events.pagesize', /nearest known one is `events.pageSize`/],
  [{ events: { pageSize: '500' } }, 'events.pageSize', /got "500"/],
  [{ events: { namespaces: 'shop' } }, 'events.namespaces', /must be a list .*, got "shop"/],
  [{ controlPlane: true }, 'controlPlane', /false or a mapping of options, got true/],
  [{ events: { readTimeoutMs: Number.NaN } }, 'events.readTimeoutMs', /got NaN/],
  [{ intervalMs: 0 }, 'intervalMs', /got 0/],
];

function assertRefused(call: () => unknown, [given, path, said]: Row): void {
  assert.throws(call, (error) => {
    assert.ok(isKubeCheckError(error, 'CONFIG_INVALID'), `${error}`);
    const issues = error.details['issues'] as readonly { readonly path: string; readonly message: string }[];
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [path],
      JSON.stringify(given),
    );
    assert.match(issues[0]?.message ?? '', said);
    for (const words of [path, issues[0]?.message ?? '']) assert.ok(error.message.includes(words), error.message);
    assert.match(error.remedy ?? '', /docs\/configuration.md/);
    return true;
  });
}

describe('a file that is wrong is refused with the path', () => {
  for (const row of ofFiles) test(JSON.stringify(row[0]), () => assertRefused(() => parseInstanceConfig(row[0]), row));
});

describe('options that are wrong are refused with the path, at every door, before anything is asked of a server', () => {
  for (const row of ofCode)
    test(JSON.stringify(row[0]), async () => {
      await using scene = await startFakeScene();
      const { kubeConfig } = scene;
      const config = { leader: { skip: true }, ...(row[0] as KubeASCheckConfig) };
      assertRefused(() => new KubeASCheck({ sender: new RecordingSender(), kubeConfig, config }), row);
      assertRefused(() => defaultUnits(config), row);
      assertRefused(() => renderRbac(config), row);
      if (config.events) assertRefused(() => eventCollector(config.events || {}), row);
      assert.deepEqual(scene.server.requests, []);
    });
});

test('all that is wrong is told at once', () => {
  const call = () => parseInstanceConfig({ colect_events: true, tags: 'env:prod', page_size: 0 });
  assert.throws(call, /3 problems:\n- colect_events: .*\n- tags: .*\n- page_size: /);
});

test('a value that stands where none belongs is not repeated: it may be a secret', () => {
  for (const config of [{ token: 'sEcReT' }, { api_key: 'sEcReT' }, { kubeconfig: { token: 'sEcReT' } }])
    assert.throws(
      () => parseInstanceConfig(config),
      (error) => {
        assert.ok(isKubeCheckError(error, 'CONFIG_INVALID'));
        assert.doesNotMatch(`${error.message}${JSON.stringify(error)}`, /sEcReT/);
        return true;
      },
    );
});
