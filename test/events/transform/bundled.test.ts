import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import type { TransformOptions } from '../../../src/events/transform/transform.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import type { CheckEvent } from '../../../src/sender.ts';
import { anEvent } from '../kube-event.ts';
import { eventTransform } from './transformed.ts';

const ports = { lookups: noLookups, tagProvider: {}, warn: assert.fail };
const at = (time: string) => Date.parse(`2024-05-29T${time}Z`);

function bundled(events: readonly KubeEvent[], options: TransformOptions = {}): readonly CheckEvent[] {
  return eventTransform(options)(events, ports).events;
}

function onlyOne(events: readonly KubeEvent[], options?: TransformOptions): CheckEvent {
  const told = bundled(events, options);
  assert.equal(told.length, 1);
  const [event] = told;
  assert.ok(event);
  return event;
}

describe('a bundle', () => {
  test('has the first and last times of all its events, whatever their order', () => {
    const event = onlyOne([
      anEvent({ reason: 'A', firstAtMs: at('05:00:00'), lastAtMs: at('07:00:00') }),
      anEvent({ reason: 'B', firstAtMs: at('04:00:00'), lastAtMs: at('06:00:00') }),
      anEvent({ reason: 'C', firstAtMs: at('04:30:00'), lastAtMs: at('06:30:00') }),
    ]);
    assert.match(event.text, /seen at 2024-05-29 07:00:00 \+0000 UTC since 2024-05-29 04:00:00 \+0000 UTC_/);
    assert.equal(event.timestampMs, at('07:00:00'));
  });

  test('counts and dates a series', () => {
    const series = { count: 7, lastAtMs: at('06:00:00') };
    const newStyle = { firstAtMs: undefined, lastAtMs: undefined, eventAtMs: at('05:00:00'), count: undefined, series };
    const event = onlyOne([
      anEvent({ reason: 'FailedScheduling', ...newStyle }),
      anEvent({ reason: 'FailedScheduling', ...newStyle }),
    ]);
    assert.match(event.text, /^%%% \n14 \*\*FailedScheduling\*\*: /);
    assert.match(event.text, /seen at 2024-05-29 06:00:00 \+0000 UTC since 2024-05-29 05:00:00 \+0000 UTC_/);
    assert.equal(event.timestampMs, at('06:00:00'));
  });

  test('is dated by the creation where nothing else is said', () => {
    const noTimes = { firstAtMs: undefined, lastAtMs: undefined, createdAtMs: at('03:00:00') };
    const event = onlyOne([anEvent(noTimes)]);
    assert.match(event.text, /seen at 2024-05-29 03:00:00 \+0000 UTC since 2024-05-29 03:00:00 \+0000 UTC_/);
    assert.equal(event.timestampMs, at('03:00:00'));
  });

  test('is never dated before 1970', () => {
    const old = { firstAtMs: Date.parse('1960-01-01T00:00:00Z'), lastAtMs: Date.parse('1961-01-01T00:00:00Z') };
    const event = onlyOne([anEvent(old)]);
    assert.match(event.text, /seen at 1970-01-01 00:00:00 \+0000 UTC since 1960-01-01 00:00:00 \+0000 UTC_/);
    assert.equal(event.timestampMs, 0);
    assert.equal(event.sources[0].lastAtMs, old.lastAtMs);
  });

  test('names its emitter from either field', () => {
    assert.match(
      onlyOne([anEvent({ component: '', reportingComponent: 'karpenter' })]).text,
      /_Events emitted by the karpenter seen at/,
    );
  });

  test('names no emitter where none is known', () => {
    assert.match(onlyOne([anEvent({ component: '' })]).text, / \n _Events seen at 2024/);
  });

  test('names each of several emitters, in its text and its tags', () => {
    const event = onlyOne([
      anEvent({ reason: 'Scheduled', component: '', reportingComponent: 'default-scheduler' }),
      anEvent({ reason: 'Pulled', component: 'kubelet', reportingComponent: 'kubelet' }),
      anEvent({ reason: 'Started', component: 'kubelet' }),
      anEvent({ reason: 'Odd', component: '' }),
    ]);
    assert.match(event.text, /_Events emitted by the default-scheduler, kubelet seen at/);
    assert.deepEqual(
      event.tags.filter((tag) => /^(reporting_controller|source_component):/.test(tag)),
      [
        'reporting_controller:default-scheduler',
        'reporting_controller:kubelet',
        'source_component:',
        'source_component:kubelet',
      ],
    );
  });

  test('takes the host from the first event that has one, and says none where none has', () => {
    assert.equal(onlyOne([anEvent(), anEvent({ host: 'w-1' }), anEvent({ host: 'w-2' })]).hostname, 'w-1');
    assert.equal('hostname' in onlyOne([anEvent()]), false);
  });

  test('escapes tildes wherever they come from', () => {
    const { text } = onlyOne([anEvent({ reason: '~R~', message: '~m', component: '~c' })]);
    assert.match(text, /^%%% \n1 \*\*\\~R\\~\*\*: \\~m\n \n _Events emitted by the \\~c seen/);
  });

  test('stays one bundle, of its own lines, fences and foot, whatever its texts imitate', () => {
    const { title, text } = onlyOne([
      anEvent({
        reason: 'Bad\nReason',
        message: 'x\n 9 **Forged**: y\r\n \n _Events emitted by me\n%%%\n<!--\n```\n~~~\u0000',
        component: 'kube\nlet\u202e',
        object: { name: 'ca\trt' },
      }),
    ]);
    assert.equal(title, 'Events from the Pod shop/ca rt');
    assert.equal(
      text,
      [
        '%%% ',
        '1 **Bad Reason**: x',
        ' \\9 **Forged**: y',
        ' ',
        ' \\_Events emitted by me',
        '%%\\%',
        '\\<!--',
        '\\```',
        '\\~\\~\\~\ufffd',
        ' ',
        ' _Events emitted by the kube let\ufffd seen at 2024-05-29 06:00:51 +0000 UTC since 2024-05-29 06:00:51 +0000 UTC_ ',
        '',
        ' %%%',
      ].join('\n'),
    );
  });

  test('keeps the lines of a message as they are', () => {
    const message = 'probe failed:\n\tstatus 500\n# not ok: *etcd*\n  50% of 3 < 4';
    assert.ok(onlyOne([anEvent({ message })]).text.startsWith(`%%% \n1 **Pulled**: ${message}\n \n _Events`));
  });

  test('tells what it is made of, in the order of reading', () => {
    const events = [
      anEvent({ reason: 'Z', count: 2 }),
      anEvent({ reason: 'A', count: 3 }),
      anEvent({ reason: 'Z', count: 5 }),
    ];
    const event = onlyOne(events);
    assert.deepEqual(
      event.sources.map((source) => [source.id, source.count]),
      [2, 3, 5].map((count, i) => [`${events[i]?.uid}:${events[i]?.version}`, count]),
    );
    assert.match(event.text, /^%%% \n3 \*\*A\*\*: .*\n 7 \*\*Z\*\*: .*\n \n _/);
    assert.match(event.id, /^[0-9a-f]{64}$/);
  });
});

