import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type TransformPorts, transformContext } from '../../../src/events/transform/context.ts';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import { tagsOf } from '../../../src/events/transform/tags.ts';
import { anEvent } from '../kube-event.ts';

const quiet: TransformPorts = { lookups: noLookups, tagProvider: {}, warn: assert.fail };

function tagsFor(
  given: Parameters<typeof anEvent>[0],
  ports: Partial<TransformPorts> = {},
  node?: string,
): readonly string[] {
  const event = anEvent(given);
  const tagged = { object: event.object, ref: event.object, node, reason: event.reason, emitters: [event] };
  return tagsOf(tagged, transformContext({ ...quiet, ...ports }, ''));
}

describe('tags', () => {
  for (const [kind, tag] of [
    ['Pod', 'pod_name:x'],
    ['Deployment', 'kube_deployment:x'],
    ['ReplicaSet', 'kube_replica_set:x'],
    ['ReplicationController', 'kube_replication_controller:x'],
    ['StatefulSet', 'kube_stateful_set:x'],
    ['DaemonSet', 'kube_daemon_set:x'],
    ['Job', 'kube_job:x'],
    ['CronJob', 'kube_cronjob:x'],
    ['Service', 'kube_service:x'],
    ['Namespace', 'kube_namespace:x'],
    ['Node', undefined],
    ['pod', undefined],
  ] as const) {
    test(`a ${kind} named x has ${tag ?? 'no tag of its kind'}`, () => {
      const common = ['event_reason:Pulled', `kube_kind:${kind}`, 'kube_name:x', `kubernetes_kind:${kind}`, 'name:x'];
      const always = [...common, 'orchestrator:kubernetes', 'reporting_controller:', 'source_component:kubelet'];
      assert.deepEqual(
        tagsFor({ object: { kind, name: 'x', namespace: '' } }),
        (tag ? [...always, tag] : always).sort(),
      );
    });
  }

  test('name the namespace twice, as the Agent does', () => {
    const tags = tagsFor({ object: { namespace: 'shop' } });
    assert.ok(tags.includes('kube_namespace:shop') && tags.includes('namespace:shop'));
  });

  for (const [name, expected] of [
    ['a', ['kube_namespace:a', 'kube_namespace:shop']],
    ['shop', ['kube_namespace:shop']],
    ['z', ['kube_namespace:shop', 'kube_namespace:z']],
  ] as const) {
    test(`of a Namespace ${name} whose event says another field of the same key are sorted and unique`, () => {
      const tags = tagsFor({ object: { kind: 'Namespace', name, namespace: 'shop' } });
      assert.deepEqual(
        tags.filter((tag) => tag.startsWith('kube_namespace:')),
        expected,
      );
    });
  }

  test('name the machine where it is known', () => {
    const lookups = { ...noLookups, node: (name: string) => ({ providerId: `aws:///z/${name}` }) };
    assert.ok(tagsFor({}, { lookups }, 'i-7').includes('host_provider_id:i-7'));
  });

  test('are sorted by bytes and unique, whoever gave them', () => {
    const objectTags = () => ['x:😀', 'x:！', 'pod_name:cart', 'a:1', 'x:😀'];
    const globalTags = () => ['orchestrator:kubernetes', 'a:1'];
    const tags = tagsFor({}, { tagProvider: { objectTags, globalTags } });
    const bytes = [...tags].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(tags, bytes);
    assert.equal(new Set(tags).size, tags.length);
    assert.ok(tags.indexOf('x:！') < tags.indexOf('x:😀'));
  });

  test('are unique also where they come sorted', () => {
    const globalTags = () => ['source_component:kubelet'];
    assert.deepEqual(tagsFor({}, { tagProvider: { globalTags } }), tagsFor({}));
  });

  test('of the provider are asked for the object and for its namespace', () => {
    const asked: unknown[] = [];
    const tagProvider = {
      objectTags: (object: unknown) => {
        asked.push(object);
        return [];
      },
    };
    tagsFor({ object: { kind: 'Job', name: 'x' } }, { tagProvider });
    tagsFor({ object: { kind: 'Node', name: 'n', namespace: '' } }, { tagProvider });
    const base = { uid: 'u-cart', apiVersion: 'v1' };
    assert.deepEqual(asked, [
      { ...base, kind: 'Job', namespace: 'shop', name: 'x' },
      { kind: 'Namespace', name: 'shop' },
      { ...base, kind: 'Node', namespace: '', name: 'n' },
    ]);
  });

  for (const [what, objectTags] of [
    [
      'throws',
      () => {
        throw new Error('no cache yet');
      },
    ],
    ['answers numbers', () => [1] as unknown as string[]],
    ['answers no list', () => new Set(['a:1']) as unknown as string[]],
  ] as const) {
    test(`are those of the event alone, with a warning, if the provider ${what}`, () => {
      const warnings: string[] = [];
      const tagProvider = { objectTags, globalTags: () => ['global:here'] };
      const tags = tagsFor({}, { tagProvider, warn: (message) => warnings.push(message) });
      assert.deepEqual(tags, [...tagsFor({}), 'global:here'].sort());
      assert.equal(warnings.length, 2, 'one for the object, one for its namespace');
      assert.match(warnings[0] ?? '', /^the tag provider failed/);
    });
  }

  test('of a provider that knows nothing are none', () => {
    const tagProvider = { objectTags: () => undefined as unknown as string[] };
    assert.deepEqual(tagsFor({}, { tagProvider }), tagsFor({}));
  });
});
