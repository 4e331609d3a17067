import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoted } from '../src/quoted.ts';

test('foreign text in a message shows nothing that a terminal or a reader would obey', () => {
  assert.equal(quoted('a"b\\c\n'), '"a\\"b\\\\c\\n"');
  assert.equal(quoted('\u009b31m \u202egnp \u200b\u2028\u007f'), '"\\u009b31m \\u202egnp \\u200b\\u2028\\u007f"');
  assert.equal(quoted('\ud800'), '"\\ud800"');
});

test('foreign text in a message is cut, and stays what it says', () => {
  assert.equal(quoted('x'.repeat(41)), `"${'x'.repeat(40)}…"`);
  assert.equal(JSON.parse(quoted('\u{e0001}\u202e漢')), '\u{e0001}\u202e漢');
});
