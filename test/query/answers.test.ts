import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileQuery } from '../../src/query/compile.ts';
import { countingQuery } from '../../src/query/counting.ts';
import { anEvent } from '../events/kube-event.ts';
import { compiled } from './asked.ts';

const at = (time: string) => Date.parse(`2024-05-29T${time}Z`);

const event = anEvent({
  reason: 'FailedScheduling',
  message: '0/3 nodes are available: 3 Insufficient cpu.',
  type: 'Warning',
  namespace: 'kube-system',
  count: 5,
  createdAtMs: at('05:00:00'),
  firstAtMs: at('05:00:00'),
  lastAtMs: at('06:30:00.500'),
});

const answers: readonly (readonly [text: string, answer: boolean])[] = [
  ["event.type == 'Warning' && event.reason != 'BackOff'", true],
  ["event.type == 'Normal' || event.count > 4", true],
  ["!(event.type == 'Warning')", false],
  ["event.reason in ['BackOff', 'FailedScheduling']", true],
  ["event.reason in ['BackOff']", false],
  ["event['reason'] == 'FailedScheduling'", true],
  ["event.metadata.namespace.startsWith('kube-')", true],
  ["event.reason.endsWith('ing') && event.message.contains('Insufficient')", true],
  ["event.reason.lowerAscii() == 'failedscheduling'", true],
  ['size(event.reason) == 16 && event.reason.size() == 16', true],
  ["event.reason == 'x' ? false : event.count == 5", true],
  ["['Back', 'Failed'].exists(prefix, event.reason.startsWith(prefix))", true],
  ["['Back', 'Failed'].all(prefix, event.reason.startsWith(prefix))", false],
  ["event.message.split(' ').filter(word, word == '3').size() == 0", false],
  ['event.count * 2 + 1 == 11 && event.count % 2 == 1 && event.count / 2 == 2', true],
  ['event.count > 4.5', true],
  ['double(event.count) == 5.0', true],
  ["event.lastTimestamp - event.firstTimestamp >= duration('1h30m')", true],
  ["event.firstTimestamp + duration('1h') < event.lastTimestamp", true],
  ["event.firstTimestamp > timestamp('2024-05-29T04:59:59Z')", true],
  ['event.lastTimestamp.getHours() == 6 && event.lastTimestamp.getDayOfWeek() == 3', true],
  ["event.lastTimestamp.getHours('America/New_York') == 2", true],
  ['int(event.lastTimestamp) == 1716964200', true],
  ['cel.bind(r, event.reason, r == "a" || r == "FailedScheduling")', true],
  ["event.reason == 'Failed' + 'Scheduling' // and nothing else", true],
  // patterns of RE2 alone, wherever a query may have one
  ["event.message.split(' ').filter(word, word.matches('(?i)^CPU')).size() == 1", true],
  ["event.message.split(' ').map(word, word.matches('(?i)^CPU'), word)[0] == 'cpu.'", true],
  ["cel.bind(tight, event.message.matches('(?i)INSUFFICIENT'), tight && has(event.count))", true],
  ["[event.message.matches('(?i)INSUFFICIENT')][0] ? {'a': has(event.source.host)}['a'] : true", false],
  // an operand without a value does not matter where the other decides
  ['event.count == 5 || event.eventTime > event.firstTimestamp', true],
  ['event.eventTime > event.firstTimestamp && event.count == 0', false],
];

for (const [text, answer] of answers)
  test(`${text} is ${answer}`, () => {
    assert.equal(compiled(text).keeps(event), answer);
  });

