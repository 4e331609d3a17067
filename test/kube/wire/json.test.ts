import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventPage, WatchFrame } from '../../../src/kube/wire/codec.ts';
import { decodeEvent as decoded, jsonCodec } from '../../../src/kube/wire/json.ts';
import { chunksOf } from './chunks.ts';

const pageOf = (body: unknown): Promise<EventPage> => jsonCodec.page(chunksOf(JSON.stringify(body)));
/** As plain objects, to be compared with such. */
const framesOf = async (...chunks: readonly (string | Uint8Array)[]): Promise<WatchFrame[]> =>
  structuredClone((await Array.fromAsync(jsonCodec.frames(chunksOf(...chunks)))).flat());
const decodeEvent = (item: unknown) => structuredClone(decoded(item));
const minimal = (version = '7', uid = 'u') => ({ metadata: { uid, resourceVersion: version } });
const line = (type: unknown, object: unknown) => `${JSON.stringify({ type, object })}\n`;

const nothing = {
  namespace: '',
  name: '',
  createdAtMs: undefined,
  object: { kind: '', namespace: '', name: '', uid: '', apiVersion: '' },
  reason: '',
  message: '',
  type: '',
  component: '',
  host: '',
  reportingComponent: '',
  firstAtMs: undefined,
  lastAtMs: undefined,
  eventAtMs: undefined,
  count: undefined,
  series: undefined,
};

describe('an event', () => {
  test('as the API serves it, with all of its fields', () => {
    assert.deepEqual(
      decodeEvent({
        kind: 'Event',
        apiVersion: 'v1',
        metadata: {
          name: 'web-1.17f3',
          namespace: 'shop',
          uid: 'u-1',
          resourceVersion: '4711',
          creationTimestamp: '2024-05-29T06:00:00Z',
          managedFields: [{ manager: 'kubelet' }],
        },
        involvedObject: {
          kind: 'Pod',
          namespace: 'shop',
          name: 'web-1',
          uid: 'p-1',
          apiVersion: 'v1',
          resourceVersion: '4000',
          fieldPath: 'spec.containers{web}',
        },
        reason: 'BackOff',
        message: 'Back-off restarting failed container ☸\n',
        source: { component: 'kubelet', host: 'node-1' },
        firstTimestamp: '2024-05-29T06:00:01Z',
        lastTimestamp: '2024-05-29T06:00:02Z',
        eventTime: '2024-05-29T06:00:03.123456Z',
        count: 3,
        type: 'Warning',
        series: { count: 9, lastObservedTime: '2024-05-29T06:00:04.999999Z' },
        action: 'Pulling',
        reportingComponent: 'kubelet',
        reportingInstance: 'node-1',
      }),
      {
        uid: 'u-1',
        version: '4711',
        namespace: 'shop',
        name: 'web-1.17f3',
        createdAtMs: Date.UTC(2024, 4, 29, 6, 0, 0),
        object: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'p-1', apiVersion: 'v1' },
        reason: 'BackOff',
        message: 'Back-off restarting failed container ☸\n',
        type: 'Warning',
        component: 'kubelet',
        host: 'node-1',
        reportingComponent: 'kubelet',
        firstAtMs: Date.UTC(2024, 4, 29, 6, 0, 1),
        lastAtMs: Date.UTC(2024, 4, 29, 6, 0, 2),
        eventAtMs: Date.UTC(2024, 4, 29, 6, 0, 3, 123),
        count: 3,
        series: { count: 9, lastAtMs: Date.UTC(2024, 4, 29, 6, 0, 4, 999) },
      },
    );
  });

  test('that lacks everything but its identity', () => {
    assert.deepEqual(decodeEvent(minimal()), { uid: 'u', version: '7', ...nothing });
  });

  test('made through events.k8s.io: null stands for absent times', () => {
    const event = decodeEvent({
      ...minimal(),
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: '2024-05-29T06:00:03.000001Z',
      series: null,
      reportingComponent: 'default-scheduler',
    });
    assert.deepEqual(event, {
      uid: 'u',
      version: '7',
      ...nothing,
      eventAtMs: Date.UTC(2024, 4, 29, 6, 0, 3),
      reportingComponent: 'default-scheduler',
    });
  });

  test('with an empty series has one', () => {
    assert.deepEqual(decodeEvent({ ...minimal(), series: {} })?.series, { count: undefined, lastAtMs: undefined });
  });

  test('whose fields have other types than they should: as if they were absent', () => {
    for (const odd of [7, 'text', true, [], null, { odd: 1 }]) {
      const strings = typeof odd === 'string' ? undefined : odd;
      const event = decodeEvent({
        metadata: { uid: 'u', resourceVersion: '7', name: strings, namespace: strings, creationTimestamp: odd },
        involvedObject: odd,
        source: odd,
        reason: strings,
        message: strings,
        type: strings,
        reportingComponent: strings,
        firstTimestamp: odd,
        lastTimestamp: odd,
        eventTime: odd,
        count: odd === 7 ? '7' : odd,
        series: Array.isArray(odd) || typeof odd !== 'object' ? odd : null,
      });
      assert.deepEqual(event, { uid: 'u', version: '7', ...nothing }, JSON.stringify(odd));
    }
  });

  for (const count of [0, -1, 3, 2 ** 31 - 1]) {
    test(`with the count ${count}`, () => assert.equal(decodeEvent({ ...minimal(), count })?.count, count));
  }
  for (const count of [1.5, 1e300, '3', Number.MAX_SAFE_INTEGER + 1]) {
    test(`whose count is ${JSON.stringify(count)} has none`, () =>
      assert.equal(decodeEvent({ ...minimal(), count })?.count, undefined));
  }

  for (const item of [
    null,
    undefined,
    7,
    'text',
    [],
    [minimal()],
    {},
    { metadata: null },
    { metadata: {} },
    { metadata: { uid: 'u' } },
    { metadata: { resourceVersion: '7' } },
    minimal('', 'u'),
    minimal('0', 'u'),
    minimal('abc', 'u'),
    minimal('7', ''),
    { metadata: { uid: 7, resourceVersion: '7' } },
    { metadata: { uid: 'u', resourceVersion: 7 } },
  ]) {
    test(`is not ${JSON.stringify(item)}`, () => assert.equal(decodeEvent(item), undefined));
  }
});

