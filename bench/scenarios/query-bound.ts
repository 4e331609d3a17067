/** How long one evaluation of an event query may take: patterns as costly as they are let pass, on texts as long as they may be looked at. */
import assert from 'node:assert/strict';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import { compilePattern } from '../../src/query/cel.ts';
import { compileQuery } from '../../src/query/compile.ts';
import { maxSteps, overhead, TooMuchWork } from '../../src/query/work.ts';
import { clusterEvents } from '../events.ts';
import type { Measurement, Scenario } from '../scenario.ts';

const mebibyte = 2 ** 20;

/** Each keeps an automaton busy in another way: many ways at once, nested repeats, states that explode, classes, word bounds. */
const patterns = [
  '^(.*a){20}$',
  '(.*a){190}$',
  '(?:a{1,10}){1,10}$',
  '(a|b)*a(a|b){12}$',
  '(.*)(.*)(.*)(.*)$',
  '(x*)*$',
  '(\\bx?){30}$',
  '(?:\\p{L}|\\p{N}|\\p{P}){1,100}\\p{Lu}$',
  '(?i)ready$',
];
const alphabets = ['a', 'ab', 'ab é漢😀1.\n'];

interface Case {
  readonly query: string;
  readonly message: string;
  /** The same each round: what is measured did what it was meant to. */
  readonly outcome: 'a value' | 'given up';
}

/** Always the same text. */
function textOf(alphabet: string, length: number): string {
  const characters = [...alphabet];
  let seed = 1;
  let text = '';
  while (text.length < length) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    text += characters[(seed >> 8) % characters.length];
  }
  return text.slice(0, length).toWellFormed();
}

const longestFor = (pattern: string): number =>
  Math.min(mebibyte, Math.floor(maxSteps / compilePattern(pattern).size) - overhead);

const matching = (pattern: string): string => `event.message.matches(r'${pattern}')`;

const cases: readonly Case[] = [
  ...patterns.flatMap((pattern) =>
    alphabets.map((alphabet): Case => {
      const message = textOf(alphabet, longestFor(pattern));
      return { query: matching(pattern), message, outcome: 'a value' };
    }),
  ),
  ...patterns.map(
    (pattern): Case => ({ query: matching(pattern), message: textOf('a', mebibyte), outcome: 'given up' }),
  ),
  { query: "event.message.matches('ready')", message: textOf('ab', mebibyte), outcome: 'a value' },
  { query: "event.message.contains('ready')", message: textOf('ab', mebibyte), outcome: 'a value' },
  { query: "event.message.lowerAscii().contains('ready')", message: textOf('AB', mebibyte), outcome: 'a value' },
  { query: 'size(event.message) > 1000', message: textOf('ab', mebibyte), outcome: 'a value' },
  { query: "event.message.split('a').exists(part, part == 'x')", message: textOf('ab', mebibyte), outcome: 'given up' },
];

function cpuMs(evaluate: () => string, outcome: string): number {
  const before = process.cpuUsage();
  assert.equal(evaluate(), outcome);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The first is of a process that has nothing compiled yet. */
function measured({ query: text, message, outcome }: Case, event: KubeEvent): Measurement {
  const compiled = compileQuery(text);
  assert.ok('query' in compiled, text);
  const { query } = compiled;
  const evaluate = () => {
    try {
      query.keeps({ ...event, message });
      return 'a value';
    } catch (error) {
      assert.ok(error instanceof Error && !(error instanceof TooMuchWork));
      return 'given up';
    }
  };
  return { cpuMs: cpuMs(evaluate, outcome) };
}

const casesByName = new Map(
  cases.map((each) => {
    const { query, message, outcome } = each;
    const alphabet = [...new Set(message.slice(0, 100))].length;
    return [`${query}, ${message.length} characters of ${alphabet}${outcome === 'given up' ? ', given up' : ''}`, each];
  }),
);

export const scenario: Scenario = {
  name: 'query-bound',
  title: 'The longest an event query may take',
  about:
    'One evaluation of an event query: patterns that keep an automaton busy in different ways, each on a text of random characters as long as ' +
    'the bound on its steps lets pass, and on a mebibyte, which it gives up; then functions that look at a whole mebibyte.',
  metrics: [{ name: 'cpuMs', label: 'CPU an evaluation', unit: 'ms' }],
  subjects: [...casesByName.keys()],
  rounds: 15,
  async prepare() {
    const [event] = clusterEvents(1);
    assert.ok(event);
    for (const alphabet of alphabets)
      measured({ query: matching('(.*b){10}c?$'), message: textOf(alphabet, 10_000), outcome: 'a value' }, event);
    return {
      input: { 'steps at most': maxSteps },
      async measure(subject) {
        const found = casesByName.get(subject);
        assert.ok(found, subject);
        return measured(found, event);
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};
