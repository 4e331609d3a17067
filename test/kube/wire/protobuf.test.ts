import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PbfWriter } from 'pbf';
import type { WatchFrame } from '../../../src/kube/wire/codec.ts';
import { jsonCodec } from '../../../src/kube/wire/json.ts';
import { protobufCodec } from '../../../src/kube/wire/protobuf.ts';
import { decodeStatus } from '../../../src/kube/wire/protobuf-status.ts';
import { protobufFrames, protobufOf } from '../../../src/testing/fake-api-server/protobuf.ts';
import { coreEvent, newStyleEvent } from '../../../src/testing/fake-api-server/sample-events.ts';
import { chunksOf } from './chunks.ts';

type Part = (writer: PbfWriter) => void;

const MiB = 1024 * 1024;
const malformed = { code: 'API_MALFORMED' };
const inProtobuf = (object: Readonly<Record<string, unknown>>): Buffer =>
  protobufOf(object) ?? assert.fail('a kind without protobuf');

function message(...parts: readonly Part[]): Uint8Array {
  const writer = new PbfWriter();
  for (const part of parts) part(writer);
  return writer.finish();
}
const string =
  (field: number, value: string): Part =>
  (writer) =>
    writer.writeStringField(field, value);
const within =
  (field: number, ...parts: readonly Part[]): Part =>
  (writer) =>
    writer.writeBytesField(field, message(...parts));
const bytes =
  (...values: readonly number[]): Part =>
  (writer) => {
    for (const value of values) writer.writeVarint(value);
  };
const wrapped = (...parts: readonly Part[]): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), message(within(1, string(2, 'EventList')), within(2, ...parts))]);
const listMeta = within(1, string(2, '100'));
const identity = within(1, string(5, 'u'), string(6, '7'));
const pageOf = (...items: readonly (readonly Part[])[]) =>
  protobufCodec.page(chunksOf(wrapped(listMeta, ...items.map((item) => within(2, ...item)))));
const eventOf = async (...parts: readonly Part[]) => {
  const { events, malformed: broken } = await pageOf(parts);
  assert.equal(broken, 0);
  return events[0];
};

const stored = (event: Readonly<Record<string, unknown>>, resourceVersion: string) => ({
  kind: 'Event',
  ...event,
  metadata: { ...(event['metadata'] as object), uid: `uid-${resourceVersion}`, resourceVersion },
});
const sample = [stored(coreEvent(), '11'), stored(newStyleEvent({ count: 3, message: 'ü☸𝒳' }), '12')];
const list = { kind: 'EventList', metadata: { resourceVersion: '100', continue: 'more' }, items: sample };
const lines = sample.map((object) => `${JSON.stringify({ type: 'ADDED', object })}\n`).join('');

async function framesOf(...chunks: readonly Uint8Array[]): Promise<readonly WatchFrame[]> {
  return (await Array.fromAsync(protobufCodec.frames(chunksOf(...chunks)))).flat();
}

