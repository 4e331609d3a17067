import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import type { CheckEvent } from '../../../src/sender.ts';
import { anEvent } from '../kube-event.ts';
import { eventTransform } from './transformed.ts';

const unbundle = eventTransform({
  bundling: 'none',
  collectedEventTypes: [{ source: 'kubelet' }],
  clusterName: 'prod_1',
});

function unbundled(given: Parameters<typeof anEvent>[0]): CheckEvent {
  const { events } = unbundle([anEvent(given)], { lookups: noLookups, tagProvider: {}, warn: assert.fail });
  const [event] = events;
  assert.ok(event && events.length === 1);
  return event;
}

describe('an unbundled event', () => {
  test("has its source's id and time, to the millisecond", () => {
    const event = unbundled({ uid: 'e-1', version: '77', lastAtMs: 1_716_962_451_987 });
    assert.equal(event.id, 'e-1:77');
    assert.equal(event.timestampMs, 1_716_962_451_987);
    assert.deepEqual(
      event.sources.map((source) => source.id),
      ['e-1:77'],
    );
  });

  test('is dated by its series', () => {
    const event = unbundled({ lastAtMs: undefined, eventAtMs: 1000, series: { count: 3, lastAtMs: 2000 } });
    assert.equal(event.timestampMs, 2000);
    assert.equal(event.sources[0].count, 3);
  });

  test('has its message as it is', () => {
    const message = ' ~%% _a_ **b**\n1 **A**: \u202e\t|#tag ';
    assert.equal(unbundled({ message }).text, message);
  });

  test('opens no fence and has no control in its text, which its source has', () => {
    const message = '%%% \n# big\u0000 \n\n %%%';
    const { text, sources } = unbundled({ message });
    assert.equal(text, '%%\\% \n# big\ufffd \n\n %%\\%');
    assert.equal(sources[0].message, message);
  });

  test('has one line for a title, and one tag for each fact, whatever the facts are', () => {
    const event = unbundled({
      reason: 'Back\r\nOff,env:prod|#x',
      host: 'w\u001b,1',
      object: { name: 'car\u2028t\u202e', uid: 'u|1\n' },
    });
    assert.equal(event.title, 'Pod shop/car t\ufffd: Back Off,env:prod|#x');
    assert.ok(event.tags.includes('event_reason:Back__Off_env:prod_#x'));
    assert.ok(event.tags.includes('pod_name:car_t_'));
    assert.equal(event.hostname, 'w__1-prod-1');
    assert.equal(event.aggregationKey, 'kubernetes_apiserver:u_1_');
  });

  test('with an endless reason has a title and tags of bounded length', () => {
    const event = unbundled({ reason: 'r'.repeat(2 ** 20), message: '' });
    for (const text of [event.title, event.text, ...event.tags]) assert.ok(text.length <= 4100, `${text.length}`);
  });

  for (const [what, message] of [
    ['plain', 'x'.repeat(4001)],
    ['of tildes', '~'.repeat(4001)],
    ['above U+FFFF', '😀'.repeat(4001)],
    ['of a mebibyte', 'x'.repeat(2 ** 20)],
  ] as const) {
    test(`has a message too long, ${what}, cut after the last character that fits`, () => {
      const { text, sources } = unbundled({ message });
      assert.equal([...text].length, 4000);
      const mark = / … \[\+(\d+) characters\]$/.exec(text);
      assert.ok(mark);
      assert.equal([...text.slice(0, mark.index)].length + Number(mark[1]), [...message].length);
      assert.equal(sources[0].message, message, 'the source is whole');
    });
  }

  test('has a message of just the limit whole', () => {
    const message = '😀'.repeat(4000);
    assert.equal(unbundled({ message }).text, message);
  });

  for (const [given, expected] of [
    [{ message: '' }, 'Pulled'],
    [{ message: '', reason: '' }, 'Pod shop/cart: '],
    [{ message: '  ' }, '  '],
  ] as const) {
    test(`is never without text: ${JSON.stringify(given)} says ${JSON.stringify(expected)}`, () => {
      assert.equal(unbundled(given).text, expected);
    });
  }

  test('has its title as far as it is known', () => {
    assert.equal(unbundled({ object: { name: '' } }).title, 'Pod shop/: Pulled');
    assert.equal(unbundled({ object: { namespace: '', kind: 'Node', name: 'w' } }).title, 'Node w: Pulled');
  });

  test('has a host name of node and cluster, or none', () => {
    assert.equal(unbundled({ host: 'w-1' }).hostname, 'w-1-prod-1');
    assert.equal('hostname' in unbundled({}), false);
  });

  for (const [type, alertType] of [
    ['Warning', 'warning'],
    ['Normal', 'info'],
    ['warning', 'info'],
    ['', 'info'],
  ] as const) {
    test(`of type ${JSON.stringify(type)} is ${alertType}`, () =>
      assert.equal(unbundled({ type }).alertType, alertType));
  }
});
