/** What each sender of this package promises for text from a cluster: one item is one record, whatever is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CheckEvent, Sender } from '../../src/sender.ts';
import { consoleSender } from '../../src/senders/console.ts';
import { jsonLinesSender } from '../../src/senders/json-lines.ts';
import { checkEvent, MemoryStream, unaborted } from './samples.ts';

const breaks = ['\n', '\r', '\r\n', '\v', '\f', '\u001c', '\u0085', '\u2028', '\u2029'];
const others = [
  '\0',
  '\u001b[2J',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udc00',
  '😀',
  '\\',
  '"',
  '%%%',
  '|#',
];
const imitations = ['{"type":"gauge","name":"x","value":1}', 'event  2026-01-01T00:00:00.000Z info x: y', '_e{1,1}:'];
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...breaks, ...others, ...imitations, 'a'), maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

const events = fc.array(
  fc
    .record({
      id: hostile,
      title: hostile,
      text: hostile,
      tags: fc.array(hostile, { maxLength: 3 }),
      hostname: hostile,
      aggregationKey: hostile,
      sourceTypeName: hostile,
    })
    .map(({ id, ...texts }) => checkEvent(id, texts)),
  { minLength: 1, maxLength: 8 },
);

/** Every line break that some reader knows. */
const anyBreak = /\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/;

async function deliver(sender: Sender, given: readonly CheckEvent[]): Promise<void> {
  for (const event of given) sender.event(event);
  await sender.commit(unaborted());
}

function recordsOf(stream: MemoryStream): readonly string[] {
  const records = stream.text.split(anyBreak);
  assert.equal(records.pop(), '', 'the last one is ended');
  return records;
}

test('JSON lines: each event is one record, and reads back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (given) => {
      const stream = new MemoryStream();
      await deliver(jsonLinesSender({ stream }), given);
      const records = recordsOf(stream);
      assert.deepEqual(
        records.map((record) => JSON.parse(record)),
        given.map((event) => ({ type: 'event', ...event })),
      );
    }),
  );
});

test('console: each event is one line, of which a terminal shows every character and obeys none', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (given) => {
      const stream = new MemoryStream();
      await deliver(consoleSender({ stream }), given);
      const records = recordsOf(stream);
      assert.equal(records.length, given.length);
      for (const record of records) {
        assert.ok(record.startsWith('event  2026-01-01T00:00:00.000Z warning '));
        assert.doesNotMatch(record, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
  );
});
