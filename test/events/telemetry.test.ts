import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createEventTelemetry, type EventTelemetry } from '../../src/events/telemetry.ts';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import type { CheckEvent, MetricSample } from '../../src/sender.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import { anEvent } from './kube-event.ts';

const sourceOf = ({ component }: KubeEvent) => (component === 'kubelet' ? 'kubernetes' : 'other');
const pod = { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'u', apiVersion: 'v1' };
const told = (kind: string, type: string, sourceTypeName: string) =>
  ({ sourceTypeName, sources: [{ object: { kind, name: 'cart' }, type }] }) as unknown as CheckEvent;
const killing = anEvent({ component: 'kubelet', reason: 'Killing', type: 'Normal', object: pod });

describe('the counts that the collector keeps of itself', () => {
  let telemetry: EventTelemetry;
  let sender: RecordingSender;
  const see = (...events: readonly KubeEvent[]) => {
    for (const event of events) telemetry.seen(event, sourceOf(event));
  };
  const handedOver = (...tags: string[]): readonly MetricSample[] => {
    const before = sender.handedOver.counts.length;
    telemetry.handOver(sender, () => tags);
    return sender.handedOver.counts.slice(before);
  };

  beforeEach(() => {
    telemetry = createEventTelemetry();
    sender = new RecordingSender();
  });

  it("are the Agent's, with its tags: what was looked at, and what was made of it", () => {
    see(killing, killing, { ...killing, reason: 'BackOff', type: 'Warning' });
    telemetry.told({
      alone: [told('Pod', 'Normal', 'kubernetes'), told('Pod', 'Normal', 'kubernetes_custom')],
      bundles: [told('Pod', 'Warning', 'kubernetes')],
    });
    const ofKubelet = ['kind:Pod', 'component:kubelet'];
    assert.deepEqual(handedOver('env:prod'), [
      {
        name: 'kubernetes_apiserver.kube_events',
        value: 2,
        tags: [...ofKubelet, 'type:Normal', 'reason:Killing', 'source:kubernetes', 'env:prod'],
      },
      {
        name: 'kubernetes_apiserver.kube_events',
        value: 1,
        tags: [...ofKubelet, 'type:Warning', 'reason:BackOff', 'source:kubernetes', 'env:prod'],
      },
      ...(
        [
          ['Normal', 'kubernetes', 'false'],
          ['Normal', 'kubernetes_custom', 'false'],
          ['Warning', 'kubernetes', 'true'],
        ] as const
      ).map(([type, source, bundled]) => ({
        name: 'kubernetes_apiserver.emitted_events',
        value: 1,
        tags: ['kind:Pod', `type:${type}`, `source:${source}`, `is_bundled:${bundled}`, 'env:prod'],
      })),
    ]);
  });

  it('are handed over once, and gather until then', () => {
    see(killing);
    see(killing);
    assert.deepEqual(
      handedOver().map(({ value }) => value),
      [2],
    );
    assert.deepEqual(handedOver(), []);
    see(killing);
    assert.deepEqual(
      handedOver().map(({ value }) => value),
      [1],
    );
  });

  it('have no tag for what an event leaves empty', () => {
    see({ ...killing, component: '', type: '' });
    assert.deepEqual(handedOver()[0]?.tags, ['kind:Pod', 'reason:Killing', 'source:other']);
  });

  it('make one tag of what a sink would take for two', () => {
    see({ ...killing, reason: 'a,b|c\nd' });
    assert.ok(handedOver()[0]?.tags?.includes('reason:a_b_c_d'));
  });

  it('name the reporting component of a new-style event, whose source is empty', () => {
    see({ ...killing, component: '', reportingComponent: 'default-scheduler' });
    assert.ok(handedOver()[0]?.tags?.includes('component:default-scheduler'));
  });

  it('are bounded: who writes a new reason each time gets one series for the rest, and nothing is lost', () => {
    const events = Array.from({ length: 5000 }, (_, n) => ({ ...killing, reason: `R${n}` }));
    const bundles = [told('Pod', 'Normal', 'kubernetes')];
    see(...events);
    telemetry.told({ alone: [], bundles });
    const counts = handedOver();
    assert.equal(counts.length, 1002);
    assert.deepEqual(counts.slice(-2), [
      { name: 'kubernetes_apiserver.kube_events', value: 4000, tags: ['series:other'] },
      { name: 'kubernetes_apiserver.emitted_events', value: 1, tags: ['series:other'] },
    ]);
    assert.equal(
      counts.reduce((sum, { value }) => sum + value, 0),
      5001,
    );
  });

  it('take a part of a long text, as who writes events must not fill the memory with a few of them', () => {
    const long = 'R'.repeat(1 << 20);
    see({ ...killing, reason: `${long}1` }, { ...killing, reason: `${long}2` });
    const [first, ...others] = handedOver();
    assert.deepEqual([first?.value, others], [2, []]);
    assert.ok(first?.tags?.every((tag) => tag.length < 250));
    see({ ...killing, reason: `${'R'.repeat(199)}\u{1f600}` });
    assert.ok(handedOver()[0]?.tags?.every((tag) => tag.isWellFormed()));
  });
});