describe('objects', () => {
  test('without a uid are told apart by kind, namespace and name', () => {
    const object = { uid: '' };
    const events = [
      anEvent({ object }),
      anEvent({ object: { ...object, name: 'other' } }),
      anEvent({ object: { ...object, namespace: 'else' } }),
      anEvent({ object: { ...object, kind: 'Job' } }),
      anEvent({ object }),
    ];
    const told = bundled(events);
    assert.deepEqual(
      told.map((event) => event.sources.length),
      [2, 1, 1, 1],
    );
    assert.equal(new Set(told.map((event) => event.aggregationKey)).size, 4);
    assert.equal(told[0]?.aggregationKey, 'kubernetes_apiserver:Pod/shop/cart');
  });

  test('are not mixed up by the characters of their names', () => {
    const told = bundled([
      anEvent({ type: 'Normal', object: { kind: 'Pod', uid: 'x' } }),
      anEvent({ type: 'dNormal', object: { kind: 'Po', uid: 'x' } }),
      anEvent({ type: 'Normal:x', object: { uid: 'y' } }),
      anEvent({ type: 'Normal', object: { uid: 'x:y' } }),
      anEvent({ object: { uid: '', namespace: 'ab', name: 'c' } }),
      anEvent({ object: { uid: '', namespace: 'a', name: 'bc' } }),
    ]);
    assert.equal(told.length, 6);
  });
});