describe('an expression without a value throws', () => {
  const failing: readonly (readonly [text: string, message: string])[] = [
    ['10 / (event.count - 5) > 1', '10 / (event.count - 5: division by zero'],
    ['10 % (event.count - 5) > 1', '10 % (event.count - 5: modulo by zero'],
    ['9223372036854775807 + event.count > 0', '9223372036854775807 + event.count: numeric overflow'],
    ['event.eventTime > event.firstTimestamp', 'eventTime is absent: ask has() first'],
    ['int(event.message) > 1', 'int(event.message): int conversion error'],
    ['bool(event.message)', 'bool(event.message): bool conversion error'],
    ['timestamp(event.message) > event.firstTimestamp', 'timestamp(event.message): invalid timestamp'],
    ['duration(event.message) > duration("1s")', 'duration(event.message): invalid duration'],
    ["event.message.split(' ')[50] == 'x'", "event.message.split(' ')[50]: index out of bounds"],
    ['event.lastTimestamp.getHours(event.message) == 2', 'a function fails'],
    ["event[event.reason] == 'x'", 'event[event.reason] is absent: ask has() first'],
  ];

  for (const [text, message] of failing)
    test(`${text}: ${message}`, () => {
      assert.throws(() => compiled(text).keeps(event), { message });
    });

  test('and its message quotes nothing of the event', () => {
    const hostile = anEvent({ message: 'SECRET\u001b[2J\r\n%%%' });
    for (const text of ['bool(event.message)', 'duration(event.message) > duration("1s")', 'event[event.message] == 1'])
      assert.throws(
        () => compiled(text).keeps(hostile),
        (error: Error) => !`${error.message} ${error.stack} ${String(error.cause)}`.includes('SECRET'),
      );
  });
});

describe('a pattern of matches()', () => {
  test('is found anywhere in the text unless it is anchored, by code point, and knows flags', () => {
    const matching = (pattern: string, message: string) =>
      compiled(`event.message.matches(r'${pattern}')`).keeps(anEvent({ message }));
    assert.equal(matching('off', 'Back-off restarting'), true);
    assert.equal(matching('^off', 'Back-off restarting'), false);
    assert.equal(matching('(?i)BACK-?OFF .*ing$', 'Back-off restarting'), true);
    assert.equal(matching('^.$', '🐳'), true);
    assert.equal(matching('^.$', ''), false);
    assert.equal(matching('^\\d+/\\d+ nodes', '0/3 nodes are available'), true);
  });

  // One of these alone would keep a backtracking matcher busy for longer than any test may take.
  const heavy: readonly (readonly [pattern: string, message: string, answer: boolean])[] = [
    ['^(a+)+$', `${'a'.repeat(10_000)}!`, false],
    ['^(a+)+$', 'a'.repeat(10_000), true],
    ['^(a|aa)+$', `${'a'.repeat(10_000)}!`, false],
    ['^([a-z]+)*\\d', 'a'.repeat(10_000), false],
    ['(\\w+\\s?)+failed$', 'lorem '.repeat(2_000), false],
    ['(.*a){12}b', 'a'.repeat(10_000), false],
  ];
  for (const [pattern, message, answer] of heavy)
    test(`${pattern} takes linear time on ${message.length} characters`, () => {
      assert.equal(compiled(`event.message.matches(r'${pattern}')`).keeps(anEvent({ message })), answer);
    });
});

describe('an evaluation', () => {
  const mebibyte = 'a'.repeat(2 ** 20);
  const tooLong = { message: 'a text is too long for the pattern of matches()' };
  const tooMany = { message: 'split() makes more than 1000 parts of a text' };
  const keeps = (text: string, message = mebibyte) => compiled(text).keeps(anEvent({ message }));

  // Linear, and minutes all the same.
  for (const pattern of ['^(.*a){20}$', '(?:a{1,20}){1,20}$', '(.*a){90}$'])
    test(`is given up where ${pattern} would look at 1 MiB`, () => {
      assert.throws(() => keeps(`event.message.matches('${pattern}')`), tooLong);
    });

  test('is bounded as a whole: many small looks count like a large one', () => {
    const words = 'aaaaaaaaa '.repeat(900);
    assert.equal(keeps("event.message.split(' ').all(word, word.matches('^(.*x){1,9}$'))", words), false);
    assert.throws(() => keeps("event.message.split(' ').all(word, !word.matches('^(.*x){1,20}$'))", words), tooLong);
    const thrice = (asked: string) => [asked, asked, asked].join(' && ');
    assert.equal(keeps("event.message.matches('a$')", 'a'.repeat(100_000)), true);
    assert.throws(() => keeps(thrice("event.message.matches('a$')"), 'a'.repeat(100_000)), tooLong);
  });

  test('begins with nothing spent', () => {
    const query = compiled("event.message.matches('a$')");
    for (let time = 0; time < 5; time++) assert.equal(query.keeps(anEvent({ message: 'a'.repeat(100_000) })), true);
  });

  test('has a value for 1,024 characters, however large the patterns are that were let pass', () => {
    assert.equal(keeps("event.message.matches('(.*a){195}$')", 'a'.repeat(1024)), true);
  });

  test('finds a plain text in 1 MiB', () => {
    assert.equal(keeps("event.message.matches('ab')", `${mebibyte}b`), true);
    assert.equal(keeps("event.message.matches('abc')"), false);
  });

  test('decides without what it can do without', () => {
    assert.equal(keeps("event.message.matches('^(.*a){20}$') || event.type != ''"), true);
  });

  test('makes at most 1,000 parts of a text, and a rest as CEL does', () => {
    assert.throws(() => keeps("event.message.split('').exists(c, c == 'x')"), tooMany);
    assert.throws(() => keeps("event.message.split('', 1001).size() > 1"), tooMany);
    assert.equal(keeps("event.message.split('', 1000).size() == 1000"), true);
    const asked = (most: number) => `event.message.split(', ', ${most})`;
    assert.equal(
      keeps(`${asked(2)} == ['a', 'b, c'] && ${asked(1)} == ['a, b, c'] && ${asked(0)} == []`, 'a, b, c'),
      true,
    );
    assert.equal(keeps(`${asked(-1)} == ['a', 'b', 'c'] && ${asked(3)} == ${asked(4)}`, 'a, b, c'), true);
  });
});

