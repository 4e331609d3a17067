import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../../src/errors.ts';
import type { EventCollectorOptions } from '../../../src/events/options.ts';
import { filterRules } from '../../../src/events/select/rule-names.ts';
import { explain, explainer } from '../../../src/explain.ts';
import { KubeASCheck } from '../../../src/kube-as-check.ts';
import { coreEvent, FakeApiServer, RecordingSender } from '../../../src/testing/index.ts';
import { MemoryTokenStore } from '../../../src/tokens/memory.ts';
import type { CoreEvent } from '../kube-event.ts';

const pulled = {
  metadata: { namespace: 'shop', name: 'cart.1', uid: 'e-1', resourceVersion: '7' },
  involvedObject: { kind: 'Pod', name: 'cart', namespace: 'shop', uid: 'u-1' },
  reason: 'Pulled',
  message: 'Image already present',
  type: 'Normal',
  source: { component: 'kubelet' },
  count: 1,
} satisfies CoreEvent;

const backOff = { ...pulled, reason: 'BackOff' };
const ofNode = {
  ...pulled,
  metadata: { ...pulled.metadata, namespace: 'default' },
  involvedObject: { kind: 'Node', name: 'worker-1' },
};

type Step = readonly [rule: string, says: string, why: string];
const bundled: Step = ['bundling', 'keeps', 'no rule before tells it alone'];
const complete: Step = ['incomplete', 'passes-on', 'it has all that a bundle tells'];

describe('an event is explained by the rules that were looked at, the last of which decides:', () => {
  for (const [what, event, config, told, steps] of [
    ['without options', pulled, {}, 'bundled', [complete, bundled]],
    [
      'of a namespace that is left out',
      pulled,
      { excludeNamespaces: ['kube-*', 'sh?p'], query: 'true' },
      'not',
      [['exclude-namespaces', 'leaves-out', `"sh?p" matches the event's namespace "shop"`]],
    ],
    [
      'of an object without namespace, which lies in "default"',
      ofNode,
      { excludeNamespaces: ['default'] },
      'not',
      [['exclude-namespaces', 'leaves-out', `"default" matches the event's namespace "default"`]],
    ],
    [
      'of a namespace that is not left out',
      pulled,
      { excludeNamespaces: ['kube-*', 'shop-?'] },
      'bundled',
      [['exclude-namespaces', 'passes-on', `no glob matches the event's namespace "shop"`], complete, bundled],
    ],
    [
      'that the server keeps back',
      pulled,
      { filteredEventTypes: ['type=Normal', 'Pulled'], namespaces: ['bank'] },
      'not',
      [['filtered-event-types', 'leaves-out', '"reason!=Pulled" of filteredEventTypes[1] refuses it']],
    ],
    [
      'of a namespace that is not read',
      pulled,
      { filteredEventTypes: ['type=Normal'], namespaces: ['bank'] },
      'not',
      [
        ['filtered-event-types', 'passes-on', '"type=Normal" selects it'],
        ['namespaces', 'leaves-out', `the event's namespace is "shop", none of namespaces`],
      ],
    ],
    [
      'on a default list',
      backOff,
      { bundling: 'none', defaultFilters: true },
      'alone',
      [['default-filters', 'keeps', 'it is on the default list of "kubernetes"']],
    ],
    [
      'on the default list of all',
      { ...backOff, involvedObject: { kind: 'Widget', name: 'w' } },
      { bundling: 'none', defaultFilters: true },
      'alone',
      [['default-filters', 'keeps', 'it is on the default list of all sources']],
    ],
    [
      'named beside the default lists',
      pulled,
      { bundling: 'none', defaultFilters: true, collectedEventTypes: [{ kind: 'Node' }, { kind: 'Pod' }] },
      'alone',
      [['default-filters', 'keeps', 'it is on no default list for "kubernetes"; collectedEventTypes[1] names it']],
    ],
    [
      'that nothing names',
      pulled,
      { defaultFilters: true },
      'not',
      [
        [
          'default-filters',
          'leaves-out',
          'it is on no default list for "kubernetes", and none of 0 collectedEventTypes names it',
        ],
      ],
    ],
    [
      'named by reasons only, outside of bundles',
      pulled,
      { bundling: 'none', collectedEventTypes: [{ reasons: ['Pulled'] }, { kind: 'Node' }] },
      'not',
      [['collected-event-types', 'leaves-out', 'none of the 1 collectedEventTypes with a kind or source names it']],
    ],
    [
      'that is not named, where the rest is bundled',
      pulled,
      { bundling: 'unspecified', collectedEventTypes: [{ kind: 'Node' }] },
      'bundled',
      [['collected-event-types', 'passes-on', 'none of 1 collectedEventTypes names it'], complete, bundled],
    ],
    [
      'that lacks what a bundle tells',
      { ...pulled, reason: '', message: '' },
      { query: 'true' },
      'not',
      [['incomplete', 'leaves-out', 'it has no reason, no message']],
    ],
    [
      'of which the query is true',
      pulled,
      { query: 'event.count == 1' },
      'bundled',
      [complete, bundled, ['query', 'keeps', '"event.count == 1" is true']],
    ],
    [
      'of which the query is false',
      pulled,
      { query: 'event.count > 1' },
      'not',
      [complete, bundled, ['query', 'leaves-out', '"event.count > 1" is false']],
    ],
  ] satisfies [string, CoreEvent, EventCollectorOptions, string, Step[]][]) {
    test(what, () => {
      const explanation = explain(event, config);
      assert.equal(explanation.told, told);
      assert.deepEqual(
        explanation.steps.map((step) => [step.rule, step.says, step.why]),
        steps,
      );
    });
  }
});

