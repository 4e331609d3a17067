import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  compareCodePoints,
  cutText,
  escapeTildes,
  textLength,
  wellFormed,
} from '../../../src/events/transform/text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const characters = fc.string({ unit: fc.constantFrom('~', 'x', 'é', '界', '😀', '\n'), maxLength: 300 });

describe('cutText', () => {
  for (const [what, text, room, tildeLength, expected] of [
    ['leaves a text that just fits', 'x'.repeat(40), 40, 1, 'x'.repeat(40)],
    ['cuts one character too many', 'x'.repeat(41), 40, 1, `${'x'.repeat(21)} … [+20 characters]`],
    ['counts characters, not UTF-16 units', '😀'.repeat(40), 40, 1, '😀'.repeat(40)],
    ['never halves a surrogate pair', '😀'.repeat(41), 40, 1, `${'😀'.repeat(21)} … [+20 characters]`],
    ['counts a tilde twice where it will be escaped', '~'.repeat(21), 40, 2, `${'~'.repeat(10)} … [+11 characters]`],
    ['leaves tildes that just fit when escaped', '~'.repeat(20), 40, 2, '~'.repeat(20)],
    [
      'takes one more where the mark gets shorter for it',
      'x'.repeat(120),
      40,
      1,
      `${'x'.repeat(21)} … [+99 characters]`,
    ],
    ['leaves the mark alone where nothing else fits', 'x'.repeat(50), 5, 1, ' … [+50 characters]'],
  ] as const) {
    test(what, () => assert.equal(cutText(text, room, tildeLength), expected));
  }

  test('keeps as much as fits, says exactly what is missing, and is valid Unicode', () => {
    fc.assert(
      fc.property(
        characters,
        fc.integer({ min: 20, max: 120 }),
        fc.constantFrom(1 as const, 2 as const),
        (text, room, tilde) => {
          const cut = cutText(text, room, tilde);
          assert.ok(cut.isWellFormed());
          if (textLength(text, tilde) <= room) return assert.equal(cut, text);
          const mark = / … \[\+(\d+) characters\]$/.exec(cut);
          assert.ok(mark);
          const kept = cut.slice(0, mark.index);
          const missing = Number(mark[1]);
          assert.ok(text.startsWith(kept));
          assert.equal([...kept].length + missing, [...text].length);
          assert.ok(textLength(cut, tilde) <= room);
          const oneMore = [...text].slice(0, [...kept].length + 1).join('');
          assert.ok(
            textLength(`${oneMore} … [+${missing - 1} characters]`, tilde) > room,
            'one character more would not fit',
          );
        },
      ),
    );
  });
});

test('textLength is the number of code points, escaped tildes being two', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.equal(textLength(text, 1), [...text].length);
      assert.equal(textLength(text, 2), [...escapeTildes(text)].length);
    }),
  );
});

test('compareCodePoints orders as the bytes of UTF-8 do', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      assert.equal(Math.sign(compareCodePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  assert.ok(compareCodePoints('！', '😀') < 0, 'U+FF01 comes before U+1F600');
});

test('wellFormed replaces lone surrogates and nothing else', () => {
  assert.equal(wellFormed('a\ud800b\udc00\ud83d\ude00'), 'a\ufffdb\ufffd😀');
  assert.equal(wellFormed('\u0000\u202e~'), '\u0000\u202e~');
});
