/**
 * What check events are to say of the events they name, made anew from what the API server stored. It knows components that name themselves
 * in either style's field and texts without tildes, far below any limit; no look-ups.
 */
import assert from 'node:assert/strict';
import type { CheckEvent, SourceEvent } from '../../src/index.ts';
import { type EventRecord, factsOf, type StoredEvent } from './event-record.ts';

/** Of the components that tell something here: in the Agent's table of integrations. */
const integrations = new Map([
  ['default-scheduler', 'kube_scheduler'],
  ['replicaset-controller', 'kubernetes controller manager'],
]);

const kindTags = new Map([
  ['Deployment', 'kube_deployment'],
  ['Pod', 'pod_name'],
  ['ReplicaSet', 'kube_replica_set'],
  // Of which a starting API server may tell.
  ['Service', 'kube_service'],
]);

/** A check event of one source, told alone; source types are detected. */
export function assertToldAlone(event: CheckEvent, { versions }: EventRecord): void {
  const [stored] = storedOf(event, versions);
  assert.equal(event.sources.length, 1);
  const facts = factsOf(stored);
  assert.deepEqual(event, {
    ...frame([stored]),
    id: facts.id,
    title: `${titleOf(facts)}: ${facts.reason}`,
    text: facts.message,
    timestampMs: facts.lastAtMs,
    tags: sorted([`event_reason:${facts.reason}`, ...tagsOf([stored])]),
  });
}

/** A check event of all its sources, which are of one object and type; source types are detected. */
export function assertBundled(event: CheckEvent, { versions }: EventRecord): void {
  const stored = storedOf(event, versions);
  const facts = stored.map(factsOf) as Some<SourceEvent>;
  const counts = new Map<string, number>();
  for (const { reason, message, count } of facts) {
    const line = `**${reason}**: ${message}\n`;
    counts.set(line, (counts.get(line) ?? 0) + count);
  }
  const lines = [...counts].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const emitters = unique(facts.map(({ component }) => component)).join(', ');
  const firstAtMs = Math.min(...facts.map((each) => each.firstAtMs));
  const lastAtMs = Math.max(...facts.map((each) => each.lastAtMs));
  const seen = `seen at ${secondsOf(lastAtMs)} since ${secondsOf(firstAtMs)}`;
  const { id, ...told } = event;
  assert.match(id, facts.length === 1 ? /^[0-9a-f-]{36}:\d+$/ : /^[0-9a-f]{64}$/);
  assert.deepEqual(told, {
    ...frame(stored),
    title: `Events from the ${titleOf(facts[0])}`,
    text: `%%% \n${lines.map(([line, count]) => `${count} ${line}`).join(' ')} \n _Events emitted by the ${emitters} ${seen}_ \n\n %%%`,
    timestampMs: lastAtMs,
    tags: sorted(tagsOf(stored)),
  });
}

type Some<Item> = [Item, ...Item[]];

function storedOf({ sources }: CheckEvent, versions: EventRecord['versions']): Some<StoredEvent> {
  return sources.map(({ id }) => versions.get(id) ?? assert.fail(`nobody wrote ${id}`)) as Some<StoredEvent>;
}

/** What all sources have in common. */
function frame(stored: Some<StoredEvent>): Partial<CheckEvent> {
  const [{ involvedObject, type, reportingComponent }] = stored;
  return {
    sources: stored.map(factsOf) as Some<SourceEvent>,
    alertType: type === 'Warning' ? 'warning' : 'info',
    priority: 'normal',
    aggregationKey: `kubernetes_apiserver:${involvedObject.uid}`,
    sourceTypeName: integrations.get(reportingComponent) ?? 'kubernetes',
    eventType: 'kubernetes_apiserver',
    ...(involvedObject.kind === 'Node' ? { hostname: involvedObject.name } : {}),
  };
}

function titleOf({ object: { kind, namespace, name } }: SourceEvent): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function tagsOf(stored: Some<StoredEvent>): readonly string[] {
  const [{ involvedObject }] = stored;
  const { kind, name, namespace } = involvedObject;
  const kindTag = kindTags.get(kind);
  return [
    ...[`kube_kind:${kind}`, `kube_name:${name}`, `kubernetes_kind:${kind}`, `name:${name}`, 'orchestrator:kubernetes'],
    ...(kindTag === undefined ? [] : [`${kindTag}:${name}`]),
    ...(namespace === undefined ? [] : [`kube_namespace:${namespace}`, `namespace:${namespace}`]),
    ...stored.flatMap(({ source, reportingComponent }) => [
      `source_component:${source.component ?? ''}`,
      `reporting_controller:${reportingComponent}`,
    ]),
  ];
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
const sorted = (tags: readonly string[]): readonly string[] => [...unique(tags)].sort();

/** As Go prints a time, the fraction cut off. */
const secondsOf = (atMs: number): string =>
  new Date(atMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' +0000 UTC');
