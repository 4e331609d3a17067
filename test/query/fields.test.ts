import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import { eventType, type ObjectType } from '../../src/query/fields.ts';
import { kubeEvent } from '../events/kube-event.ts';
import { compiled } from './asked.ts';

const full: KubeEvent = kubeEvent({
  metadata: {
    name: 'cart.17',
    namespace: 'shop',
    uid: 'u-1',
    resourceVersion: '812',
    creationTimestamp: '2024-05-29T06:00:51Z',
  },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'u-cart', apiVersion: 'v1' },
  reason: 'BackOff',
  message: 'Back-off restarting failed container',
  type: 'Warning',
  source: { component: 'kubelet', host: 'node-1' },
  reportingComponent: 'kubelet-2',
  count: 3,
  firstTimestamp: '2024-05-29T05:00:00Z',
  lastTimestamp: '2024-05-29T06:00:00Z',
  eventTime: '2024-05-29T05:30:00.250Z',
  series: { count: 7, lastObservedTime: '2024-05-29T06:30:00Z' },
});
const empty: KubeEvent = kubeEvent({});

/** Each field with what `full` has there. */
const fields: readonly (readonly [field: string, value: string])[] = [
  ['event.metadata.name', '"cart.17"'],
  ['event.metadata.namespace', '"shop"'],
  ['event.metadata.uid', '"u-1"'],
  ['event.metadata.resourceVersion', '"812"'],
  ['event.metadata.creationTimestamp', 'timestamp("2024-05-29T06:00:51Z")'],
  ['event.involvedObject.kind', '"Pod"'],
  ['event.involvedObject.namespace', '"shop"'],
  ['event.involvedObject.name', '"cart"'],
  ['event.involvedObject.uid', '"u-cart"'],
  ['event.involvedObject.apiVersion', '"v1"'],
  ['event.reason', '"BackOff"'],
  ['event.message', '"Back-off restarting failed container"'],
  ['event.type', '"Warning"'],
  ['event.source.component', '"kubelet"'],
  ['event.source.host', '"node-1"'],
  ['event.reportingComponent', '"kubelet-2"'],
  ['event.count', '3'],
  ['event.firstTimestamp', 'timestamp("2024-05-29T05:00:00Z")'],
  ['event.lastTimestamp', 'timestamp("2024-05-29T06:00:00Z")'],
  ['event.eventTime', 'timestamp("2024-05-29T05:30:00.250Z")'],
  ['event.series.count', '7'],
  ['event.series.lastObservedTime', 'timestamp("2024-05-29T06:30:00Z")'],
];

for (const [field, value] of fields) {
  test(`${field} has its value and its type`, () => {
    assert.equal(compiled(`${field} == ${value}`).keeps(full), true);
    assert.equal(compiled(`${field} != ${value}`).keeps(full), false);
    assert.equal(compiled(`has(${field})`).keeps(full), true);
  });
}

test('every field is in the table above', () => {
  const paths = (path: string, { fields }: ObjectType): readonly string[] =>
    Object.entries(fields).flatMap(([field, { type }]) =>
      typeof type === 'string' ? [`${path}.${field}`] : paths(`${path}.${field}`, type),
    );
  assert.deepEqual(
    paths('event', eventType),
    fields.map(([field]) => field),
  );
});

describe('of what an event does not have', () => {
  for (const [field, value] of fields.filter(([path]) => !path.startsWith('event.series.')))
    test(`has(${field}) is false, and a text or number is empty`, () => {
      assert.equal(compiled(`has(${field})`).keeps(empty), false);
      if (value.startsWith('"')) assert.equal(compiled(`${field} == ""`).keeps(empty), true);
      else if (!value.startsWith('timestamp')) assert.equal(compiled(`${field} == 0`).keeps(empty), true);
      else
        assert.throws(() => compiled(`${field} == ${value}`).keeps(empty), {
          message: /is absent: ask has\(\) first$/,
        });
    });

  test('a series has no fields, unless asked for after has()', () => {
    assert.equal(compiled('has(event.series) && event.series.count > 3').keeps(empty), false);
    assert.equal(compiled('has(event.series) && event.series.count > 3').keeps(full), true);
    assert.throws(() => compiled('event.series.count > 3').keeps(empty), {
      message: 'series is absent: ask has() first',
    });
  });

  test('a series may have neither count nor time', () => {
    const event = kubeEvent({ series: {} });
    const answers = [
      'has(event.series)',
      'has(event.series.count)',
      'has(event.series.lastObservedTime)',
      'event.series.count == 0',
    ].map((text) => compiled(text).keeps(event));
    assert.deepEqual(answers, [true, false, false, true]);
  });

  test('a source is there with a component or a host alone, the involved object and the metadata always', () => {
    const answers = [{ component: 'kubelet' }, { host: 'node-1' }, {}].map((source) =>
      compiled('has(event.source)').keeps(kubeEvent({ source })),
    );
    assert.deepEqual(answers, [true, true, false]);
    assert.equal(compiled('has(event.metadata) && has(event.involvedObject)').keeps(empty), true);
  });
});

test('has() finds a field also within a macro', () => {
  const query = compiled('["BackOff", "Failed"].exists(reason, has(event.source.host) && event.reason == reason)');
  assert.equal(query.keeps(full), true);
  assert.equal(query.keeps({ ...full, host: '' }), false);
});

test('only the fields that a query asks for are read', () => {
  const read: (string | symbol)[] = [];
  const event = new Proxy(full, {
    get(target, field) {
      read.push(field);
      return Reflect.get(target, field) as unknown;
    },
  });
  assert.equal(compiled("event.type == 'Normal' && event.reason == 'BackOff'").keeps(event), false);
  assert.deepEqual(read, ['type']);
});