describe('a page', () => {
  test('has its version, its continue token, its events in order, and the number of items that are none', async () => {
    const page = await pageOf({
      kind: 'EventList',
      metadata: { resourceVersion: '100', continue: 'next', remainingItemCount: 5 },
      items: [minimal('43'), null, minimal('52', 'v'), {}, minimal('invalid')],
    });
    assert.equal(page.version, '100');
    assert.equal(page.continueToken, 'next');
    assert.deepEqual(
      page.events.map(({ version }) => version),
      ['43', '52'],
    );
    assert.equal(page.malformed, 3);
  });

  for (const [what, fields] of [
    ['an empty list', { items: [] }],
    ['null', { items: null }],
    ['nothing', {}],
  ] as const) {
    test(`whose items are ${what} is the last one, and empty`, async () => {
      assert.deepEqual(await pageOf({ metadata: { resourceVersion: '9', continue: '' }, ...fields }), {
        version: '9',
        events: [],
        malformed: 0,
      });
    });
  }

  test('is read whatever the chunks, also where they cut a character', async () => {
    const text = JSON.stringify({
      metadata: { resourceVersion: '9' },
      items: [{ ...minimal(), message: 'ümläut ☸ 🚢' }],
    });
    const bytes = [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
    const page = await jsonCodec.page(chunksOf(...bytes));
    assert.equal(page.events[0]?.message, 'ümläut ☸ 🚢');
  });

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['cut off', '{"metadata":{"resourceVersion":"9"},"items":[', /no JSON, or cut off/],
    ['empty', '', /no JSON, or cut off/],
    ['HTML', '<html>', /no JSON, or cut off/],
    ['a list of nothing known', '[]', /no JSON, or cut off/],
    ['null', 'null', /no JSON, or cut off/],
    ['without metadata', '{"items":[]}', /no event list/],
    ['without a version', '{"metadata":{},"items":[]}', /no event list/],
    ['with a version that is none', '{"metadata":{"resourceVersion":"0"},"items":[]}', /no event list/],
    ['whose items are no list', '{"metadata":{"resourceVersion":"9"},"items":{}}', /no event list/],
  ];
  for (const [what, body, message] of broken) {
    test(`that is ${what} is refused`, async () => {
      await assert.rejects(jsonCodec.page(chunksOf(body)), { code: 'API_MALFORMED', message });
    });
  }

  test('that never ends is given up', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(64 * 1024 * 1024, ' ');
      for (;;) {
        given += chunk.length;
        yield chunk;
      }
    }
    await assert.rejects(jsonCodec.page(endless()), { code: 'API_MALFORMED', message: /longer than 268435456 bytes/ });
    assert.ok(given <= 5 * 64 * 1024 * 1024);
  });
});

