/** Tags of check events, under the Agent's keys, so that its dashboards and monitors go on working. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { ObjectRef } from '../../sender.ts';
import type { TransformContext } from './context.ts';
import { cronJobOf } from './cron-job.ts';
import { hostProviderId } from './host.ts';
import { printableTag } from './printable.ts';
import { sortByCodePoints } from './text.ts';

interface KindTag {
  readonly key: string;
  /** The next key of the tags that every object has. */
  readonly before: 'kube_kind' | 'kubernetes_kind' | 'reporting_controller';
}

/** The kinds that have a tag of their own. */
const kindTags: ReadonlyMap<string, KindTag> = new Map([
  ['CronJob', { key: 'kube_cronjob', before: 'kube_kind' }],
  ['DaemonSet', { key: 'kube_daemon_set', before: 'kube_kind' }],
  ['Deployment', { key: 'kube_deployment', before: 'kube_kind' }],
  ['Job', { key: 'kube_job', before: 'kube_kind' }],
  ['Namespace', { key: 'kube_namespace', before: 'kubernetes_kind' }],
  ['ReplicaSet', { key: 'kube_replica_set', before: 'kubernetes_kind' }],
  ['ReplicationController', { key: 'kube_replication_controller', before: 'kubernetes_kind' }],
  ['Service', { key: 'kube_service', before: 'kubernetes_kind' }],
  ['StatefulSet', { key: 'kube_stateful_set', before: 'kubernetes_kind' }],
  ['Pod', { key: 'pod_name', before: 'reporting_controller' }],
]);

export interface TaggedThing {
  readonly object: KubeEvent['object'];
  readonly ref: ObjectRef;
  readonly node: string | undefined;
  /** Of an event told alone: a bundle has many. */
  readonly reason: string | undefined;
  /** One event of each emitter. */
  readonly emitters: readonly KubeEvent[];
}

/** Sorted by bytes, each once. */
export function tagsOf(thing: TaggedThing, context: TransformContext): readonly string[] {
  const tags = ownTags(thing, context);
  const { object, ref, emitters } = thing;
  const own = tags.length;
  for (const tag of context.globalTags) tags.push(tag);
  for (const tag of context.tagsOf(ref)) tags.push(tag);
  if (object.namespace !== '')
    for (const tag of context.tagsOf({ kind: 'Namespace', name: object.namespace })) tags.push(tag);
  // Most often there is nothing to sort: our own are in order, unless a key occurs twice.
  const inOrder = tags.length === own && emitters.length === 1 && object.kind !== 'Namespace';
  return inOrder ? tags : sorted(tags);
}

/** In the order of their keys. */
function ownTags({ object, node, reason, emitters }: TaggedThing, { lookups }: TransformContext): string[] {
  const kind = printableTag(object.kind);
  const name = printableTag(object.name);
  const namespace = printableTag(object.namespace);
  const kindTag = kindTags.get(kind);
  const tags: string[] = [];
  if (reason !== undefined) tags.push(`event_reason:${printableTag(reason)}`);
  const providerId = node === undefined ? undefined : hostProviderId(node, lookups);
  if (providerId !== undefined) tags.push(`host_provider_id:${printableTag(providerId)}`);
  const cronJob = cronJobOf(object, lookups);
  if (cronJob !== undefined) tags.push(`kube_cronjob:${printableTag(cronJob)}`);
  if (kindTag?.before === 'kube_kind') tags.push(`${kindTag.key}:${name}`);
  tags.push(`kube_kind:${kind}`, `kube_name:${name}`);
  if (namespace !== '') tags.push(`kube_namespace:${namespace}`);
  if (kindTag?.before === 'kubernetes_kind') tags.push(`${kindTag.key}:${name}`);
  tags.push(`kubernetes_kind:${kind}`, `name:${name}`);
  if (namespace !== '') tags.push(`namespace:${namespace}`);
  tags.push('orchestrator:kubernetes');
  if (kindTag?.before === 'reporting_controller') tags.push(`${kindTag.key}:${name}`);
  // Said in both styles' fields, also when empty.
  for (const { component, reportingComponent } of emitters) {
    tags.push(
      `reporting_controller:${printableTag(reportingComponent)}`,
      `source_component:${printableTag(component)}`,
    );
  }
  return tags;
}

function sorted(tags: string[]): readonly string[] {
  return sortByCodePoints(tags).filter((tag, i) => i === 0 || tag !== tags[i - 1]);
}
