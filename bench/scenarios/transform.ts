/** What the transform of read events to check events costs, alone. */
import assert from 'node:assert/strict';
import { noLookups } from '../../src/events/transform/lookups.ts';
import { eventTransform, type TransformOptions } from '../../src/events/transform/transform.ts';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import { queries } from '../../src/query/cache.ts';
import { countingQuery } from '../../src/query/counting.ts';
import type { CheckEvent } from '../../src/sender.ts';
import { clusterEvents } from '../events.ts';
import type { Measurement, Scenario } from '../scenario.ts';

const eventCount = 5000;
const batchSize = 300;
/** Long enough for a clock of microseconds, and for the compiler to have settled before the first counts. */
const passesPerRound = 20;
const warmUpPasses = 60;

interface Subject {
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

const subjects: Readonly<Record<string, Subject>> = {
  unbundled: { options: unbundled },
  'unbundled, query': { options: unbundled, query },
  bundled: { options: bundled },
  'bundled, query': { options: bundled, query },
};

type Batches = readonly (readonly KubeEvent[])[];
type Stage = (events: readonly KubeEvent[]) => readonly CheckEvent[];

export const scenario: Scenario = {
  name: 'transform',
  title: 'The transform stage',
  about:
    'What it costs to make check events of events that are read, alone: without reading, look-ups and a sink, over events of kubelets, ' +
    'schedulers and controllers. Counted per event that was read, also where the query leaves it out.',
  metrics: [
    { name: 'cpuUsPerEvent', label: 'CPU per event', unit: 'µs' },
    { name: 'checkEvents', label: 'check events made', unit: '' },
  ],
  subjects: Object.keys(subjects),
  rounds: 15,
  async prepare() {
    const events = clusterEvents(eventCount);
    const batches = Array.from({ length: Math.ceil(eventCount / batchSize) }, (_, i) =>
      events.slice(i * batchSize, (i + 1) * batchSize),
    );
    const stages = new Map(Object.entries(subjects).map(([name, subject]) => [name, stageOf(subject)]));
    for (const stage of stages.values()) for (let pass = 0; pass < warmUpPasses; pass++) runAll(stage, batches);
    return {
      input: { events: eventCount, batchSize, objects: new Set(events.map((event) => event.object.uid)).size },
      async measure(name) {
        const [stage, subject] = [stages.get(name), subjects[name]];
        assert.ok(stage && subject, name);
        return measure(stage, batches, subject.query === undefined ? eventCount : events.filter(isAskedFor).length);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};

function stageOf({ options, query: text }: Subject): Stage {
  const ports = { lookups: noLookups, tagProvider: {}, warn: (message: string) => assert.fail(message) };
  const transform = eventTransform(
    text === undefined ? options : { ...options, query: countingQuery(queries.acquire(text)) },
  );
  return (events) => {
    const { alone, bundles } = transform.tell(transform.select(events, ports), ports);
    return [...alone, ...bundles];
  };
}

function measure(stage: Stage, batches: Batches, expected: number): Measurement {
  const checkEvents = checkedPass(stage, batches, expected);
  const start = process.cpuUsage();
  for (let pass = 0; pass < passesPerRound; pass++) runAll(stage, batches);
  const { user, system } = process.cpuUsage(start);
  assert.equal(checkedPass(stage, batches, expected), checkEvents, 'the last pass made what the first one made');
  return { cpuUsPerEvent: (user + system) / (passesPerRound * eventCount), checkEvents };
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
