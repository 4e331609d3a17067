/** Tags of check events, under the Agent's keys, so that its dashboards and monitors go on working. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { ObjectRef } from '../../sender.ts';
import type { TransformContext } from './context.ts';
import { cronJobOf } from './cron-job.ts';
import { hostProviderId } from './host.ts';
import { compareCodePoints } from './text.ts';

/** The kinds that have a tag of their own. */
const kindTagKeys: ReadonlyMap<string, string> = new Map([
  ['Pod', 'pod_name'],
  ['Deployment', 'kube_deployment'],
  ['ReplicaSet', 'kube_replica_set'],
  ['ReplicationController', 'kube_replication_controller'],
  ['StatefulSet', 'kube_stateful_set'],
  ['DaemonSet', 'kube_daemon_set'],
  ['Job', 'kube_job'],
  ['CronJob', 'kube_cronjob'],
  ['Service', 'kube_service'],
  ['Namespace', 'kube_namespace'],
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

/** Sorted by bytes, each once. They are made in nearly that order, as most events then need no sorting. */
export function tagsOf(
  { object, ref, node, reason, emitters }: TaggedThing,
  context: TransformContext,
): readonly string[] {
  const { kind, name, namespace } = object;
  const tags: string[] = [];
  if (reason !== undefined) tags.push(`event_reason:${reason}`);
  const providerId = node === undefined ? undefined : hostProviderId(node, context.lookups);
  if (providerId !== undefined) tags.push(`host_provider_id:${providerId}`);
  const cronJob = cronJobOf(object, context.lookups);
  if (cronJob !== undefined) tags.push(`kube_cronjob:${cronJob}`);
  tags.push(`kube_kind:${kind}`, `kube_name:${name}`);
  if (namespace !== '') tags.push(`kube_namespace:${namespace}`);
  tags.push(`kubernetes_kind:${kind}`, `name:${name}`);
  if (namespace !== '') tags.push(`namespace:${namespace}`);
  tags.push('orchestrator:kubernetes');
  const kindTagKey = kindTagKeys.get(kind);
  if (kindTagKey !== undefined) tags.push(`${kindTagKey}:${name}`);
  // Said in both styles' fields, also when empty.
  for (const event of emitters) {
    tags.push(`reporting_controller:${event.reportingComponent}`, `source_component:${event.component}`);
  }
  for (const tag of context.globalTags) tags.push(tag);
  for (const tag of context.tagsOf(ref)) tags.push(tag);
  if (namespace !== '') for (const tag of context.tagsOf({ kind: 'Namespace', name: namespace })) tags.push(tag);
  return isSorted(tags) ? tags : sorted(tags);
}

function isSorted(tags: readonly string[]): boolean {
  let previous = '';
  for (const tag of tags) {
    if (compareCodePoints(previous, tag) >= 0) return false;
    previous = tag;
  }
  return true;
}

function sorted(tags: string[]): readonly string[] {
  return tags.sort(compareCodePoints).filter((tag, i) => i === 0 || tag !== tags[i - 1]);
}
