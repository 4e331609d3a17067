/** What a scenario's rounds came to, as it is kept in `results/`. It says all that its page shows: nothing else is asked for that. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Measurement, Metric, Scenario } from './scenario.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface SubjectResult {
  readonly subject: string;
  /** By the name of the metric. */
  readonly figures: Readonly<Record<string, Spread>>;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
}

export interface Result {
  readonly scenario: string;
  readonly title: string;
  readonly about: string;
  readonly date: string;
  readonly machine: Machine;
  readonly input: Readonly<Record<string, string | number>>;
  readonly rounds: number;
  readonly metrics: readonly Metric[];
  /** Ours first. */
  readonly subjects: readonly SubjectResult[];
}

export interface Measured {
  readonly input: Result['input'];
  /** By subject, a measurement a round. */
  readonly rounds: ReadonlyMap<string, readonly Measurement[]>;
}

export function resultOf({ name, title, about, metrics, subjects }: Scenario, { input, rounds }: Measured): Result {
  const [first = ''] = subjects;
  return {
    ...{ scenario: name, title, about },
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    ...{ input, rounds: rounds.get(first)?.length ?? 0, metrics },
    subjects: subjects.map((subject) => ({ subject, figures: figuresOf(metrics, rounds.get(subject) ?? []) })),
  };
}

/** A metric that a subject does not have is left out. */
function figuresOf(metrics: readonly Metric[], rounds: readonly Measurement[]): SubjectResult['figures'] {
  const spreads = metrics.flatMap(({ name }) => {
    const values = rounds.flatMap((round) => round[name] ?? []);
    return values.length === 0 ? [] : [[name, spreadOf(values)] as const];
  });
  return Object.fromEntries(spreads);
}

/** To three decimals: more would only look exact. @throws without a value */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    if (below === undefined || above === undefined) throw new Error('a spread of nothing');
    return Number(((below + above) / 2).toFixed(3));
  };
  return { min: at(0), median: at(0.5), max: at(1) };
}

/** The median of a subject, as a multiple of ours. */
export function ratioToOurs(result: Result, metric: Metric, { figures }: SubjectResult): number | undefined {
  const ours = result.subjects[0]?.figures[metric.name]?.median;
  const theirs = figures[metric.name]?.median;
  return ours === undefined || theirs === undefined || ours === 0 ? undefined : theirs / ours;
}

export const mainMetric = ({ metrics }: Pick<Result, 'metrics'>): Metric | undefined =>
  metrics.find(({ isMain }) => isMain);

function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

const folder = join(import.meta.dirname, 'results');

/** In place of the earlier one. */
export function keepResult(result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.scenario}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** Those with a main metric first, then by name. */
export function keptResults(): readonly Result[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const results = names.map((name): Result => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const rank = (result: Result): number => (mainMetric(result) === undefined ? 1 : 0);
  return results.sort((a, b) => rank(a) - rank(b) || (a.scenario < b.scenario ? -1 : 1));
}
