import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKubeCheckError } from '../../../src/errors.ts';
import { jsonCodec } from '../../../src/kube/wire/json.ts';
import { chunksOf, cutAt } from './chunks.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('☸', '\n', '\\n', '"', '\u2028', '𝒳'),
);
const version = fc.bigInt({ min: 1n, max: 2n ** 64n - 2n }).map(String);
const object = fc.record({
  metadata: fc.record({ uid: text, resourceVersion: version, name: text }),
  reason: text,
  message: text,
  count: fc.integer(),
});
const frame = fc.record({
  type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'NEW'),
  object,
});
const places = fc.array(fc.nat(), { maxLength: 40 });

test('the frames are the same wherever the stream is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(frame, fc.jsonValue()), { maxLength: 8 }), places, async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const whole = (await Array.fromAsync(jsonCodec.frames(chunksOf(bytes)))).flat();
      const cut = await Array.fromAsync(jsonCodec.frames(cutAt(bytes, cuts)));
      assert.equal(whole.length, lines.length);
      assert.deepEqual(cut.flat(), whole);
      assert.ok(cut.every(({ length }) => length > 0));
    }),
    { numRuns: 500 },
  );
});

test('a stream cut byte by byte gives what was sent', async () => {
  await fc.assert(
    fc.asyncProperty(object, async (sent) => {
      const bytes = Buffer.from(
        `${JSON.stringify({ type: 'ADDED', object: { ...sent, metadata: { ...sent.metadata, uid: 'u' } } })}\n`,
      );
      const [frames] = await Array.fromAsync(
        jsonCodec.frames(chunksOf(...[...bytes].map((byte) => Uint8Array.of(byte)))),
      );
      const [first] = frames ?? [];
      assert.equal(first?.type, 'event');
      assert.equal(first.event.message, sent.message);
      assert.equal(first.event.version, sent.metadata.resourceVersion);
    }),
  );
});

test('any bytes are frames or malformed frames: reading them throws nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), async (chunks) => {
      const lines = Buffer.concat(chunks).toString('latin1').split('\n').slice(0, -1);
      const frames = (await Array.fromAsync(jsonCodec.frames(chunksOf(...chunks)))).flat();
      assert.equal(frames.length, lines.filter((line) => line !== '').length);
    }),
    { numRuns: 500 },
  );
});

test('any bytes are a page, or no page is said with API_MALFORMED', async () => {
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((json) => Buffer.from(json)),
    fc
      .record({
        metadata: fc.record({ resourceVersion: fc.oneof(version, text) }),
        items: fc.oneof(fc.array(fc.oneof(object, fc.jsonValue())), fc.jsonValue()),
      })
      .map((list) => Buffer.from(JSON.stringify(list))),
  );
  await fc.assert(
    fc.asyncProperty(body, places, async (bytes, cuts) => {
      const page = await jsonCodec.page(cutAt(bytes, cuts)).catch((error: unknown) => {
        assert.ok(isKubeCheckError(error, 'API_MALFORMED'));
        return undefined;
      });
      if (!page) return;
      const items = (JSON.parse(bytes.toString()) as { items?: unknown[] | null }).items ?? [];
      assert.equal(page.events.length + page.malformed, items.length);
    }),
    { numRuns: 1000 },
  );
});