test('an event that the query has no value for is kept, and why is said without the event', () => {
  const explanation = explain({ ...pulled, count: 0 }, { query: '6 / event.count > 2' });
  assert.equal(explanation.kept, true);
  const why = explanation.steps.at(-1)?.why ?? '';
  assert.match(why, /no value .*which are kept/);
});

test('what is collected beside the default lists is told as custom', () => {
  const config = { bundling: 'none', defaultFilters: true, sourceDetection: true } as const;
  const collected = { ...config, collectedEventTypes: [{ source: 'karpenter' }] };
  assert.equal(explain({ ...pulled, source: { component: 'karpenter' } }, collected).sourceType, 'karpenter_custom');
});

test('what is no event of core/v1 is malformed, and why is said', () => {
  for (const [given, why] of [
    [undefined, 'it is no JSON object'],
    [[pulled], 'it is no JSON object'],
    [{}, 'it has no uid, or no usable resourceVersion'],
    [{ ...pulled, apiVersion: 'events.k8s.io/v1' }, 'it is no Event of v1, but "Event" of "events.k8s.io/v1"'],
    [{ kind: 'List', apiVersion: 'v1', items: [] }, 'it is no Event of v1, but "List" of "v1"'],
  ] as const) {
    const { kept, told, rule, steps } = explain(given);
    assert.deepEqual(
      { kept, told, rule, steps },
      { kept: false, told: 'not', rule: 'malformed', steps: [{ rule: 'malformed', says: 'leaves-out', why }] },
    );
  }
});

test('a configuration is refused as the collector refuses it', () => {
  for (const config of [{ query: 'event.tipe' }, { filteredEventTypes: ['count=1'] }, { excludeNamespaces: ['A'] }])
    assert.throws(
      () => explainer(config),
      (error) => isKubeCheckError(error, 'CONFIG_INVALID'),
    );
});

test('the books of a check have the counts of the explanations of the same events', async (t) => {
  const server = await new FakeApiServer().start();
  t.after(() => server.close());
  for (let n = 0; n < 60; n += 1)
    server.addEvent(
      coreEvent({
        namespace: ['shop', 'kube-system', 'default'][n % 3] ?? '',
        object: { kind: ['Pod', 'Node'][n % 2] ?? '', name: `o-${n}` },
        reason: ['BackOff', 'Pulled', 'Killing', 'Started'][n % 4] ?? '',
        message: n % 5 === 0 ? '' : 'said',
        count: n % 7,
      }),
    );
  const list = server.events;
  const events: EventCollectorOptions = {
    readTimeoutMs: 1,
    readQuietMs: 1,
    lookUp: [],
    bundling: 'unspecified',
    defaultFilters: true,
    collectedEventTypes: [{ kind: 'Node', reasons: ['Pulled'] }],
    filteredEventTypes: ['Started'],
    excludeNamespaces: ['kube-*'],
    query: 'event.count < 5',
  };
  const check = new KubeASCheck({
    kubeConfig: server.kubeConfig(),
    sender: new RecordingSender(),
    tokenStore: new MemoryTokenStore(),
    config: { leader: { skip: true }, controlPlane: false, quotas: false, events },
  });
  t.after(() => check.stop());
  const { ledger } = (await check.run()).events;

  const explanations = list.map(explainer(events));
  const counts: Record<string, number> = {};
  for (const { kept, rule } of explanations) if (!kept && rule in filterRules) counts[rule] = (counts[rule] ?? 0) + 1;
  assert.deepEqual(ledger.filteredBy, counts);
  assert.deepEqual(Object.keys(counts).sort(), ['exclude-namespaces', 'incomplete', 'query']);
  assert.equal(ledger.delivered, explanations.filter(({ kept }) => kept).length);
  assert.equal(ledger.read, explanations.filter(({ rule }) => rule !== 'filtered-event-types').length);
});