describe('a frame', () => {
  const event = { uid: 'u', version: '7', ...nothing };
  const table: readonly (readonly [string, string, WatchFrame])[] = [
    ['ADDED', line('ADDED', minimal()), { type: 'event', event }],
    ['MODIFIED', line('MODIFIED', minimal()), { type: 'event', event }],
    ['DELETED', line('DELETED', minimal()), { type: 'deleted', version: '7', uid: 'u' }],
    ['DELETED without uid', line('DELETED', minimal('7', '')), { type: 'deleted', version: '7', uid: '' }],
    [
      'BOOKMARK',
      line('BOOKMARK', { kind: 'Event', metadata: { resourceVersion: '8' } }),
      { type: 'bookmark', version: '8' },
    ],
    ['ERROR', line('ERROR', { code: 410 }), { type: 'status', status: { code: 410 } }],
    ['with a carriage return', line('ADDED', minimal()).replace('\n', '\r\n'), { type: 'event', event }],
    ['an event without uid', line('ADDED', minimal('7', '')), malformed('an event without uid or version')],
    ['an event without metadata', line('ADDED', {}), malformed('an event without uid or version')],
    ['a deletion without version', line('DELETED', {}), malformed('a deleted frame without version')],
    ['a bookmark without version', line('BOOKMARK', minimal('0')), malformed('a bookmark frame without version')],
    ['of an unknown type', line('PATCHED', minimal()), malformed('a frame of an unknown type')],
    ['whose type is no text', line(['ADDED'], minimal()), malformed('a frame of an unknown type')],
    ['without a type', `${JSON.stringify({ object: minimal() })}\n`, malformed('a frame of an unknown type')],
    ...[
      '{"type":"ADDED"}',
      '{"type":"ERROR","object":null}',
      '{"type":"ADDED","object":[]}',
      '{"type":',
      'null',
      '[]',
      '7',
      '<html>',
      '\u0000',
      '{}{}',
    ].map(
      (text) => [`that is ${JSON.stringify(text)}`, `${text}\n`, malformed('a frame that is no JSON object')] as const,
    ),
  ];
  for (const [what, text, expected] of table)
    test(what, async () => assert.deepEqual(await framesOf(text), [expected]));

  function malformed(why: string): WatchFrame {
    return { type: 'malformed', why };
  }

  test('after a malformed one is read as ever', async () => {
    const frames = await framesOf(line('ADDED', minimal('1')), 'junk\n', line('ADDED', minimal('2')));
    assert.deepEqual(
      frames.map((frame) => (frame.type === 'event' ? frame.event.version : frame.type)),
      ['1', 'malformed', '2'],
    );
  });
});

describe('frames', () => {
  test('come together as they arrived, and empty lines are none', async () => {
    const body = chunksOf(
      `${line('ADDED', minimal('1'))}${line('ADDED', minimal('2'))}`,
      '\n\n',
      line('DELETED', minimal('3')),
    );
    const sizes = (await Array.fromAsync(jsonCodec.frames(body))).map(({ length }) => length);
    assert.deepEqual(sizes, [2, 1]);
  });

  test('a frame that has come is not kept back for the rest of the next', async () => {
    const next = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${line('ADDED', minimal('1'))}{"type":"ADD`);
      await next.promise;
      yield Buffer.from(`ED","object":${JSON.stringify(minimal('2'))}}\n`);
    }
    const frames = jsonCodec.frames(slow())[Symbol.asyncIterator]();
    assert.equal((await frames.next()).value?.length, 1);
    next.resolve();
    assert.equal((await frames.next()).value?.length, 1);
    assert.equal((await frames.next()).done, true);
  });

  test('the last one, cut off by the end of the stream, is none', async () => {
    assert.equal((await framesOf(line('ADDED', minimal('1')), line('ADDED', minimal('2')).slice(0, -5))).length, 1);
  });

  test('a stream without any ends without any', async () => {
    assert.deepEqual(await framesOf(), []);
    assert.deepEqual(await framesOf('', '\n'), []);
  });

  test('one longer than any event is given up, those before it are delivered, and its stream is left', async () => {
    let left = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from(line('ADDED', minimal('1')));
        for (;;) yield Buffer.alloc(1024 * 1024, 'x');
      } finally {
        left = true;
      }
    }
    const frames = jsonCodec.frames(endless())[Symbol.asyncIterator]();
    assert.equal((await frames.next()).value?.length, 1);
    await assert.rejects(frames.next(), { code: 'API_MALFORMED', message: /longer than 8388608 bytes/ });
    assert.ok(left);
  });

  test('whoever leaves their loop leaves the stream', async () => {
    let left = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from(line('ADDED', minimal('1')));
      } finally {
        left = true;
      }
    }
    for await (const _ of jsonCodec.frames(endless())) break;
    assert.ok(left);
  });
});
