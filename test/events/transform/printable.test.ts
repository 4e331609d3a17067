import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { printableLine, printableTag, printableText } from '../../../src/events/transform/printable.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: fc.constantFrom('a', ',', '|', '\r', '\n', '\t', '\0', '\u0085', '\u2028', '\u202e', '\u2066') }),
);

describe('text from the cluster', () => {
  for (const [what, given, text, line, tag] of [
    ['that is ordinary stays', 'Back-off: "web" für 日本 💥 #1 @x', undefined, undefined, undefined],
    ['keeps its lines where it may have some', 'a\nb\tc', 'a\nb\tc', 'a b c', 'a_b_c'],
    ['has line feeds for line breaks', 'a\r\nb\rc', 'a\nb\nc', 'a b c', 'a__b_c'],
    ['has no other controls', '\0\x1b[2J\x7f\x9b\x0b', '��[2J���', '��[2J�� ', '__[2J___'],
    ['may have separators where it may have lines', 'a\u2028b\u2029', 'a\u2028b\u2029', 'a b ', 'a_b_'],
    ['keeps its direction in text only', '\u202ea\u202c\u2066', '\u202ea\u202c\u2066', '\ufffda\ufffd\ufffd', '_a__'],
    ['is one tag, whatever it lists', 'a,b|#c:d', 'a,b|#c:d', 'a,b|#c:d', 'a_b_#c:d'],
    ['may hide nothing that breaks', 'a\u200bb\ufeff', 'a\u200bb\ufeff', 'a\u200bb\ufeff', 'a\u200bb\ufeff'],
  ] as const) {
    test(what, () => {
      assert.equal(printableText(given), text ?? given);
      assert.equal(printableLine(given), line ?? given);
      assert.equal(printableTag(given), tag ?? given);
    });
  }

  test('is never longer or empty for it, and once printable stays as it is', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(printableText, printableLine, printableTag), (given, printable) => {
        const made = printable(given);
        assert.ok(made.length <= given.length);
        assert.equal(made === '', given === '');
        assert.equal(printable(made), made);
        assert.equal(made.isWellFormed(), given.isWellFormed());
      }),
    );
  });

  test('has no control that is no line feed or tab; a line and a tag have none', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        assert.doesNotMatch(printableText(given).replace(/[\n\t]/g, ''), /\p{Cc}/u);
        assert.doesNotMatch(printableLine(given), /[\p{Cc}\p{Zl}\p{Zp}]/u);
        assert.doesNotMatch(printableTag(given), /[\p{Cc}\p{Zl}\p{Zp},|]/u);
      }),
    );
  });

  test('is no tag of more than 4,000 characters', () => {
    assert.match(printableTag('😀'.repeat(5000)), /^\u{1f600}+ … \[\+1021 characters\]$/u);
  });
});
