import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKubeCheckError } from '../../../src/errors.ts';
import { jsonCodec } from '../../../src/kube/wire/json.ts';
import { protobufCodec } from '../../../src/kube/wire/protobuf.ts';
import { protobufFrames, protobufOf } from '../../../src/testing/fake-api-server/protobuf.ts';
import { chunksOf, cutAt } from './chunks.ts';
import { coreEvent, text, version } from './core-events.ts';

const places = fc.array(fc.nat(), { maxLength: 40 });
const list = fc.record({
  kind: fc.constant('EventList'),
  metadata: fc.record({ resourceVersion: version, continue: text, remainingItemCount: fc.nat() }, { requiredKeys: [] }),
  items: fc.array(coreEvent, { maxLength: 5 }),
});
const frame = fc.oneof(
  fc.record({
    type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'NEW'),
    object: coreEvent.map((event) => ({ kind: 'Event', ...event })),
  }),
  fc.record({
    type: fc.constant('ERROR'),
    object: fc.record({
      kind: fc.constant('Status'),
      metadata: fc.constant({}),
      message: text.filter((said) => said !== ''),
      code: fc.integer({ min: 400, max: 599 }),
    }),
  }),
);
const linesOf = (frames: readonly object[]): string => frames.map((one) => `${JSON.stringify(one)}\n`).join('');
const inProtobuf = (object: object): Buffer => protobufOf(object as never) ?? assert.fail('a kind without protobuf');

test('a page is the same in JSON and in protobuf, wherever it is cut into chunks', async () => {
  const read = (page: Promise<unknown>) =>
    page.catch((error: unknown) => (isKubeCheckError(error, 'API_MALFORMED') ? error.message : Promise.reject(error)));
  await fc.assert(
    fc.asyncProperty(list, places, async (sent, cuts) => {
      const json = await read(jsonCodec.page(chunksOf(JSON.stringify(sent))));
      const protobuf = await read(protobufCodec.page(cutAt(inProtobuf(sent), cuts)));
      assert.deepEqual(protobuf, json);
      // The same keys in the same order, too.
      assert.equal(JSON.stringify(protobuf), JSON.stringify(json));
    }),
    { numRuns: 1000 },
  );
});

test('the frames of a watch are the same in JSON and in protobuf, wherever it is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 6 }), places, async (sent, cuts) => {
      const lines = linesOf(sent);
      const json = (await Array.fromAsync(jsonCodec.frames(chunksOf(lines)))).flat();
      const protobuf = await Array.fromAsync(protobufCodec.frames(cutAt(protobufFrames(lines), cuts)));
      assert.ok(protobuf.every(({ length }) => length > 0));
      assert.deepEqual(protobuf.flat().map(withoutKind), json.map(withoutKind));
    }),
    { numRuns: 500 },
  );
});

/** What kind a Status is does not come with it in protobuf. */
function withoutKind(read: unknown): unknown {
  const { status, ...rest } = read as { readonly status?: { readonly kind?: string } };
  if (!status) return rest;
  const { kind: _, ...said } = status;
  return { ...rest, status: said };
}

/** Bytes changed, taken out and put in. */
const harm = fc.array(
  fc.record({ at: fc.nat(), how: fc.constantFrom('change', 'cut', 'insert'), byte: fc.integer({ min: 0, max: 255 }) }),
  { maxLength: 4 },
);
function harmed(bytes: Buffer, what: readonly { at: number; how: string; byte: number }[]): Buffer {
  let harmedBytes = bytes;
  for (const { at, how, byte } of what) {
    const place = at % (harmedBytes.length + 1);
    const rest = harmedBytes.subarray(how === 'insert' ? place : place + 1);
    const instead = how === 'cut' ? [] : [byte];
    harmedBytes = Buffer.concat([harmedBytes.subarray(0, place), Buffer.from(instead), rest]);
  }
  return harmedBytes;
}

test('any bytes are a page, or no page is said with API_MALFORMED', async () => {
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
    fc.tuple(list, harm).map(([sent, what]) => harmed(inProtobuf(sent), what)),
  );
  await fc.assert(
    fc.asyncProperty(body, places, async (bytes, cuts) => {
      await protobufCodec.page(cutAt(bytes, cuts)).catch((error: unknown) => {
        assert.ok(isKubeCheckError(error, 'API_MALFORMED'), `${error}`);
        assert.ok(error.remedy);
      });
    }),
    { numRuns: 2000 },
  );
});

test('any bytes are frames, or the watch is said to be broken with API_MALFORMED', async () => {
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.array(frame, { minLength: 1, maxLength: 4 }), harm)
      .map(([sent, what]) => harmed(protobufFrames(linesOf(sent)), what)),
  );
  const read = async (chunks: AsyncIterable<Uint8Array>) => {
    const frames: unknown[] = [];
    try {
      for await (const some of protobufCodec.frames(chunks)) frames.push(...some);
    } catch (error) {
      assert.ok(isKubeCheckError(error, 'API_MALFORMED'), `${error}`);
      frames.push(error.message);
    }
    return frames;
  };
  await fc.assert(
    fc.asyncProperty(body, places, async (bytes, cuts) => {
      assert.deepEqual(await read(cutAt(bytes, cuts)), await read(chunksOf(bytes)));
    }),
    { numRuns: 1000 },
  );
});
