/** What holds for every batch of events under every configuration, however hostile the texts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ObjectLookups } from '../../../src/events/transform/lookups.ts';
import type { TransformOptions } from '../../../src/events/transform/transform.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import { anEvent } from '../kube-event.ts';
import { eventTransform } from './transformed.ts';

const units = fc.constantFrom(
  'a',
  'Z',
  '0',
  '-',
  '/',
  ' ',
  '~',
  '%%%',
  '\\',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u0085',
  '\u2028',
  ',',
  '|',
  ':',
  'é',
  '界',
  '！',
  '\ud800',
  '\udc00',
  '😀',
  '\u202e',
);
const name = fc.oneof(fc.constantFrom('', 'cart', 'web-29701140', 'web'), fc.string({ unit: units, maxLength: 6 }));
const longText = fc
  .tuple(fc.string({ unit: units, minLength: 1, maxLength: 5 }), fc.nat(5000))
  .map(([text, times]) => text.repeat(times));
const message = fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: longText });
const component = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('', 'kubelet', 'default-scheduler', 'karpenter', 'nginx') },
  { weight: 1, arbitrary: longText },
);
const time = fc.option(fc.oneof(fc.integer({ min: 0, max: 2 ** 41 }), fc.double({ noNaN: true })), { nil: undefined });
const count = fc.option(
  fc.oneof(fc.nat(20), fc.integer(), fc.constant(2 ** 31 - 1), fc.constant(Number.MAX_SAFE_INTEGER)),
  { nil: undefined },
);
const kind = fc.oneof(fc.constantFrom('Pod', 'Node', 'Job', 'CronJob', 'Namespace', 'Deployment', ''), name);

const events: fc.Arbitrary<readonly KubeEvent[]> = fc
  .array(
    fc.record({
      namespace: name,
      name,
      createdAtMs: time,
      object: fc.record({
        kind,
        namespace: name,
        name,
        uid: fc.oneof(fc.constantFrom('', 'u-1', 'u-2'), name),
        apiVersion: name,
      }),
      reason: fc.oneof(fc.constantFrom('Failed', 'BackOff', 'Pulled', ''), message),
      message,
      type: fc.constantFrom('Normal', 'Warning', ''),
      component,
      host: name,
      reportingComponent: component,
      firstAtMs: time,
      lastAtMs: time,
      eventAtMs: time,
      count,
      series: fc.option(fc.record({ count, lastAtMs: time }), { nil: undefined }),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((made) => made.map((event, i) => ({ ...event, uid: `e-${i}`, version: String(i) })));

const options: fc.Arbitrary<TransformOptions> = fc.record({
  bundling: fc.constantFrom('all', 'unspecified', 'none'),
  defaultFilters: fc.boolean(),
  sourceDetection: fc.boolean(),
  clusterName: fc.constantFrom('', 'prod_1'),
  collectedEventTypes: fc.array(
    fc.record({
      kind: fc.constantFrom('', 'Pod', 'Job'),
      source: fc.constantFrom('', 'nginx'),
      reasons: fc.constantFrom([], ['Pulled']),
    }),
    { maxLength: 2 },
  ),
});

const lookups: ObjectLookups = {
  pod: (_, podName) => (podName === 'cart' ? { uid: 'u-1', nodeName: 'worker-1' } : undefined),
  node: (nodeName) => (nodeName === 'worker-1' ? { providerId: 'aws:///z/i-1' } : undefined),
  job: () => ({
    uid: 'u-1',
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'web', controller: true }],
  }),
};
const tagProvider = {
  globalTags: () => ['orchestrator:kubernetes', 'z:\udc00', 'h:a,b\n|c'],
  objectTags: () => ['a:1', 'pod_name:cart'],
};

function characters(text: string): number {
  return [...text].length;
}

function insideFences(text: string): string {
  return text.startsWith('%%% \n') && text.endsWith('\n\n %%%') ? text.slice(3, -3) : text;
}

test('every event is told or counted, once; texts fit; tags are sorted and unique; all is valid Unicode', () => {
  fc.assert(
    fc.property(events, options, (given, configured) => {
      const ports = { lookups, tagProvider, warn: assert.fail };
      const { events: told, filtered } = eventTransform(configured)(given, ports);

      const ids = told.flatMap((event) => event.sources.map((source) => source.id));
      assert.equal(new Set(ids).size, ids.length, 'no source twice');
      const known = new Set(given.map((event) => `${event.uid}:${event.version}`));
      assert.ok(ids.every((id) => known.has(id)));
      const leftOut = [...filtered.values()].reduce((sum, n) => sum + n, 0);
      assert.equal(ids.length + leftOut, given.length, 'the books close');
      assert.equal(new Set(told.map((event) => event.id)).size, told.length, 'no id twice');

      for (const event of told) {
        assert.ok(characters(event.text) <= 4000, `${characters(event.text)} characters`);
        assert.notEqual(event.text, '');
        assert.doesNotMatch(
          event.text.replace(/[\n\t]/g, ''),
          /\p{Cc}/u,
          'no control in a text but line breaks and tabs',
        );
        assert.ok(!insideFences(event.text).includes('%%%'), 'fences are ours');
        assert.match(event.title, /\S/);
        assert.ok(characters(event.title) <= 4000);
        assert.doesNotMatch(event.title, /[\p{Cc}\p{Zl}\p{Zp}]/u, 'a title is one line');
        for (const tag of event.tags) assert.doesNotMatch(tag, /[\p{Cc}\p{Zl}\p{Zp},|]/u, 'a tag is one tag');
        const bytes = event.tags.map((tag) => Buffer.from(tag));
        assert.ok(
          bytes.every((tag, i) => i === 0 || Buffer.compare(bytes[i - 1] as Buffer, tag) < 0),
          'tags ascend',
        );
        const { sources, ...rest } = event;
        for (const text of Object.values(rest).flat()) if (typeof text === 'string') assert.ok(text.isWellFormed());
        for (const source of sources)
          for (const text of Object.values(source)) if (typeof text === 'string') assert.ok(text.isWellFormed());
        assert.notEqual(event.hostname, '');
      }
      assert.deepEqual(eventTransform(configured)(given, ports), { events: told, filtered }, 'the same again');
    }),
    { numRuns: 300 },
  );
});

test('the counts that bundles show are those of their sources, whatever the messages imitate', () => {
  const imitation = fc.string({
    unit: fc.constantFrom('x', ' ', '\n', '9 **A**: x', ' \n _Events emitted by the', '%%%', '```', '<!--', '~', '\\'),
    minLength: 1,
    maxLength: 12,
  });
  const small = fc.record({
    reason: fc.constantFrom('A', 'B', 'C', 'D\n 7 **E**: x'),
    message: imitation,
    count: fc.nat(9),
    uid: fc.constantFrom('u-1', 'u-2'),
    component: fc.constantFrom('c', 'd\n 9 **A**'),
  });
  const batch = fc.array(small, { minLength: 1, maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(batch, (made) => {
      const given = made.map(({ uid, ...facts }) => anEvent({ ...facts, object: { uid } }));
      const { events: told } = eventTransform({})(given, { lookups, tagProvider: {}, warn: assert.fail });
      for (const { text, sources } of told) {
        const lines = [...text.matchAll(/(?:^%%% \n|\n )([0-9]+) \*\*/g)];
        const shown = lines.reduce((sum, match) => sum + Number(match[1]), 0);
        assert.equal(
          shown,
          sources.reduce((sum, source) => sum + source.count, 0),
        );
        assert.equal(lines.length, new Set(sources.map(({ reason, message }) => `${reason} ${message}`)).size);
        assert.equal([...text.matchAll(/ \n _Events /g)].length, 1, 'one foot');
        assert.equal([...text.matchAll(/%%%/g)].length, 2, 'two fences');
      }
    }),
  );
});

for (const field of ['message', 'reason', 'component', 'host'] as const)
  for (const unit of ['x', '~', '😀', '%', '\n', '\\', '\ud800', '\0'])
    test(`a mebibyte of ${JSON.stringify(unit)} in its ${field} is told in a bounded text`, () => {
      const event = anEvent({ host: 'w', [field]: unit.repeat(2 ** 20) });
      for (const bundling of ['all', 'none'] as const) {
        const transform = eventTransform({ bundling, collectedEventTypes: [{ kind: 'Pod' }] });
        const [told] = transform([event, event], { lookups, tagProvider, warn: assert.fail }).events;
        assert.ok(told);
        assert.ok(characters(told.text) <= 4000);
        assert.ok(characters(told.title) <= 4000);
        assert.ok(told.tags.every((tag) => characters(tag) <= 4100));
        assert.ok(characters(told.hostname ?? '') <= 4000);
      }
    });
