/**
 * What the transform of read events to check events costs, alone: CPU time an event, bundled and unbundled, with and without a query, without
 * look-ups. Wall time would measure the machine's other work. Run from the project's root: `npm run bench:transform -- [--write]`.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { noLookups } from '../src/events/transform/lookups.ts';
import { eventTransform, type TransformOptions } from '../src/events/transform/transform.ts';
import type { KubeEvent } from '../src/kube/wire/event.ts';
import { queries } from '../src/query/cache.ts';
import { countingQuery } from '../src/query/counting.ts';
import type { CheckEvent } from '../src/sender.ts';
import { clusterEvents } from './events.ts';

const eventCount = 5000;
const batchSize = 300;
const rounds = 15;
/** Long enough for a clock of microseconds, and for the compiler to have settled before the first counts. */
const passesPerRound = 20;
const warmUpPasses = 60;

interface Scenario {
  readonly name: string;
  readonly options: TransformOptions;
  readonly query?: string;
}

const unbundled: TransformOptions = {
  bundling: 'none',
  collectedEventTypes: [{ kind: 'Pod' }, { kind: 'ReplicaSet' }, { kind: 'Deployment' }],
  sourceDetection: true,
  clusterName: 'prod-1',
};
const bundled: TransformOptions = { bundling: 'all', sourceDetection: true, clusterName: 'prod-1' };

const query = "event.type == 'Warning' || event.reason != 'Pulled'";
/** The same question, asked without the library. */
const isAskedFor = (event: KubeEvent) => event.type === 'Warning' || event.reason !== 'Pulled';

const scenarios: readonly Scenario[] = [
  { name: 'unbundled', options: unbundled },
  { name: 'unbundled, query', options: unbundled, query },
  { name: 'bundled', options: bundled },
  { name: 'bundled, query', options: bundled, query },
];

interface Result {
  readonly scenario: string;
  readonly rounds: number;
  /** Of the events read, also those that the query left out. */
  readonly cpuUsPerEvent: { readonly min: number; readonly median: number; readonly max: number };
  readonly checkEvents: number;
}

type Batches = readonly (readonly KubeEvent[])[];
type Stage = (events: readonly KubeEvent[]) => readonly CheckEvent[];

function stageOf({ options, query: text }: Scenario): Stage {
  const ports = { lookups: noLookups, tagProvider: {}, warn: (message: string) => assert.fail(message) };
  const transform = eventTransform(
    text === undefined ? options : { ...options, query: countingQuery(queries.acquire(text)) },
  );
  return (events) => {
    const { alone, bundles } = transform.tell(transform.select(events, ports), ports);
    return [...alone, ...bundles];
  };
}

function measure(scenario: Scenario, batches: Batches): Result {
  const stage = stageOf(scenario);
  const expected = batches.flat().filter((event) => scenario.query === undefined || isAskedFor(event)).length;
  const checkEvents = checkedPass(stage, batches, expected);
  for (let pass = 0; pass < warmUpPasses; pass++) runAll(stage, batches);
  const cpuUsPerEvent = Array.from({ length: rounds }, () => {
    const start = process.cpuUsage();
    for (let pass = 0; pass < passesPerRound; pass++) runAll(stage, batches);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / (passesPerRound * eventCount);
  }).sort((a, b) => a - b);
  assert.equal(checkedPass(stage, batches, expected), checkEvents, 'the last pass made what the first one made');
  const at = (share: number) => Number((cpuUsPerEvent[Math.floor((rounds - 1) * share)] ?? Number.NaN).toFixed(3));
  return { scenario: scenario.name, rounds, cpuUsPerEvent: { min: at(0), median: at(0.5), max: at(1) }, checkEvents };
}

/** Something is done with the result, or the compiler might leave the work out. */
function runAll(stage: Stage, batches: Batches): void {
  let made = 0;
  for (const batch of batches) made += stage(batch).length;
  assert.ok(made > 0);
}

/** Each event that is asked for is told of exactly once. */
function checkedPass(stage: Stage, batches: Batches, expected: number): number {
  const told = batches.flatMap((batch) => stage(batch));
  const ids = told.flatMap((event) => event.sources.map((source) => source.id));
  assert.equal(new Set(ids).size, expected);
  assert.equal(ids.length, expected);
  return told.length;
}

function main(args: readonly string[]): void {
  const events = clusterEvents(eventCount);
  const batches = Array.from({ length: Math.ceil(eventCount / batchSize) }, (_, i) =>
    events.slice(i * batchSize, (i + 1) * batchSize),
  );
  const results = scenarios.map((scenario) => measure(scenario, batches));
  const report = {
    benchmark: 'transform',
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    input: { events: eventCount, batchSize, objects: new Set(events.map((event) => event.object.uid)).size },
    results,
  };
  process.stdout.write(`${table(results)}\n${report.machine.cpu}, Node ${report.machine.node}\n`);
  if (!args.includes('--write')) return;
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('transform.json', folder), `${JSON.stringify(report, undefined, 2)}\n`);
}

function table(results: readonly Result[]): string {
  const row = (...cells: readonly (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(24) : String(cell).padStart(10))).join('');
  return [
    row('CPU µs/event', 'min', 'median', 'max', 'made'),
    ...results.map(({ scenario, cpuUsPerEvent: { min, median, max }, checkEvents }) =>
      row(scenario, min.toFixed(2), median.toFixed(2), max.toFixed(2), checkEvents),
    ),
  ].join('\n');
}

main(process.argv.slice(2));