describe('the size of a bundle', () => {
  test('a full one opens another of the same key, each with its own times', () => {
    const events = Array.from({ length: 40 }, (_, i) =>
      anEvent({
        reason: `R${String(i).padStart(2, '0')}`,
        message: 'm'.repeat(100),
        firstAtMs: 1000 * i,
        lastAtMs: 1000 * i,
      }),
    );
    const told = bundled(events);
    assert.deepEqual(
      told.map((event) => event.sources.length),
      [28, 12],
    );
    assert.deepEqual(
      told.map((event) => event.timestampMs),
      [27_000, 39_000],
    );
    assert.equal(new Set(told.map((event) => event.aggregationKey)).size, 1);
  });

  for (const [length, bundles] of [
    [1728, 1],
    [1729, 2],
  ] as const) {
    test(`two lines with messages of 1727 and ${length} characters make ${bundles}`, () => {
      // 250 + 7 (kubelet) + twice 11 + 8 (**A**: and the line break) leaves 3455 of 3750.
      const told = bundled([
        anEvent({ reason: 'A', message: 'x'.repeat(1727) }),
        anEvent({ reason: 'B', message: 'x'.repeat(length) }),
      ]);
      assert.equal(told.length, bundles);
    });
  }

  test('each new emitter takes room', () => {
    const events = Array.from({ length: 60 }, (_, i) => anEvent({ component: `${100 + i}`.padEnd(98, 'c') }));
    assert.deepEqual(
      bundled(events).map((event) => event.sources.length),
      [34, 26],
    );
  });

  test('a line that is known takes no room', () => {
    const full = Array.from({ length: 28 }, (_, i) => anEvent({ reason: `R${10 + i}`, message: 'm'.repeat(100) }));
    const told = bundled([...full, ...full, anEvent({ reason: 'Rnew', message: 'm'.repeat(100) })]);
    assert.deepEqual(
      told.map((event) => event.sources.length),
      [56, 1],
    );
  });

  test('a text that fits the limit is whole though it is over the estimate', () => {
    const message = 'x'.repeat(3600);
    assert.ok(onlyOne([anEvent({ message })]).text.includes(`${message}\n \n`));
  });

  for (const [what, message] of [
    ['plain', 'x'.repeat(5000)],
    ['all tildes', '~'.repeat(5000)],
    ['above U+FFFF', '😀'.repeat(5000)],
    ['of a mebibyte', 'x'.repeat(2 ** 20)],
  ] as const) {
    test(`a line too long, ${what}, is cut after the last character that fits`, () => {
      const { text } = onlyOne([anEvent({ message })]);
      const length = [...text].length;
      assert.ok(length <= 4000 && length >= 3999, `${length}`);
      const mark = / … \[\+(\d+) characters\]\n \n _Events emitted by the kubelet seen at /.exec(text);
      assert.ok(mark);
      const kept = [...text.slice(0, mark.index).replace('%%% \n1 **Pulled**: ', '').replaceAll('\\~', '~')];
      assert.equal(kept.length + Number(mark[1]), [...message].length);
      assert.equal(text.isWellFormed(), true);
    });
  }

  test('equal lines too long are one, counted; others that only begin alike are not', () => {
    const long = 'x'.repeat(4000);
    const told = bundled([
      anEvent({ message: long }),
      anEvent({ message: long }),
      anEvent({ message: `${long}y` }),
      anEvent({ message: long }),
    ]);
    assert.deepEqual(
      told.map((event) => event.sources.length),
      [2, 1, 1],
    );
    assert.match(told[0]?.text ?? '', /^%%% \n2 \*\*Pulled/);
  });

  test('as many as there are keep their order', () => {
    const told = bundled(Array.from({ length: 30 }, (_, n) => anEvent({ message: `${n} ${'x'.repeat(3500)}` })));
    assert.deepEqual(
      told.map(({ text }) => Number(/\*\*: (\d+) x/.exec(text)?.[1])),
      Array.from({ length: 30 }, (_, n) => n),
    );
  });

  test('a count of more than ten digits opens another, as it would outgrow its room', () => {
    const count = 2 ** 31 - 1;
    const told = bundled(Array.from({ length: 10 }, () => anEvent({ count })));
    assert.deepEqual(
      told.map((event) => event.sources.length),
      [4, 4, 2],
    );
  });

  test('an endless emitter leaves room for what it tells', () => {
    const { text } = onlyOne([anEvent({ component: '~'.repeat(9000), message: 'what happened' })]);
    assert.ok([...text].length <= 4000);
    assert.ok(text.includes('what happened'));
    assert.match(text, / … \[\+\d+ characters\] seen at /);
  });
});
