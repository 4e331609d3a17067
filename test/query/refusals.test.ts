import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './asked.ts';

const eventFields =
  'there are metadata, involvedObject, reason, message, type, source, reportingComponent, count, firstTimestamp, lastTimestamp, eventTime, series';
const types =
  'both sides of an operator need types that go together: int(), string(), timestamp() and duration() make them';
const functions =
  'of a text there are contains, startsWith, endsWith, matches, lowerAscii, upperAscii, trim, split, indexOf, lastIndexOf, substring, size';
const compare = 'compare something, as in event.type == "Warning"';
const smaller = 'at most 2000 parts, nested at most 50 deep; event.reason in ["A", "B"] asks for one of many';
const tellsHas = 'has() tells whether a time or a series is there';

const refused: readonly (readonly [text: string, message: string, remedy?: string])[] = [
  // syntax
  ['', 'unexpected token: EOF, at column 1'],
  ['event.type ==', 'unexpected token: EOF, at column 14'],
  ['event.type = "Warning"', 'unexpected character: =, at column 12'],
  ['event.type == "Warning', 'unterminated string, at column 15'],
  ['true; false', 'unexpected character: ;, at column 5'],
  ['true false', "unexpected character: 'e', at column 6"],
  ['\u0007', 'unexpected character: \\u{7}, at column 1'],
  ['if', 'reserved identifier: if, at column 1'],
  // names
  ["event.raeson == 'x'", 'Event has no field raeson, at column 7', eventFields],
  ["event.type == 'x' ||\n  event.raeson == 'x'", 'Event has no field raeson, at line 2, column 9', eventFields],
  [
    "event.metadata.labels.app == 'x'",
    'ObjectMeta has no field labels, at column 16',
    'there are name, namespace, uid, resourceVersion, creationTimestamp',
  ],
  ["event['raeson'] == 'x'", 'no such key: raeson, at column 1'],
  ["event.constructor == 'x'", 'Event has no field constructor, at column 7', eventFields],
  ["event.__proto__ == 'x'", 'Event has no field __proto__, at column 7', eventFields],
  ["event.event == 'x'", 'Event has no field event, at column 7', eventFields],
  ["event.reason.name == 'x'", "cannot index type 'string', at column 14"],
  ["evnt.reason == 'x'", 'unknown variable: evnt, at column 1', 'the only variable is `event`'],
  ["reason == 'x'", 'unknown variable: reason, at column 1', 'the only variable is `event`'],
  ['foo(event.reason)', "found no matching overload for 'foo(string)', at column 1", functions],
  [
    "event.reason.beginsWith('x')",
    "found no matching overload for 'string.beginsWith(string)', at column 1",
    functions,
  ],
  // types
  ['event.reason == 1', 'no such overload: string == int, at column 1', types],
  ["event.count == '5'", 'no such overload: int == string, at column 1', types],
  ['event.reason < 3', 'no such overload: string < int, at column 1', types],
  ['event.reason in [1, 2]', 'no such overload: string in list<int>, at column 1', types],
  ["event.lastTimestamp > '2026'", 'no such overload: google.protobuf.Timestamp > string, at column 1', types],
  ['event.series != null', 'no such overload: EventSeries != null, at column 1', tellsHas],
  ['event == event', 'no such overload: Event == Event, at column 1', types],
  ['event.reason.contains(1)', "found no matching overload for 'string.contains(int)', at column 1", functions],
  ['event.reason && true', "logical operator requires bool operands, got 'string', at column 1"],
  ["['a', 1].size() > 1", "list elements must have the same type, expected type 'string' but found 'int', at column 7"],
  ['event.reason', 'it yields string, not bool', compare],
  ['event.count + 1', 'it yields int, not bool', compare],
  ['event', 'it yields Event, not bool', compare],
  ['dyn(event.count > 1)', 'it yields dyn, not bool', compare],
  // has()
  ['has(event.nope)', 'Event has no field nope, at column 11', eventFields],
  ['has(event.series.nope)', 'EventSeries has no field nope, at column 18', 'there are count, lastObservedTime'],
  ['has(event)', 'has() asks for a field of `event`, at column 1', 'write has(event.series)'],
  ['has(event.reason.size)', 'has() asks for a field of `event`, at column 1', 'write has(event.series)'],
  ["has(event['reason'])", 'has() asks for a field of `event`, at column 1', 'write has(event.series)'],
  ["['a'].exists(e, has(e.x))", 'has() asks for a field of `event`, at column 17', 'write has(event.series)'],
  // patterns
  [
    "event.reason.matches('(')",
    'error parsing regexp: missing closing ): `(`, at column 22',
    'patterns are those of RE2',
  ],
  [
    "event.reason.matches('(?=a)')",
    'error parsing regexp: invalid or unsupported Perl syntax: `(?=`, at column 22',
    'patterns are those of RE2',
  ],
  [
    "event.reason.matches('x{1000}y$')",
    'the patterns of matches() are too large: 1004 instructions of at most 1000 in all, at column 1',
    'repeat less, as x{1,100} counts as a hundred; ask for parts of the text with contains()',
  ],
  [
    "event.reason.matches('a{400}$') || event.message.matches('a{600}$')",
    'the patterns of matches() are too large: 1006 instructions of at most 1000 in all, at column 36',
    'repeat less, as x{1,100} counts as a hundred; ask for parts of the text with contains()',
  ],
  ['event.reason.matches(event.type)', 'the pattern of matches() must be written out, at column 28'],
  ["event.matches('x')", "found no matching overload for 'Event.matches(string)', at column 1", functions],
  // size
  ['x'.repeat(10_001), 'too long: 10001 characters of at most 10000'],
  [`${'('.repeat(51)}true${')'.repeat(51)}`, 'too large an expression, at column 51', smaller],
  ['!'.repeat(9_000), 'too large an expression', smaller],
  [Array(401).fill("event.type=='a'").join('||'), 'too large an expression, at column 6807', smaller],
];

for (const [text, message, remedy] of refused) {
  const shown = text.length > 60 ? `${text.slice(0, 20)}… of ${text.length} characters` : text;
  test(`${JSON.stringify(shown)} is refused`, () => {
    assert.deepEqual(refusalOf(text), remedy === undefined ? { message } : { message, remedy });
  });
}

test('a message is one line, however long and odd what it quotes', () => {
  const { message } = refusalOf(`event.reason.matches('(${'\u202e\ud800'.repeat(400)}')`);
  assert.ok(message.length < 2_000, message);
  assert.match(message, /^[^\p{Cc}\p{Cf}\p{Cs}]+$/u);
});
