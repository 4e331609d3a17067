import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { breakFences, escapeMarkdown } from '../../../src/events/transform/markdown.ts';

const hostile = fc.string({ unit: fc.constantFrom('%', '~', '\\', '\n', ' ', '9 **', '`', '<', '_Events ', 'a') });

describe('breakFences', () => {
  for (const [given, expected] of [
    ['50% of %%', '50% of %%'],
    ['%%%', '%%\\%'],
    ['%%%%', '%%\\%%'],
    ['%%%%%', '%%\\%%\\%'],
    ['\\%%% %%%', '\\%%\\% %%\\%'],
  ] as const)
    test(`makes ${expected} of ${given}`, () => assert.equal(breakFences(given), expected));

  test('leaves no fence and takes nothing away', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        const broken = breakFences(given);
        assert.ok(!broken.includes('%%%'));
        assert.equal(broken.replaceAll('%%\\', '%%').replaceAll('\\', ''), given.replaceAll('\\', ''));
      }),
    );
  });
});

describe('escapeMarkdown', () => {
  for (const [what, given, expected] of [
    ['leaves an ordinary line', '**Pulled**: it *is* `_here_`, <b>\n', '**Pulled**: it *is* `_here_`, <b>\n'],
    ['escapes tildes', '~~a~', '\\~\\~a\\~'],
    ['doubles the backslashes that would take its own', 'a\\~b\\\\~c\\d', 'a\\\\\\~b\\\\\\\\\\~c\\d'],
    ['breaks fences', 'a\n%%%', 'a\n%%\\%'],
    ['keeps the lines of a message', 'a\nb\n\n  c', 'a\nb\n\n  c'],
    ['tells a line from an entry', 'a\n 9 **B**: c\n10 ** d', 'a\n \\9 **B**: c\n\\10 ** d'],
    ['tells a line from the foot', 'a\n \n _Events emitted by', 'a\n \n \\_Events emitted by'],
    ['opens no block of code', 'a\n```\nb\n  ````', 'a\n\\```\nb\n  \\````'],
    ['opens no block of tildes', 'a\n~~~', 'a\n\\~\\~\\~'],
    ['opens no block of HTML', 'a\n<!-- b\n\t<pre>', 'a\n\\<!-- b\n\t\\<pre>'],
  ] as const)
    test(what, () => assert.equal(escapeMarkdown(given), expected));

  test('leaves no tilde without an odd number of backslashes, no fence, and nothing in disguise', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        const escaped = escapeMarkdown(given);
        for (const [run] of escaped.matchAll(/\\*~/g)) assert.equal(run.length % 2, 0, run);
        assert.ok(!escaped.includes('%%%'));
        assert.doesNotMatch(escaped, /\n[ \t]*([0-9]+ \*\*|_Events |```|<)/);
      }),
    );
  });

  test('of a longer text is longer, so that it can be cut where it is too long', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('~', '%', 'a', '*', '`', '<', '\n', ' '), (given, more) => {
        assert.ok(escapeMarkdown(given + more).length > escapeMarkdown(given).length);
      }),
    );
  });

  for (const unit of ['\\', '%', '\n', '\n ', '~', '\n1', ' ', '\n```', '1'])
    test(`takes no time that grows faster than a mebibyte of ${JSON.stringify(unit)}`, () => {
      const endless = `\n${unit.repeat(2 ** 20 / unit.length)}`;
      assert.ok(escapeMarkdown(endless).length >= endless.length);
    });
});