describe('an event', () => {
  test('with nothing but uid and version has empty texts, and no time is 1970', async () => {
    const withEmptyTimes = await eventOf(
      within(1, string(5, 'u'), string(6, '7'), within(8)),
      ...[6, 7, 10].map((field) => within(field)),
    );
    const bare = await eventOf(identity);
    const page = await jsonCodec.page(
      chunksOf('{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"uid":"u","resourceVersion":"7"}}]}'),
    );
    assert.deepEqual(bare, page.events[0]);
    assert.deepEqual(withEmptyTimes, page.events[0]);
  });

  const timestamp = (seconds: number, nanos: number): Part[] => [
    (writer) => writer.writeVarintField(1, seconds),
    (writer) => writer.writeVarintField(2, nanos),
  ];
  const times: readonly (readonly [
    seconds: number,
    nanos: number,
    time: number | undefined,
    micro: number | undefined,
  ])[] = [
    [0, 0, 0, 0],
    [1, 999_999_999, 1000, 1999],
    [-1, 123_456_000, -1000, -877],
    [-62_135_596_799, 0, -62_135_596_799_000, -62_135_596_799_000],
    [253_402_300_800, 0, undefined, undefined],
    [-62_167_219_201, 0, undefined, undefined],
  ];
  for (const [seconds, nanos, time, micro] of times) {
    test(`at ${seconds} s and ${nanos} ns`, async () => {
      const at = timestamp(seconds, nanos);
      const event = await eventOf(identity, within(6, ...at), within(10, ...at), within(11, within(2, ...at)));
      assert.equal(event?.firstAtMs, time);
      assert.equal(event?.eventAtMs, micro);
      assert.deepEqual({ ...event?.series }, { count: undefined, lastAtMs: micro });
    });
  }

  test('at a second of 1970 that is not written out, as an encoder may leave out zeros', async () => {
    assert.equal(
      (
        await eventOf(
          identity,
          within(10, (writer) => writer.writeVarintField(2, 5_000_000)),
        )
      )?.eventAtMs,
      5,
    );
  });

  test('with fields that are not known yet is read without them', async () => {
    const unknown: readonly Part[] = [
      (writer) => writer.writeVarintField(99, 2 ** 40),
      (writer) => writer.writeFixed32Field(100, 7),
      (writer) => writer.writeFixed64Field(101, 7),
      string(5000, 'news'),
    ];
    const event = await eventOf(
      ...unknown,
      within(1, ...unknown, string(5, 'u'), string(6, '7'), ...unknown),
      ...unknown,
      string(3, 'Killing'),
      within(11, ...unknown),
    );
    assert.equal(event?.reason, 'Killing');
    assert.deepEqual({ ...event?.series }, { count: undefined, lastAtMs: undefined });
  });

  test('with known fields of a wrong wire type is read without them', async () => {
    const event = await eventOf(
      identity,
      ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 14].map(
        (field): Part =>
          (writer) =>
            writer.writeVarintField(field, 5),
      ),
      string(8, 'many'),
      within(5, (writer) => writer.writeFixed32Field(1, 5)),
      within(2, (writer) => writer.writeFixed64Field(1, 5)),
    );
    assert.deepEqual(event, await eventOf(identity));
  });

  test('in parts is put together, and the last of two texts counts', async () => {
    const event = await eventOf(within(1, string(5, 'u')), within(1, string(6, '7')), string(3, 'A'), string(3, 'B'));
    assert.deepEqual([event?.uid, event?.version, event?.reason], ['u', '7', 'B']);
  });

  test('with bytes that are no UTF-8 has U+FFFD in their place, and keeps a byte order mark', async () => {
    const invalid =
      (field: number): Part =>
      (writer) =>
        writer.writeBytesField(field, Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xe2, 0x82]));
    const event = await eventOf(identity, invalid(3), invalid(4));
    assert.equal(event?.reason, '\ufeffa\ufffdb\ufffd');
    assert.equal(event.message, event.reason);
  });

  test('repeats its texts exactly, also where other texts fall on their place', async () => {
    const reasons = Array.from(
      { length: 5000 },
      (_, i) => [`R${i % 1700}`, `ü${i % 7}`, 'x'.repeat(i % 80)][i % 3] ?? '',
    );
    const { events } = await pageOf(...reasons.map((reason) => [identity, string(3, reason)]));
    assert.deepEqual(
      events.map(({ reason }) => reason),
      reasons,
    );
  });
});

describe('an item that is none', () => {
  const broken: Readonly<Record<string, readonly Part[]>> = {
    'without uid': [within(1, string(6, '7'))],
    'without version': [within(1, string(5, 'u'))],
    'with a version that is no number': [within(1, string(5, 'u'), string(6, 'x'))],
    'with a group, which there is no more': [identity, bytes((3 << 3) | 3, (3 << 3) | 4)],
    'with a wire type that there is not': [identity, bytes((3 << 3) | 6)],
    'with a field 0': [identity, bytes(2, 0)],
    'with a field longer than itself': [identity, bytes((4 << 3) | 2, 100)],
    'with a length of 2^63': [identity, bytes((4 << 3) | 2, 2 ** 63)],
    'cut off behind a tag': [identity, bytes((4 << 3) | 2)],
    'with a number of eleven bytes': [
      identity,
      (writer) => writer.writeBytesField(8, new Uint8Array()),
      (writer) => {
        writer.writeVarint(8 << 3);
        for (let n = 0; n < 11; n++) writer.writeVarint(0x7f + 0x3f80);
      },
    ],
    'with an inner message longer than itself': [within(1, string(5, 'u'), bytes((6 << 3) | 2, 50))],
  };
  for (const [what, parts] of Object.entries(broken)) {
    test(`${what}: it is counted, and its neighbours are read`, async () => {
      const page = await pageOf([identity], parts, [identity]);
      assert.deepEqual([page.events.length, page.malformed], [2, 1]);
    });
  }
});

describe('a page', () => {
  test('is what JSON says', async () => {
    const page = await protobufCodec.page(chunksOf(inProtobuf(list)));
    assert.deepEqual(page, await jsonCodec.page(chunksOf(JSON.stringify(list))));
    assert.equal(page.events.length, 2);
  });

  test('cut off at any byte is none, unless only what is not read is missing', async () => {
    const whole = inProtobuf(list);
    const page = await protobufCodec.page(chunksOf(whole));
    // Two empty texts are behind the object.
    const needed = whole.length - 4;
    for (let length = 0; length < needed; length++) {
      await assert.rejects(protobufCodec.page(chunksOf(whole.subarray(0, length))), malformed);
    }
    assert.deepEqual(await protobufCodec.page(chunksOf(whole.subarray(0, needed))), page);
  });

  const none: Readonly<Record<string, Buffer>> = {
    empty: Buffer.alloc(0),
    'JSON after all': Buffer.from(JSON.stringify(list)),
    'without an object': Buffer.from('k8s\0'),
    'a Status': inProtobuf({ kind: 'Status', metadata: {}, status: 'Failure', message: 'no', code: 500 }),
    'an event': inProtobuf(sample[0] ?? {}),
    'with a group in the list': wrapped(listMeta, bytes((9 << 3) | 3)),
    'with an item that ends nowhere': wrapped(listMeta, bytes((2 << 3) | 2, 2 ** 40)),
  };
  for (const [what, body] of Object.entries(none)) {
    test(`that is ${what} is none`, async () => {
      await assert.rejects(protobufCodec.page(chunksOf(body)), malformed);
    });
  }
});

