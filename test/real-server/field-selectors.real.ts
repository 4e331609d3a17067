import assert from 'node:assert/strict';
import { refusingTerm, selectableFields } from '../../src/events/select/event-fields.ts';
import { parseFieldSelector } from '../../src/events/select/field-selector.ts';
import {
  type EventCollectorOptions,
  explainer,
  isKubeCheckError,
  KubeASCheck,
  type KubeASCheckConfig,
  MemoryTokenStore,
} from '../../src/index.ts';
import { parseFieldSelector as parseOnFake } from '../../src/testing/fake-api-server/field-selector.ts';
import { events as resource } from '../../src/testing/fake-api-server/resources.ts';
import { type KubeObject, RecordingSender } from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { changeReason, listed, makeShop, oddReasons, select, writeSelectableEvents } from './selectable-events.ts';

/** For each field, a value that some events have and others have not. */
const fields: Readonly<Record<(typeof selectableFields)[number], string>> = {
  'involvedObject.kind': 'Job',
  'involvedObject.namespace': 'shop',
  'involvedObject.name': 'web-0',
  'involvedObject.uid': 'u-2',
  'involvedObject.apiVersion': 'batch/v1',
  'involvedObject.resourceVersion': '4711',
  'involvedObject.fieldPath': 'spec.containers{web}',
  reason: 'BackOff',
  reportingComponent: 'example.com/reporter',
  source: 'cronjob-controller',
  type: 'Warning',
  'metadata.name': 'selectable-7',
  'metadata.namespace': 'default',
};

const escaped = (value: string): string => value.replace(/[\\,=]/g, '\\$&');

/** What the server takes as it is, and we too. */
const wellWritten = [
  ...Object.entries(fields).flatMap(([field, value]) => ['=', '==', '!='].map((is) => `${field}${is}${value}`)),
  ...selectableFields.flatMap((field) => [`${field}=`, `${field}!=`]),
  ...oddReasons.flatMap((reason) => [`reason=${escaped(reason)}`, `reason!=${escaped(reason)}`]),
  'reason!=Started,reason!=BackOff,type=Normal',
  'source=kubelet,reportingComponent!=kubelet',
  'type==Warning,involvedObject.kind!=Pod,metadata.namespace=shop',
  'type=Normal,type=Warning',
  ',,type=Normal,,reason!=Started,',
];

/** What we make of a list that the server would not take so, or takes otherwise. */
const repaired: readonly (readonly string[])[] = [
  [],
  ['', ' '],
  ['BackOff', 'Started'],
  ['a,b', 'a\\b', 'ä € 🚀', 'a+b&c%2C'],
  ['reason:BackOff'],
  [' reason = BackOff ', 'type!= Normal'],
  ['reason!=Started', 'involvedObject.kind==Pod,source!=kubelet', ','],
];

/** What neither takes. */
const refused = [
  'message=number 1',
  'Reason=Started',
  'involvedObject=Pod',
  'reportingController=kubelet',
  'source.component=kubelet',
  'metadata.uid=u-1',
  'count!=1',
  '=a',
  'reason=a=b',
  'reason===a',
  'reason!==a',
  'reason=a\\b',
  'reason=\\',
  'reason=a,b',
];

/** Of the rules that decide on an event, each kind once. */
const explained: readonly EventCollectorOptions[] = [
  { filteredEventTypes: ['BackOff', 'reason!=a\\=b', 'involvedObject.kind!=Job'] },
  { filteredEventTypes: ['type!=Warning'], excludeNamespaces: ['sh*'], query: 'event.reason != "Started"' },
  {
    bundling: 'none',
    filteredEventTypes: ['ignored where only named events are sent'],
    collectedEventTypes: [{ kind: 'Pod' }],
  },
  {
    bundling: 'unspecified',
    defaultFilters: true,
    filteredEventTypes: ['source=kubelet'],
    collectedEventTypes: [{ kind: 'Pod', reasons: ['a,b'] }],
  },
  { defaultFilters: true, namespaces: ['shop'], sourceDetection: true },
];

const namesOf = (events: readonly KubeObject[]): readonly string[] =>
  events.map(({ metadata }) => metadata.name).sort();

const configOf = (events: EventCollectorOptions): KubeASCheckConfig => ({
  leader: { skip: true },
  controlPlane: false,
  quotas: false,
  events: { readQuietMs: 200, lookUp: [], ...events },
});

/** Rules that the API server applies. */
const unread = new Set(['filtered-event-types', 'namespaces']);

