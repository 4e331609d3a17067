/** Events as components of a cluster write them, in both styles, with everything that a server keeps of them. */
import { type KubeObject, managedFields, microseconds, uuidOf, wholeSeconds } from './object.ts';

/** What both styles share. Everything has a default, so that a test names only what it is about. */
export interface SampleEvent {
  /** @defaultValue as client-go makes it: the object's name, a dot, 16 hex digits, which differ where the events do */
  readonly name?: string;
  /** Of the event and of what it is about. @defaultValue 'default' */
  readonly namespace?: string;
  /** What it is about. @defaultValue the Pod web-0 */
  readonly object?: {
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly apiVersion?: string;
    readonly fieldPath?: string;
  };
  readonly reason?: string;
  readonly message?: string;
  /** @defaultValue 'Normal' */
  readonly type?: string;
  /** Who tells it. @defaultValue core: 'kubelet', new style: 'default-scheduler' */
  readonly component?: string;
  /** On which host, or as which instance. @defaultValue core: 'node-1', new style: 'default-scheduler-0' */
  readonly host?: string;
  /** How often it was seen; from 2 on the new style has a `series`. @defaultValue 1 */
  readonly count?: number;
  /** Unix milliseconds. @defaultValue 2026-01-01T00:00:00Z */
  readonly firstAtMs?: number;
  /** Unix milliseconds. @defaultValue firstAtMs */
  readonly lastAtMs?: number;
  /** Its own. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * An event in the style of core/v1, which kubelet and controllers write: `source`, `count`, `firstTimestamp`, `lastTimestamp`.
 * Without uid and version, which the server gives.
 */
export function coreEvent(sample: SampleEvent = {}): KubeObject {
  const { reason = 'Started', message = 'Container started', component = 'kubelet', host = 'node-1' } = sample;
  const { type = 'Normal', count = 1 } = sample;
  const { firstAtMs, lastAtMs } = timesOf(sample);
  const body = {
    involvedObject: involvedObject(sample),
    reason,
    message,
    source: { component, ...(host === '' ? {} : { host }) },
    firstTimestamp: wholeSeconds(firstAtMs),
    lastTimestamp: wholeSeconds(lastAtMs),
    count,
    type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: host,
  };
  return { metadata: metadataOf(sample, body, 'v1'), ...body };
}

/**
 * An event made through events.k8s.io, as the scheduler writes it and core/v1 shows it: `eventTime`, `series`, `reportingComponent`;
 * an empty `source`, null timestamps, no `count`. Without uid and version, which the server gives.
 */
export function newStyleEvent(sample: SampleEvent & { readonly action?: string } = {}): KubeObject {
  const { reason = 'Scheduled', component = 'default-scheduler', host = 'default-scheduler-0' } = sample;
  const { type = 'Normal', count = 1, action = 'Binding', namespace = 'default' } = sample;
  const { message = `Successfully assigned ${namespace}/${involvedObject(sample).name} to node-1` } = sample;
  const { firstAtMs, lastAtMs } = timesOf(sample);
  const body = {
    involvedObject: involvedObject(sample),
    reason,
    message,
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    type,
    eventTime: microseconds(firstAtMs),
    ...(count > 1 ? { series: { count, lastObservedTime: microseconds(lastAtMs) } } : {}),
    action,
    reportingComponent: component,
    reportingInstance: host,
  };
  return { metadata: metadataOf(sample, body, 'events.k8s.io/v1'), ...body };
}

function timesOf({ firstAtMs, lastAtMs }: SampleEvent): { readonly firstAtMs: number; readonly lastAtMs: number } {
  const first = firstAtMs ?? lastAtMs ?? Date.UTC(2026, 0, 1);
  return { firstAtMs: first, lastAtMs: lastAtMs ?? first };
}

/** A node is in no namespace, though events about it are. */
const clusterScoped = new Set(['Node', 'Namespace', 'PersistentVolume']);

function involvedObject({ namespace = 'default', object = {} }: SampleEvent) {
  const { kind = 'Pod', name = 'web-0', apiVersion = 'v1', fieldPath } = object;
  const place = clusterScoped.has(kind) ? {} : { namespace };
  const uid = object.uid ?? uuidOf(`${kind} ${clusterScoped.has(kind) ? '' : namespace}/${name}`);
  return { kind, ...place, name, uid, apiVersion, ...(fieldPath === undefined ? {} : { fieldPath }) };
}

function metadataOf(
  sample: SampleEvent,
  body: { readonly reportingComponent: string },
  apiVersion: string,
): KubeObject['metadata'] {
  const { namespace = 'default', labels } = sample;
  const { firstAtMs, lastAtMs } = timesOf(sample);
  const about = involvedObject(sample);
  const story = [apiVersion, about, sample.reason, sample.message, body.reportingComponent, firstAtMs];
  return {
    name: sample.name ?? `${about.name}.${uuidOf(JSON.stringify(story)).replaceAll('-', '').slice(-16)}`,
    namespace,
    creationTimestamp: wholeSeconds(firstAtMs),
    ...(labels && { labels }),
    managedFields: managedFields(body, { manager: body.reportingComponent, atMs: lastAtMs, apiVersion }),
  };
}