describe('hostile texts', () => {
  const texts = [
    '',
    '\ud800',
    '\udc00x',
    '\u202e',
    '\u0000',
    '%%%',
    '"',
    "'",
    '\\',
    '$(x)',
    '__proto__',
    'constructor',
    'reason?',
  ];

  for (const text of texts)
    test(`${JSON.stringify(text)} is a text like any other`, () => {
      const hostile = anEvent({ reason: text, message: text, type: text, component: text });
      assert.equal(compiled('event.reason == event.message').keeps(hostile), true);
      assert.equal(compiled("event.reason.matches('^[^b]*$') && !event.reason.contains('b')").keeps(hostile), true);
      assert.equal(compiled("event.reason in ['b', event.type]").keeps(hostile), true);
    });

  test('a message of 1 MiB is read', () => {
    const long = anEvent({ message: `${'lorem '.repeat(175_000)}ipsum` });
    assert.equal(compiled("event.message.endsWith('ipsum') && event.message.matches('ipsum')").keeps(long), true);
    assert.equal(compiled('size(event.message) > 1048576').keeps(long), true);
  });
});

describe('for any text', () => {
  /** As a literal of CEL, where neither a lone surrogate nor a line break can be written as it is. */
  const literal = (text: string) =>
    `"${[...text].map((char) => (/[\w .-]/.test(char) ? char : `\\U${char.codePointAt(0)?.toString(16).padStart(8, '0')}`)).join('')}"`;
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'BackOff', 'constructor', '__proto__'));

  test('== and in agree with ===', () => {
    fc.assert(
      fc.property(anyText, anyText, (asked, reason) => {
        const same = anEvent({ reason: asked });
        const other = anEvent({ reason });
        const equal = compiled(`event.reason == ${literal(asked)}`);
        const among = compiled(`event.reason in ["a", ${literal(asked)}]`);
        assert.equal(equal.keeps(same), true);
        assert.equal(equal.keeps(other), reason === asked);
        assert.equal(among.keeps(other), reason === asked || reason === 'a');
      }),
    );
  });

  test('contains, startsWith and endsWith agree with those of JavaScript', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (before, asked, after) => {
        const message = before + asked + after;
        for (const [method, expected] of [
          ['contains', message.includes(asked)],
          ['startsWith', message.startsWith(asked)],
          ['endsWith', message.endsWith(asked)],
        ] as const)
          assert.equal(compiled(`event.message.${method}(${literal(asked)})`).keeps(anEvent({ message })), expected);
      }),
    );
  });

  test('a text that is no query is refused, and nothing is thrown', () => {
    const token = fc.constantFrom(
      'event',
      '.reason',
      '.series',
      '==',
      '&&',
      '(',
      ')',
      '[',
      ']',
      '"a"',
      '1',
      'has',
      '.matches',
      ',',
      '?',
      ':',
      '!',
      '-',
      'in',
      '{',
      '}',
    );
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(' ')),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const result = compileQuery(text);
        if ('problem' in result) assert.match(result.problem.message, /^[^\p{Cc}\p{Cf}\p{Cs}]+$/u);
        else assert.equal(typeof countingQuery({ ...result, compiles: 0, compileMs: 0 }).keeps(event), 'boolean');
      }),
      { numRuns: 1_000 },
    );
  });
});