realServerTest('field selectors on a real API server', {}, async (plane, t) => {
  await makeShop(plane);
  await writeSelectableEvents(plane, 80);
  const held = await listed(plane, '');
  assert.equal(held.length, 80);

  /** The server, the check's own explanation of it and the fake server keep the same events. */
  async function assertSelected(elements: readonly string[]): Promise<readonly string[]> {
    const { selector, problems } = parseFieldSelector(elements);
    assert.deepEqual(problems, [], JSON.stringify(elements));
    const selected = namesOf(await listed(plane, selector.text));
    const explained = held.filter((event) => refusingTerm(selector.terms, event) === undefined);
    assert.deepEqual(namesOf(explained), selected, selector.text);
    const { matches } = parseOnFake(selector.text, resource);
    assert.deepEqual(namesOf(held.filter(matches)), selected, selector.text);
    return selected;
  }

  await t.test('each of the 13 fields is selected by, and tells some events from others', async () => {
    assert.equal(selectableFields.length, 13);
    for (const [field, value] of Object.entries(fields)) {
      const { length } = await assertSelected([`${field}=${value}`]);
      assert.ok(length > 0 && length < held.length, `${field}: ${length}`);
    }
  });

  await t.test('a value with commas, backslashes or equals signs selects exactly the events that have it', async () => {
    for (const reason of oddReasons) {
      const having = namesOf(held.filter((event) => event['reason'] === reason));
      assert.ok(having.length > 0);
      assert.deepEqual(namesOf(await listed(plane, `reason=${escaped(reason)}`)), having, reason);
      // As a word of its own a reason is left out.
      const { length } = await assertSelected([reason.includes('=') ? `reason!=${escaped(reason)}` : escaped(reason)]);
      if (reason.trim() === reason) assert.equal(length, held.length - having.length, reason);
    }
  });

  await t.test('what is explained is what the server selects, and the fake server too', async () => {
    for (const selector of wellWritten) {
      const selected = await assertSelected([selector]);
      if (!/ (?:,|$)|= /.test(selector)) assert.deepEqual(selected, namesOf(await listed(plane, selector)), selector);
    }
    for (const elements of repaired) await assertSelected(elements);
  });

  await t.test('what the server refuses is a problem here and on the fake server', async () => {
    for (const selector of refused) {
      assert.equal((await select(plane, selector)).status, 400, selector);
      assert.throws(() => parseOnFake(selector, resource), selector);
      assert.equal(parseFieldSelector([selector]).problems.length, 1, selector);
    }
  });

  await t.test('a check reads what its selector selects: of what is there, what comes, and what changes', async () => {
    const sender = new RecordingSender();
    const kubeConfig = await plane.kubeConfig(ADMIN);
    const filteredEventTypes = ['BackOff', 'a,b', 'type!=normal', 'involvedObject.kind=Pod'];
    await using check = new KubeASCheck({
      ...{ kubeConfig, sender, tokenStore: new MemoryTokenStore() },
      config: configOf({ filteredEventTypes }),
    });
    const { selector } = parseFieldSelector(filteredEventTypes);
    const delivered = () => sender.events.flatMap(({ sources }) => sources.map(({ name }) => name)).sort();
    /** A bundle can't tell of an event without a reason. */
    const tellable = (events: readonly KubeObject[]) =>
      namesOf(events.filter((event) => event['reason'] !== undefined));

    const first = await check.run();
    const selected = await listed(plane, selector.text);
    assertBooks(first);
    assert.equal(first.events.ledger.read, selected.length, 'the server keeps the others back');
    assert.deepEqual(delivered(), tellable(selected));

    await writeSelectableEvents(plane, 40, 80);
    const passes = (event: KubeObject) => refusingTerm(selector.terms, event) === undefined;
    const changeable = held.filter((event) => event['eventTime'] === null && event['reason'] !== undefined);
    const leaving = changeable.find(passes);
    const coming = changeable.find((event) => !passes(event) && passes({ ...event, reason: 'Started' }));
    assert.ok(leaving && coming);
    await changeReason(plane, leaving, 'BackOff');
    await changeReason(plane, coming, 'Started');
    const second = await check.run();
    assertBooks(second, first);
    assert.deepEqual(second.events.gaps, []);
    const then = [...(await listed(plane, selector.text)), leaving];
    assert.equal(first.events.ledger.read + second.events.ledger.read, then.length);
    assert.deepEqual(delivered(), tellable(then));
  });

  await t.test('what is explained of an event is what a check makes of it', async () => {
    const kubeConfig = await plane.kubeConfig(ADMIN);
    for (const options of explained) {
      const about = JSON.stringify(options);
      const sender = new RecordingSender();
      await using check = new KubeASCheck({
        ...{ kubeConfig, sender, tokenStore: new MemoryTokenStore() },
        // All is there already: what the watch brings is nothing.
        config: configOf({ ...options, readTimeoutMs: 200 }),
      });
      const report = await check.run();
      assertBooks(report);
      const explain = explainer(options);
      const { items } = (await select(plane, '')).body;
      const explanations = items.map((event) => ({ event, ...explain(event) }));
      const toldAs = (told: string) =>
        namesOf(explanations.filter((each) => each.told === told).map(({ event }) => event));
      const deliveredAs = (bundled: boolean) =>
        sender.events
          .filter(({ title }) => title.startsWith('Events from the ') === bundled)
          .flatMap(({ sources }) => sources.map(({ name }) => name))
          .sort();
      assert.deepEqual([deliveredAs(false), deliveredAs(true)], [toldAs('alone'), toldAs('bundled')], about);
      const leftOut = explanations.filter(({ kept, rule }) => !kept && !unread.has(rule)).map(({ rule }) => rule);
      assert.deepEqual(
        report.events.ledger.filteredBy,
        Object.fromEntries(leftOut.map((rule) => [rule, leftOut.filter((other) => other === rule).length])),
        about,
      );
      assert.equal(report.events.ledger.read, explanations.filter(({ rule }) => !unread.has(rule)).length, about);
      assert.ok(deliveredAs(false).length + deliveredAs(true).length > 0, about);
    }
  });

  await t.test('a check is not made with a selector that the server would refuse', () => {
    for (const selector of refused)
      assert.throws(
        () => new KubeASCheck({ sender: new RecordingSender(), config: configOf({ filteredEventTypes: [selector] }) }),
        (error) => isKubeCheckError(error, 'CONFIG_INVALID') && !error.message.includes('not yet'),
        selector,
      );
  });
});
