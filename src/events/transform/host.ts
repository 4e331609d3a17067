/** The machine an event is about. Kinds that run on no node have none: their controller's host must not be taken for theirs. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import { isSameObject, type ObjectLookups } from './lookups.ts';

/** A Node itself, or where a Pod runs: as the event says, else as the pod, if it is still the same one, says. */
export function nodeOf(event: KubeEvent, lookups: ObjectLookups): string | undefined {
  const { kind, namespace, name, uid } = event.object;
  if (kind === 'Node') return name === '' ? undefined : name;
  if (kind !== 'Pod') return undefined;
  if (event.host !== '') return event.host;
  const pod = lookups.pod(namespace, name, uid);
  if (pod === undefined || pod.nodeName === '' || !isSameObject(uid, pod.uid)) return undefined;
  return pod.nodeName;
}

/** The cloud's name of a node's machine: what follows the last slash of its provider id. */
export function hostProviderId(nodeName: string, lookups: ObjectLookups): string | undefined {
  const providerId = lookups.node(nodeName)?.providerId ?? '';
  const id = providerId.slice(providerId.lastIndexOf('/') + 1);
  return id === '' ? undefined : id;
}

/** What makes node names unique over clusters. Host names have no underscores, cluster names may. */
export function hostSuffix(clusterName: string): string {
  return clusterName === '' ? '' : `-${clusterName.replaceAll('_', '-')}`;
}
