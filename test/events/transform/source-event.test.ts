import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceEvent } from '../../../src/events/transform/source-event.ts';
import { kubeEvent } from '../kube-event.ts';

const metadata = {
  name: 'cart.17d3b',
  namespace: 'shop',
  uid: 'e-1',
  resourceVersion: '40011',
  creationTimestamp: '2024-05-29T03:00:00Z',
};
const facts = { namespace: 'shop', name: 'cart.17d3b', type: 'Warning', reason: 'BackOff', message: 'm' };

test('an event of the old style has its count and times', () => {
  const event = kubeEvent({
    metadata,
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'u-1', apiVersion: 'v1' },
    ...{ reason: 'BackOff', message: 'm', type: 'Warning', count: 4, reportingComponent: 'other' },
    source: { component: 'kubelet' },
    firstTimestamp: '2024-05-29T05:00:00Z',
    lastTimestamp: '2024-05-29T06:00:00Z',
  });
  assert.deepEqual(sourceEvent(event), {
    ...facts,
    id: 'e-1:40011',
    object: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'u-1', apiVersion: 'v1' },
    component: 'kubelet',
    count: 4,
    firstAtMs: Date.parse('2024-05-29T05:00:00Z'),
    lastAtMs: Date.parse('2024-05-29T06:00:00Z'),
  });
});

test('an event of the new style has those of its series, and what is unknown of its object is absent', () => {
  const event = kubeEvent({
    metadata,
    involvedObject: { kind: 'Node', name: 'worker-1' },
    ...{ reason: 'BackOff', message: 'm', type: 'Warning', reportingComponent: 'karpenter' },
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: '2024-05-29T05:00:00.123456Z',
    series: { count: 9, lastObservedTime: '2024-05-29T06:00:00.987654Z' },
  });
  assert.deepEqual(sourceEvent(event), {
    ...facts,
    id: 'e-1:40011',
    object: { kind: 'Node', name: 'worker-1' },
    component: 'karpenter',
    count: 9,
    firstAtMs: Date.parse('2024-05-29T05:00:00.123Z'),
    lastAtMs: Date.parse('2024-05-29T06:00:00.987Z'),
  });
});