describe('a page that announces more than there can be is not read to its end', () => {
  const raw = (2 << 3) | 2;
  const item = raw;
  for (const [what, ...lengths] of [
    ['as a whole', raw, 300 * MiB],
    ['as one item', raw, 200 * MiB, item, 20 * MiB],
    ['as an item of a shorter list', raw, 2 * MiB, item, 3 * MiB],
  ] as const) {
    test(what, async () => {
      let read = 0;
      async function* body() {
        yield Buffer.concat([Buffer.from('k8s\0'), message(bytes(...lengths))]);
        for (; read < 100; read++) yield Buffer.alloc(16 * 1024);
      }
      await assert.rejects(protobufCodec.page(body()), malformed);
      assert.ok(read < 3, `${read} chunks`);
    });
  }
});

describe('a watch', () => {
  test('cut into chunks at any byte gives the same frames', async () => {
    const stream = protobufFrames(lines);
    const frames = await framesOf(stream);
    assert.deepEqual(
      frames.map(({ type }) => type),
      ['event', 'event'],
    );
    for (let at = 0; at <= stream.length; at++)
      assert.deepEqual(await framesOf(stream.subarray(0, at), stream.subarray(at)), frames);
    assert.deepEqual(await framesOf(...[...stream].map((byte) => Uint8Array.of(byte))), frames);
  });

  test('that ends at any byte has the frames that are complete', async () => {
    const stream = protobufFrames(lines);
    const frames = await framesOf(stream);
    const first = 4 + stream.readUInt32BE(0);
    for (let at = 0; at < stream.length; at++)
      assert.deepEqual(await framesOf(stream.subarray(0, at)), frames.slice(0, at < first ? 0 : 1));
  });

  const prefix = (length: number): Buffer => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(length);
    return four;
  };
  for (const [what, rest] of Object.entries({
    'a length of 4 GiB': prefix(2 ** 32 - 1),
    'a length of a byte too many': prefix(8 * MiB + 1),
    'lengths out of step': Buffer.concat([prefix(3), Buffer.from([0x0a, 0x05, 0x41]), prefix(0)]),
  })) {
    test(`with ${what} is broken there, behind the frames before`, async () => {
      const read: WatchFrame[] = [];
      await assert.rejects(async () => {
        for await (const frames of protobufCodec.frames(chunksOf(protobufFrames(lines), rest))) read.push(...frames);
      }, malformed);
      assert.equal(read.length, 2);
    });
  }

  test('may have a frame of the largest length', async () => {
    const object = stored(coreEvent({ message: 'x'.repeat(7 * MiB) }), '5');
    const [frame] = await framesOf(protobufFrames(`${JSON.stringify({ type: 'ADDED', object })}\n`));
    assert.equal(frame?.type, 'event');
  });

  test('counts what it cannot read, and goes on', async () => {
    const odd = [
      '{"type":"NEW","object":{"kind":"Event","metadata":{"uid":"u","resourceVersion":"7"}}}',
      '{"type":"ADDED","object":{"kind":"Event","metadata":{"uid":"u"}}}',
      '{"type":"DELETED","object":{"kind":"Event","metadata":{"uid":"u"}}}',
      '{"type":"BOOKMARK","object":{"kind":"Event","metadata":{"uid":"u"}}}',
      'no JSON',
    ];
    const stream = protobufFrames(odd.map((line) => `${line}\n`).join('') + lines);
    const types = (await framesOf(Buffer.concat([prefix(0), stream]))).map(({ type }) => type);
    assert.deepEqual(types, [...Array.from({ length: 6 }, () => 'malformed'), 'event', 'event']);
  });
});

test('a Status in protobuf is the one of JSON', () => {
  const status = {
    metadata: { continue: 'rest' },
    status: 'Failure',
    message: 'too large',
    reason: 'Timeout',
    details: {
      name: 'n',
      group: 'g',
      kind: 'k',
      uid: 'u',
      retryAfterSeconds: 3,
      causes: [
        { reason: 'ResourceVersionTooLarge', message: 'm', field: 'f' },
        { reason: 'Other', message: '', field: '' },
      ],
    },
    code: 504,
  };
  assert.deepEqual(decodeStatus(inProtobuf({ kind: 'Status', ...status })), status);
});
