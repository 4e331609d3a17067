import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeJson, escapeText } from '../../src/senders/output/escape.ts';

const table: readonly [what: string, text: string, escaped: string][] = [
  ['plain text', 'Back-off 5m0s "web" für 日本 💥', 'Back-off 5m0s "web" für 日本 💥'],
  ['line breaks and tabs', 'a\nb\r\nc\td', 'a\\nb\\r\\nc\\td'],
  ['a backslash, so that escapes can be told from text', 'C:\\new', 'C:\\\\new'],
  ['terminal controls', '\u001b[2J\u0007\u009b31m\u007f', '\\u001b[2J\\u0007\\u009b31m\\u007f'],
  [
    'line separators of other readers',
    'a\u0085b\u2028c\u2029d\u000be\u000cf',
    'a\\u0085b\\u2028c\\u2029d\\u000be\\u000cf',
  ],
  ['bidirectional controls', '\u202eabc\u202c\u2066\u200f\u061c', '\\u202eabc\\u202c\\u2066\\u200f\\u061c'],
  ['invisible characters', 'a\u200bb\ufeffc\u00add', 'a\\u200bb\\ufeffc\\u00add'],
  ['invisible characters beyond the first plane', 'a\u{e0001}b', 'a\\udb40\\udc01b'],
  ['half characters', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
];

for (const [what, text, escaped] of table)
  test(`text for people: ${what}`, () => {
    assert.equal(escapeText(text), escaped);
  });

for (const [what, text] of table)
  test(`JSON keeps its value and shows nothing unseen: ${what}`, () => {
    const json = escapeJson(JSON.stringify({ text }));
    assert.deepEqual(JSON.parse(json), { text });
    assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });
