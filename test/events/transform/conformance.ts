/** Runs a case of test/cases/{bundled,unbundled}.json on the transforms, as test/cases/README.md tells. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { CollectedEventType } from '../../../src/events/options.ts';
import type { JobFacts, ObjectLookups, PodFacts } from '../../../src/events/transform/lookups.ts';
import type { TransformOptions } from '../../../src/events/transform/transform.ts';
import type { CheckEvent, ObjectRef } from '../../../src/sender.ts';
import type { TagProvider } from '../../../src/tag-provider.ts';
import { type CoreEvent, kubeEvent } from '../kube-event.ts';
import { eventTransform } from './transformed.ts';

export interface ExpectedEvent {
  readonly title: string;
  readonly text: string;
  readonly alert_type: string;
  readonly priority: string;
  readonly host: string;
  readonly aggregation_key: string;
  readonly source_type: string;
  readonly event_type: string;
  readonly tags: readonly string[];
  readonly timestamp: number;
}

export interface Assertions {
  readonly events?: number;
  readonly errors?: number;
  readonly titles?: readonly string[];
  readonly text_max_chars?: number;
  readonly text_contains?: readonly string[];
  readonly text_not_contains?: readonly string[];
  readonly text_not_empty?: boolean;
  readonly tags_union?: readonly string[];
  readonly distinct?: readonly (keyof ExpectedEvent)[];
}

interface Expectation {
  readonly expected?: readonly ExpectedEvent[];
  readonly errors?: readonly string[];
  readonly assert?: Assertions;
}

interface World {
  readonly nodes?: Readonly<Record<string, string | null>>;
  readonly pods?: Readonly<Record<string, PodFacts>>;
  readonly jobs?: Readonly<Record<string, JobFacts>>;
  readonly tagger?: Readonly<Record<string, readonly string[]>>;
}

export interface TransformCase extends Expectation {
  readonly id: string;
  readonly note: string;
  readonly options: {
    readonly cluster_name: string;
    readonly source_detection: boolean;
    readonly filtering_enabled: boolean;
    readonly collected_event_types: readonly CollectedEventType[];
    /** Absent: everything is bundled. */
    readonly bundle_unspecified_events?: boolean;
  };
  readonly world?: World;
  readonly events: readonly CoreEvent[];
  readonly ignore_fields?: readonly (keyof ExpectedEvent)[];
  readonly peer_bug?: boolean;
  readonly better?: Expectation;
}

export function readCases<Case>(file: string): readonly Case[] {
  const url = new URL(`../../cases/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: readonly Case[] }).cases;
}

export function checkCase(given: TransformCase): void {
  const warnings: string[] = [];
  const events = given.events.map(kubeEvent);
  const world = given.world ?? {};
  const { events: told, filtered } = eventTransform(optionsOf(given))(events, {
    lookups: lookupsIn(world),
    tagProvider: tagProviderIn(world),
    warn: (message) => warnings.push(message),
  });
  const actual = told.map(inPeersForm);
  const expectation = given.peer_bug ? (given.better ?? {}) : given;
  assert.ok(expectation.expected ?? expectation.assert, 'the case expects something');
  if (expectation.expected !== undefined) {
    assert.deepEqual(without(actual, given.ignore_fields), without(expectation.expected, given.ignore_fields));
    assert.equal(warnings.length, expectation.errors?.length ?? 0);
  }
  if (expectation.assert !== undefined) checkAssertions(expectation.assert, actual, warnings);

  const sources = told.flatMap((event) => event.sources.map((source) => source.id));
  const leftOut = [...filtered.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(sources.length + leftOut, events.length, 'each event is told or counted as left out');
}

function optionsOf({ options }: TransformCase): TransformOptions {
  const unspecified = options.bundle_unspecified_events;
  return {
    clusterName: options.cluster_name,
    sourceDetection: options.source_detection,
    defaultFilters: options.filtering_enabled,
    collectedEventTypes: options.collected_event_types,
    bundling: unspecified === undefined ? 'all' : unspecified ? 'unspecified' : 'none',
  };
}

function lookupsIn({ nodes = {}, pods = {}, jobs = {} }: World): ObjectLookups {
  return {
    pod: (namespace, name) => pods[`${namespace}/${name}`],
    node: (name) => (name in nodes ? { providerId: nodes[name] ?? '' } : undefined),
    job: (namespace, name) => jobs[`${namespace}/${name}`],
  };
}

function tagProviderIn({ tagger = {} }: World): TagProvider {
  return {
    globalTags: () => tagger['global'] ?? [],
    objectTags: (object) => tagger[taggerKey(object)] ?? [],
  };
}

function taggerKey({ kind, namespace, name, uid }: ObjectRef): string {
  if (kind === 'Namespace') return `namespace/${name}`;
  if (kind === 'Pod') return `pod/${uid}`;
  return `${kind.toLowerCase()}/${namespace}/${name}`;
}

function inPeersForm(event: CheckEvent): ExpectedEvent {
  return {
    title: event.title,
    text: event.text,
    alert_type: event.alertType,
    priority: event.priority,
    host: event.hostname ?? '',
    aggregation_key: event.aggregationKey,
    source_type: event.sourceTypeName,
    event_type: event.eventType,
    tags: event.tags,
    timestamp: Math.floor(event.timestampMs / 1000),
  };
}

function without(events: readonly ExpectedEvent[], ignored: readonly (keyof ExpectedEvent)[] = []) {
  return events.map((event) =>
    Object.fromEntries(Object.entries(event).filter(([key]) => !ignored.includes(key as keyof ExpectedEvent))),
  );
}

function checkAssertions(wanted: Assertions, events: readonly ExpectedEvent[], warnings: readonly string[]): void {
  const known = [
    'events',
    'errors',
    'titles',
    'text_max_chars',
    'text_contains',
    'text_not_contains',
    'text_not_empty',
    'tags_union',
    'distinct',
  ];
  for (const name of Object.keys(wanted)) assert.ok(known.includes(name), `the assertion ${name} is known`);
  const texts = events.map((event) => event.text);
  if (wanted.events !== undefined) assert.equal(events.length, wanted.events);
  if (wanted.errors !== undefined) assert.equal(warnings.length, wanted.errors);
  if (wanted.titles !== undefined)
    assert.deepEqual(
      events.map((event) => event.title),
      wanted.titles,
    );
  if (wanted.text_max_chars !== undefined)
    for (const text of texts) assert.ok([...text].length <= wanted.text_max_chars);
  for (const part of wanted.text_contains ?? [])
    assert.ok(
      texts.some((text) => text.includes(part)),
      part,
    );
  for (const part of wanted.text_not_contains ?? [])
    assert.ok(
      texts.every((text) => !text.includes(part)),
      part,
    );
  if (wanted.text_not_empty) assert.ok(texts.length > 0 && texts.every((text) => text !== ''));
  for (const tag of wanted.tags_union ?? [])
    assert.ok(
      events.some((event) => event.tags.includes(tag)),
      tag,
    );
  for (const field of wanted.distinct ?? [])
    assert.equal(new Set(events.map((event) => JSON.stringify(event[field]))).size, events.length);
}
