import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostProviderId, hostSuffix, nodeOf } from '../../../src/events/transform/host.ts';
import { noLookups, type ObjectLookups } from '../../../src/events/transform/lookups.ts';
import { anEvent } from '../kube-event.ts';

describe('the node of an event', () => {
  const known: ObjectLookups = {
    ...noLookups,
    pod: (namespace, name) =>
      namespace === 'shop' && name === 'cart' ? { uid: 'u-cart', nodeName: 'worker-9' } : undefined,
  };
  const unscheduled: ObjectLookups = { ...noLookups, pod: () => ({ uid: 'u-cart', nodeName: '' }) };
  const mustNotAsk: ObjectLookups = { ...noLookups, pod: () => assert.fail('asked for a pod') };

  for (const [what, event, lookups, expected] of [
    ["a Pod's is the event's source host", { host: 'worker-1' }, mustNotAsk, 'worker-1'],
    ["else the pod's own", {}, known, 'worker-9'],
    ['else unknown', { object: { name: 'other' } }, known, undefined],
    ['not that of a pod made anew under the name', { object: { uid: 'u-old' } }, known, undefined],
    ['that of the pod of the name where the event says no uid', { object: { uid: '' } }, known, 'worker-9'],
    ['unknown before the pod is scheduled', {}, unscheduled, undefined],
    ["a Node's is itself", { host: 'control-1', object: { kind: 'Node', namespace: '', name: 'w' } }, mustNotAsk, 'w'],
    ['a Node without a name is unknown', { object: { kind: 'Node', namespace: '', name: '' } }, mustNotAsk, undefined],
    ['any other kind runs nowhere', { host: 'worker-1', object: { kind: 'ReplicaSet' } }, mustNotAsk, undefined],
    ['kinds compare exactly', { host: 'worker-1', object: { kind: 'pod' } }, mustNotAsk, undefined],
  ] as const) {
    test(what, () => assert.equal(nodeOf(anEvent(event), lookups), expected));
  }
});

describe('the provider id of a node', () => {
  const nodes = new Map([
    ['aws', 'aws:///eu-west-1a/i-0abc'],
    ['bare', 'i-1'],
    ['open', 'kind://docker/kind/'],
    ['none', ''],
  ]);
  const lookups: ObjectLookups = {
    ...noLookups,
    node: (name) => {
      const providerId = nodes.get(name);
      return providerId === undefined ? undefined : { providerId };
    },
  };
  for (const [node, expected] of [
    ['aws', 'i-0abc'],
    ['bare', 'i-1'],
    ['open', undefined],
    ['none', undefined],
    ['gone', undefined],
  ] as const) {
    test(`${node}: ${expected}`, () => assert.equal(hostProviderId(node, lookups), expected));
  }
});

test('the cluster follows the node in the host name, with dashes for underscores', () => {
  assert.equal(hostSuffix('prod_eu_1'), '-prod-eu-1');
  assert.equal(hostSuffix(''), '');
});
