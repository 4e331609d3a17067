/**
 * How long one evaluation of an event query may take: patterns as costly as they are let pass, on texts as long as they may be looked at, and
 * on a mebibyte. CPU time. Run from the project's root: `npm run bench:query -- [--write]`.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { KubeEvent } from '../src/kube/wire/event.ts';
import { compilePattern } from '../src/query/cel.ts';
import { compileQuery } from '../src/query/compile.ts';
import { maxSteps, overhead, TooMuchWork } from '../src/query/work.ts';
import { clusterEvents } from './events.ts';

const rounds = 15;
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

function measured({ query: text, message, outcome }: Case, event: KubeEvent) {
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
  const times = Array.from({ length: rounds }, () => cpuMs(evaluate, outcome)).sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(share * (rounds - 1))] ?? 0).toFixed(1));
  const cpu = { min: at(0), median: at(0.5), max: at(1) };
  return { query: text, characters: message.length, outcome, cpuMs: cpu };
}

const [event] = clusterEvents(1);
assert.ok(event);
// A process that has just begun has nothing compiled yet; the first of each case still counts.
for (const alphabet of alphabets)
  measured({ query: matching('(.*b){10}c?$'), message: textOf(alphabet, 10_000), outcome: 'a value' }, event);
const results = cases.map((each) => measured(each, event));
for (const { query, characters, outcome, cpuMs: cpu } of results)
  process.stdout.write(
    `${query.padEnd(70)} ${String(characters).padStart(8)} characters: ${outcome}, ${cpu.min} / ${cpu.median} / ${cpu.max} ms\n`,
  );
const worst = {
  median: Math.max(...results.map(({ cpuMs: { median } }) => median)),
  max: Math.max(...results.map(({ cpuMs: { max } }) => max)),
};
process.stdout.write(`the worst: median ${worst.median} ms, max ${worst.max} ms\n`);
if (process.argv.includes('--write')) {
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`;
  mkdirSync('bench/results', { recursive: true });
  writeFileSync('bench/results/query.json', `${JSON.stringify({ machine, rounds, worst, results }, null, 2)}\n`);
}
