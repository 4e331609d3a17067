/** Makes every text of an event valid Unicode, once and first, so that no later step has to think of lone surrogates. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import { wellFormed } from './text.ts';

/** The same event where nothing is wrong, which is nearly always. */
export function wellFormedEvent(event: KubeEvent): KubeEvent {
  if (isWellFormed(event)) return event;
  const { object } = event;
  return {
    ...event,
    uid: wellFormed(event.uid),
    version: wellFormed(event.version),
    namespace: wellFormed(event.namespace),
    name: wellFormed(event.name),
    object: {
      kind: wellFormed(object.kind),
      namespace: wellFormed(object.namespace),
      name: wellFormed(object.name),
      uid: wellFormed(object.uid),
      apiVersion: wellFormed(object.apiVersion),
    },
    reason: wellFormed(event.reason),
    message: wellFormed(event.message),
    type: wellFormed(event.type),
    component: wellFormed(event.component),
    host: wellFormed(event.host),
    reportingComponent: wellFormed(event.reportingComponent),
  };
}

function isWellFormed(event: KubeEvent): boolean {
  const { object } = event;
  return (
    event.uid.isWellFormed() &&
    event.version.isWellFormed() &&
    event.namespace.isWellFormed() &&
    event.name.isWellFormed() &&
    object.kind.isWellFormed() &&
    object.namespace.isWellFormed() &&
    object.name.isWellFormed() &&
    object.uid.isWellFormed() &&
    object.apiVersion.isWellFormed() &&
    event.reason.isWellFormed() &&
    event.message.isWellFormed() &&
    event.type.isWellFormed() &&
    event.component.isWellFormed() &&
    event.host.isWellFormed() &&
    event.reportingComponent.isWellFormed()
  );
}
