import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import type { TransformOptions } from '../../../src/events/transform/transform.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import { anEvent } from '../kube-event.ts';
import { eventTransform } from './transformed.ts';

const ports = { lookups: noLookups, tagProvider: {}, warn: assert.fail };

function outcome(events: readonly KubeEvent[], options: TransformOptions) {
  const { events: told, filtered } = eventTransform(options)(events, ports);
  return {
    told: told.map((event) => `${event.title} [${event.sourceTypeName}]`),
    filtered: Object.fromEntries(filtered),
  };
}

const pulled = anEvent({ reason: 'Pulled' });
const failed = anEvent({ reason: 'Failed' });
const sync = anEvent({ reason: 'Sync', component: 'nginx', object: { kind: 'Ingress', name: 'web', uid: 'u-web' } });
const nameless = anEvent({ reason: 'Sync', component: 'nginx', object: { kind: 'Ingress', name: '', uid: 'u-none' } });
const all = [pulled, failed, sync, nameless];

describe('what becomes of events', () => {
  for (const [what, options, told, filtered] of [
    [
      'bundled: all',
      {},
      ['Events from the Pod shop/cart [kubernetes]', 'Events from the Ingress shop/web [kubernetes]'],
      { incomplete: 1 },
    ],
    [
      'bundled: collected types alone filter nothing',
      { collectedEventTypes: [{ kind: 'Ingress' }] },
      ['Events from the Pod shop/cart [kubernetes]', 'Events from the Ingress shop/web [kubernetes]'],
      { incomplete: 1 },
    ],
    [
      'bundled: the noteworthy',
      { defaultFilters: true },
      ['Events from the Pod shop/cart [kubernetes]'],
      { 'default-filters': 3 },
    ],
    [
      'bundled: the noteworthy and the collected',
      { defaultFilters: true, collectedEventTypes: [{ reasons: ['Sync'] }] },
      ['Events from the Pod shop/cart [kubernetes]', 'Events from the Ingress shop/web [kubernetes]'],
      { 'default-filters': 1, incomplete: 1 },
    ],
    [
      'alone: the collected',
      { bundling: 'none', collectedEventTypes: [{ kind: 'Ingress' }] },
      ['Ingress shop/web: Sync [kubernetes]', 'Ingress shop/: Sync [kubernetes]'],
      { 'collected-event-types': 2 },
    ],
    ['alone: nothing collected, nothing told', { bundling: 'none' }, [], { 'collected-event-types': 4 }],
    [
      'alone: reasons only are refused',
      { bundling: 'none', collectedEventTypes: [{ reasons: ['Sync'] }] },
      [],
      { 'collected-event-types': 4 },
    ],
    [
      'alone: the noteworthy, the collected as custom',
      { bundling: 'none', defaultFilters: true, collectedEventTypes: [{ kind: 'Pod' }] },
      ['Pod shop/cart: Pulled [kubernetes_custom]', 'Pod shop/cart: Failed [kubernetes]'],
      { 'default-filters': 2 },
    ],
    [
      'the rest bundled behind',
      { bundling: 'unspecified', collectedEventTypes: [{ kind: 'Pod', reasons: ['Failed'] }] },
      [
        'Pod shop/cart: Failed [kubernetes]',
        'Events from the Pod shop/cart [kubernetes]',
        'Events from the Ingress shop/web [kubernetes]',
      ],
      { incomplete: 1 },
    ],
    [
      'the rest bundled unfiltered',
      { bundling: 'unspecified', defaultFilters: true },
      [
        'Pod shop/cart: Failed [kubernetes]',
        'Events from the Pod shop/cart [kubernetes]',
        'Events from the Ingress shop/web [kubernetes]',
      ],
      { incomplete: 1 },
    ],
  ] satisfies [string, TransformOptions, string[], Record<string, number>][]) {
    test(what, () => assert.deepEqual(outcome(all, options), { told, filtered }));
  }

  test('none in, none out', () => assert.deepEqual(outcome([], {}), { told: [], filtered: {} }));
});

test('lone surrogates are replaced everywhere', () => {
  const bad = 'a\ud800';
  const object = { kind: bad, namespace: bad, name: bad, uid: bad, apiVersion: bad };
  const texts = { uid: bad, version: bad, namespace: bad, name: bad, reason: bad, message: bad, type: bad };
  const event = anEvent({ ...texts, component: bad, host: bad, reportingComponent: bad, object });
  for (const bundling of ['all', 'none'] as const) {
    const [told] = eventTransform({ bundling, collectedEventTypes: [{ kind: 'a\ufffd' }] })([event], {
      ...ports,
      tagProvider: { globalTags: () => [bad] },
    }).events;
    assert.ok(told);
    const written = JSON.stringify(told);
    assert.ok(written.includes('a\ufffd') && !written.includes('\\ud800'));
  }
});

test('a transform keeps nothing from one batch to the next', () => {
  const transform = eventTransform({});
  const once = transform(all, ports);
  assert.deepEqual(transform(all, ports), once);
});

test('global tags are asked for once a batch', () => {
  let asked = 0;
  const globalTags = () => {
    asked++;
    return ['kube_cluster_name:eu-1'];
  };
  const { events } = eventTransform({})(all, { ...ports, tagProvider: { globalTags } });
  assert.equal(asked, 1);
  assert.ok(events.every((event) => event.tags.includes('kube_cluster_name:eu-1')));
});
