/** Explaining and collecting agree, whatever the events and the configuration. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CollectedEventType, EventCollectorOptions } from '../../../src/events/options.ts';
import { ruleNames } from '../../../src/events/select/rule-names.ts';
import { noLookups } from '../../../src/events/transform/lookups.ts';
import { explain, explainer } from '../../../src/explain.ts';
import { decodeEvent } from '../../../src/kube/wire/json.ts';
import { queries } from '../../../src/query/cache.ts';
import { countingQuery } from '../../../src/query/counting.ts';
import { eventTransform } from '../transform/transformed.ts';

const text = fc.oneof(fc.constantFrom('', 'a', 'kube-a', '\ud800', '%%%'), fc.string({ maxLength: 4 }));
const kinds = ['', 'Pod', 'Node', 'CronJob', 'Widget'];
const reasons = ['', 'BackOff', 'Failed', 'Pulled', 'Rebooted', 'FailedDraining'];
const components = ['', 'kubelet', 'karpenter', 'cilium-sidekick', 'nginx'];

const coreEvents = fc
  .array(
    fc.record({
      metadata: fc.record({ namespace: fc.constantFrom('', 'default', 'kube-system', 'shop'), name: text }),
      involvedObject: fc.record({ kind: fc.constantFrom(...kinds), name: text, uid: text, namespace: text }),
      reason: fc.constantFrom(...reasons),
      message: text,
      type: fc.constantFrom('Normal', 'Warning'),
      source: fc.record({ component: fc.constantFrom(...components) }),
      reportingComponent: fc.constantFrom(...components),
      count: fc.option(fc.integer({ min: 0, max: 3 })),
    }),
    { maxLength: 12 },
  )
  .map((events) =>
    events.map((event, i) => ({ ...event, metadata: { ...event.metadata, uid: `e-${i}`, resourceVersion: '7' } })),
  );

const entry: fc.Arbitrary<CollectedEventType> = fc
  .record(
    {
      kind: fc.constantFrom(...kinds.slice(1)),
      source: fc.constantFrom(...components.slice(1)),
      reasons: fc.subarray(reasons.slice(1), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  .filter(({ kind, source, reasons: any = [] }) => kind !== undefined || source !== undefined || any.length > 0);

/** The last one has no value for events with a count of 0. */
const query = fc.constantFrom(
  'true',
  'event.type == "Warning"',
  'event.involvedObject.name == "a"',
  '6 / event.count > 2',
);

const options: fc.Arbitrary<EventCollectorOptions> = fc.record(
  {
    bundling: fc.constantFrom('all', 'unspecified', 'none'),
    defaultFilters: fc.boolean(),
    sourceDetection: fc.boolean(),
    collectedEventTypes: fc.array(entry, { maxLength: 3 }),
    excludeNamespaces: fc.subarray(['kube-*', 'sh?p', 'default', '*-*-*']),
    query,
  },
  { requiredKeys: [] },
);

test('an event is explained as kept if and only if it is told, and else by the rule that is counted', () => {
  fc.assert(
    fc.property(coreEvents, options, (events, config) => {
      const explanations = events.map(explainer(config));
      const decoded = events.map((event) => decodeEvent(event) ?? assert.fail('every event can be read'));
      const compiled = config.query === undefined ? undefined : countingQuery(queries.acquire(config.query));
      const transform = eventTransform({ ...config, query: compiled });
      const { events: told, filtered } = transform(decoded, { lookups: noLookups, tagProvider: {}, warn() {} });

      const sources = new Map(told.flatMap((event) => event.sources.map(({ id }) => [id, event.sourceTypeName])));
      const counted = new Map<string, number>();
      for (const [i, { kept, rule, sourceType, told: how }] of explanations.entries()) {
        assert.equal(kept, sources.has(`e-${i}:7`));
        assert.equal(kept, how !== 'not');
        // A bundle of more than one is of the source of its first.
        if (how === 'alone') assert.equal(sourceType, sources.get(`e-${i}:7`));
        if (!kept) counted.set(rule, (counted.get(rule) ?? 0) + 1);
      }
      assert.deepEqual(Object.fromEntries(counted), Object.fromEntries(filtered));
    }),
    { numRuns: 500 },
  );
});

const refusing: fc.Arbitrary<EventCollectorOptions> = fc.record(
  {
    filteredEventTypes: fc.subarray(['Pulled', 'type=Normal', 'involvedObject.kind!=Pod', 'source!=kubelet']),
    namespaces: fc.constantFrom(['shop'], ['shop', 'default']),
  },
  { requiredKeys: [] },
);

test('steps pass on until the last, which decides; an explanation is what JSON makes of it', () => {
  fc.assert(
    fc.property(coreEvents, options, refusing, (events, config, reading) => {
      for (const explanation of events.map(explainer({ ...config, ...reading }))) {
        const { steps, rule, kept, sourceType } = explanation;
        const last = steps.at(-1);
        assert.equal(last?.rule, rule);
        assert.equal(last?.says, kept ? 'keeps' : 'leaves-out');
        assert.equal(sourceType === undefined, !kept);
        // Only a query is asked about what others keep.
        const earlier = steps.slice(0, rule === 'query' ? -2 : -1);
        assert.deepEqual([...new Set(earlier.map(({ says }) => says))], earlier.length === 0 ? [] : ['passes-on']);
        for (const step of steps) assert.ok(step.rule in ruleNames && step.why !== '');
        assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation);
      }
    }),
  );
});

test('whatever is given as an event is explained', () => {
  const almost = fc.record(
    {
      metadata: fc.oneof(fc.jsonValue(), fc.constant({ uid: 'u', resourceVersion: '7', namespace: 7 })),
      involvedObject: fc.jsonValue(),
      reason: fc.jsonValue(),
      source: fc.jsonValue(),
      series: fc.jsonValue(),
      apiVersion: fc.oneof(fc.constant('v1'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), almost, fc.anything()), options, refusing, (given, config, reading) => {
      const { steps, rule } = explain(given, { ...config, ...reading });
      assert.equal(steps.at(-1)?.rule, rule);
    }),
  );
});
