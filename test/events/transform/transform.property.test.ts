/** What holds for every batch of events under every configuration, however hostile the texts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ObjectLookups } from '../../../src/events/transform/lookups.ts';
import { eventTransform, type TransformOptions } from '../../../src/events/transform/transform.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';

const units = fc.constantFrom(
  'a',
  'Z',
  '0',
  '-',
  '/',
  ' ',
  '~',
  '%',
  '\n',
  '\0',
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
  globalTags: () => ['orchestrator:kubernetes', 'z:\udc00'],
  objectTags: () => ['a:1', 'pod_name:cart'],
};

function characters(text: string): number {
  return [...text].length;
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

test('the counts that bundles show are those of their sources', () => {
  const small = fc.record({
    reason: fc.constantFrom('A', 'B', 'C'),
    message: fc.constantFrom('x', 'y\n9 **A**: x'),
    count: fc.nat(9),
    uid: fc.constantFrom('u-1', 'u-2'),
  });
  const batch = fc.array(small, { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(batch, (made) => {
      const none = { createdAtMs: 0, firstAtMs: 0, lastAtMs: 0, eventAtMs: 0, series: undefined };
      const given = made.map(({ uid, ...facts }, i) => ({
        ...none,
        ...facts,
        ...{
          uid: `e-${i}`,
          version: '1',
          namespace: 'shop',
          name: 'n',
          type: 'Normal',
          component: 'c',
          host: '',
          reportingComponent: '',
        },
        object: { kind: 'Pod', namespace: 'shop', name: 'cart', uid, apiVersion: 'v1' },
      }));
      const { events: told } = eventTransform({})(given, { lookups, tagProvider: {}, warn: assert.fail });
      for (const { text, sources } of told) {
        // A line break in a message can imitate a line, without the blank that joins ours.
        const shown = [...text.matchAll(/(?:^%%% \n|\n )(\d+) \*\*/g)].reduce(
          (sum, match) => sum + Number(match[1]),
          0,
        );
        assert.equal(
          shown,
          sources.reduce((sum, source) => sum + source.count, 0),
        );
      }
    }),
  );
});
