import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { escapeMarkdown } from '../../../src/events/transform/markdown.ts';
import { cutText, sortByCodePoints, textLength, wellFormed } from '../../../src/events/transform/text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const characters = fc.string({
  unit: fc.constantFrom('~', '\\', '%%', 'x', 'é', '界', '😀', '\n', '\n<', '\n1 **'),
  maxLength: 300,
});

describe('cutText', () => {
  for (const [what, text, room, expected] of [
    ['leaves a text that just fits', 'x'.repeat(40), 40, 'x'.repeat(40)],
    ['cuts one character too many', 'x'.repeat(41), 40, `${'x'.repeat(21)} … [+20 characters]`],
    ['counts characters, not UTF-16 units', '😀'.repeat(40), 40, '😀'.repeat(40)],
    ['never halves a surrogate pair', '😀'.repeat(41), 40, `${'😀'.repeat(21)} … [+20 characters]`],
    ['takes one more where the mark gets shorter for it', 'x'.repeat(120), 40, `${'x'.repeat(21)} … [+99 characters]`],
    ['leaves the mark alone where nothing else fits', 'x'.repeat(50), 5, ' … [+50 characters]'],
    [
      'leaves no direction open before the mark',
      `\u202e${'x'.repeat(40)}`,
      40,
      `\ufffd${'x'.repeat(20)} … [+20 characters]`,
    ],
  ] as const) {
    test(what, () => assert.equal(cutText(text, room), expected));
  }

  for (const [what, text, expected] of [
    ['counts what an escape adds', '~'.repeat(21), `${'\\~'.repeat(10)} … [+11 characters]`],
    ['leaves what just fits when escaped', '~'.repeat(20), '\\~'.repeat(20)],
    ['never parts an escape from its character', `xx${'~'.repeat(20)}`, `xx${'\\~'.repeat(9)} … [+11 characters]`],
  ] as const) {
    test(what, () => assert.equal(cutText(text, 40, escapeMarkdown), expected));
  }

  test('keeps as much as fits, says exactly what is missing, and is valid Unicode', () => {
    fc.assert(
      fc.property(
        characters,
        fc.integer({ min: 20, max: 120 }),
        fc.constantFrom((text: string) => text, escapeMarkdown),
        (text, room, escaped) => {
          const cut = cutText(text, room, escaped);
          assert.ok(cut.isWellFormed());
          if (textLength(escaped(text)) <= room) return assert.equal(cut, escaped(text));
          const mark = / … \[\+(\d+) characters\]$/.exec(cut);
          assert.ok(mark);
          const missing = Number(mark[1]);
          const given = [...text];
          const kept = given.slice(0, given.length - missing).join('');
          assert.equal(cut.slice(0, mark.index), escaped(kept));
          assert.ok(textLength(cut) <= room);
          const oneMore = given.slice(0, given.length - missing + 1).join('');
          assert.ok(
            textLength(`${escaped(oneMore)} … [+${missing - 1} characters]`) > room,
            'one character more would not fit',
          );
        },
      ),
    );
  });

  test('escapes of an endless text no more than could fit', () => {
    let escaped = 0;
    cutText('~'.repeat(2 ** 20), 4000, (text) => {
      escaped += text.length;
      return escapeMarkdown(text);
    });
    assert.ok(escaped <= 14 * 8000, `${escaped} characters`);
  });
});

test('textLength is the number of code points', () => {
  fc.assert(fc.property(anyText, (text) => assert.equal(textLength(text), [...text].length)));
});

test('sortByCodePoints orders as the bytes of UTF-8 do', () => {
  fc.assert(
    fc.property(fc.array(anyText), (texts) => {
      const bytes = texts.map((text) => Buffer.from(text)).sort(Buffer.compare);
      assert.deepEqual(
        sortByCodePoints([...texts]).map((text) => Buffer.from(text)),
        bytes,
      );
    }),
  );
  assert.deepEqual(sortByCodePoints(['😀', '！', 'a']), ['a', '！', '😀'], 'U+FF01 comes before U+1F600');
});

test('wellFormed replaces lone surrogates and nothing else', () => {
  assert.equal(wellFormed('a\ud800b\udc00\ud83d\ude00'), 'a\ufffdb\ufffd😀');
  assert.equal(wellFormed('\u0000\u202e~'), '\u0000\u202e~');
});
