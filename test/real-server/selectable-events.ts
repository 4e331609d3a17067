/** Events whose fields take every kind of value that a field selector may have to tell apart, written through the API of their style. */
import assert from 'node:assert/strict';
import type { KubeObject } from '../../src/testing/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';

/** Also what has to be escaped in a selector, alone and together, and what looks like an escape or a term. */
export const oddReasons = [
  'a,b',
  'a=b',
  'a\\b',
  'a\\,b',
  'a\\=b',
  'type!=Normal',
  '\\',
  '=',
  ',',
  '\\\\,==',
  ' a b ',
  'ä € 🚀',
  'a+b&c%2C',
];

const reasons = ['Started', 'started', 'BackOff', '', ...oddReasons];
const types = ['Normal', 'Warning', 'normal', ''];
const components = ['kubelet', 'cronjob-controller', ''];
const reporters = ['kubelet', 'example.com/reporter', ''];
const objects = [
  {
    kind: 'Pod',
    name: 'web-0',
    uid: 'u-1',
    apiVersion: 'v1',
    fieldPath: 'spec.containers{web}',
    resourceVersion: '4711',
  },
  { kind: 'Pod', name: 'web-0', uid: 'u-2', apiVersion: 'v1' },
  { kind: 'Job', name: 'nightly', uid: 'u-3', apiVersion: 'batch/v1', resourceVersion: '4712' },
  { kind: 'Job', name: 'nightly' },
];
const namespaces = ['default', 'shop'];

const pick = <Value>(values: readonly Value[], index: number): Value => values[index % values.length] as Value;

/** Events with the numbers from `from` on, in the namespaces `default` and `shop`. */
export async function writeSelectableEvents(plane: ControlPlane, count: number, from = 0): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => writeSelectableEvent(plane, from + index)));
}

export async function makeShop(plane: ControlPlane): Promise<void> {
  const { status } = await plane.request(ADMIN, 'POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  assert.equal(status, 201);
}

/** Those written here: a starting API server may tell of its own service. Asserts that the selector is not refused. */
export async function listed(plane: ControlPlane, selector: string): Promise<readonly KubeObject[]> {
  const { status, body } = await select(plane, selector);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items.filter(({ metadata }) => metadata.name.startsWith('selectable-'));
}

export function select(plane: ControlPlane, selector: string) {
  return plane.request<{ readonly items: readonly KubeObject[]; readonly message?: string }>(
    ADMIN,
    'GET',
    `/api/v1/events?fieldSelector=${encodeURIComponent(selector)}`,
  );
}

/** Of an event that was written through core/v1, whose fields may be changed. */
export async function changeReason(plane: ControlPlane, event: KubeObject, reason: string): Promise<void> {
  const { name, namespace } = event.metadata;
  const path = `/api/v1/namespaces/${namespace}/events/${name}`;
  const { status, body } = await plane.request(ADMIN, 'PATCH', path, { reason });
  assert.equal(status, 200, JSON.stringify(body));
}

/** Strides without a common divisor, so that the values meet in many ways. */
async function writeSelectableEvent(plane: ControlPlane, index: number): Promise<void> {
  const namespace = pick(namespaces, Math.floor(index / 3));
  const name = `selectable-${index}`;
  const object = { ...pick(objects, Math.floor(index / 2)), namespace };
  const reason = pick(reasons, index * 5);
  const message = `number ${index}`;
  const at = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
  if (index % 4 === 3)
    return write(plane, `/apis/events.k8s.io/v1/namespaces/${namespace}/events`, {
      metadata: { name, namespace },
      regarding: object,
      // Required here.
      reason: reason === '' ? 'Scheduled' : reason,
      note: message,
      type: pick(types.slice(0, 2), index),
      action: 'Binding',
      reportingController: pick(reporters.slice(0, 2), Math.floor(index / 4)),
      reportingInstance: 'reporter-0',
      eventTime: at.replace('Z', '000Z'),
    });
  const times = { firstTimestamp: at, lastTimestamp: at, count: 1 };
  const who = {
    source: { component: pick(components, index) },
    reportingComponent: pick(reporters, Math.floor(index / 3)),
  };
  const event = {
    metadata: { name, namespace },
    involvedObject: object,
    reason,
    message,
    type: pick(types, Math.floor(index / 5)),
    ...who,
  };
  return write(plane, `/api/v1/namespaces/${namespace}/events`, { ...event, ...times });
}

async function write(plane: ControlPlane, path: string, event: object): Promise<void> {
  const { status, body } = await plane.request(ADMIN, 'POST', path, event);
  assert.equal(status, 201, JSON.stringify(body));
}
