/** The facts of one Kubernetes event in both styles' common form: what a sink needs to tell, count and deduplicate. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { ObjectRef, SourceEvent } from '../../sender.ts';
import { firstSeenAtMs, lastSeenAtMs, seenCount } from './times.ts';

/** Who made an event: old-style writers fill `source.component`, those of events.k8s.io the reporting controller. Empty if neither does. */
export function emitterOf(event: KubeEvent): string {
  return event.component === '' ? event.reportingComponent : event.component;
}

export function sourceEvent(event: KubeEvent): SourceEvent {
  return {
    id: `${event.uid}:${event.version}`,
    namespace: event.namespace,
    name: event.name,
    object: objectRef(event.object),
    type: event.type,
    reason: event.reason,
    message: event.message,
    component: emitterOf(event),
    count: seenCount(event),
    firstAtMs: firstSeenAtMs(event),
    lastAtMs: lastSeenAtMs(event),
  };
}

/** What is unknown is absent; on the wire it is empty. */
function objectRef(object: KubeEvent['object']): ObjectRef {
  const ref: { -readonly [K in keyof ObjectRef]: ObjectRef[K] } = { kind: object.kind, name: object.name };
  if (object.namespace !== '') ref.namespace = object.namespace;
  if (object.uid !== '') ref.uid = object.uid;
  if (object.apiVersion !== '') ref.apiVersion = object.apiVersion;
  return ref;
}
