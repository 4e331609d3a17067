/** The common frame of bundled and unbundled check events: what depends on object, type and emitter only. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent, SourceEvent } from '../../sender.ts';
import type { TransformContext } from './context.ts';
import { checkEventId } from './event-id.ts';
import { printableLine, printableTag } from './printable.ts';
import { cutText, maxTextLength } from './text.ts';

export interface CheckEventParts {
  readonly sources: readonly [SourceEvent, ...SourceEvent[]];
  readonly title: string;
  readonly text: string;
  readonly timestampMs: number;
  readonly tags: readonly string[];
  readonly sourceTypeName: string;
  readonly node: string | undefined;
}

/** `event` is any one of those told of: they have object and type in common. */
export function checkEvent(event: KubeEvent, parts: CheckEventParts, context: TransformContext): CheckEvent {
  const made: { -readonly [K in keyof CheckEvent]: CheckEvent[K] } = {
    id: checkEventId(parts.sources),
    sources: parts.sources,
    title: printableLine(cutText(parts.title, maxTextLength)),
    text: parts.text,
    timestampMs: parts.timestampMs,
    tags: parts.tags,
    alertType: event.type === 'Warning' ? 'warning' : 'info',
    priority: 'normal',
    aggregationKey: `kubernetes_apiserver:${printableTag(objectIdentity(event.object))}`,
    sourceTypeName: parts.sourceTypeName,
    eventType: 'kubernetes_apiserver',
  };
  if (parts.node !== undefined) made.hostname = printableTag(parts.node) + context.hostSuffix;
  return made;
}

/** `Pod shop/cart`, or `Node worker-1` where there is no namespace. */
export function objectTitle({ kind, namespace, name }: KubeEvent['object']): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The uid. An object without one (a kubelet's event about its own node may have none) is told from others by its name. */
function objectIdentity({ uid, kind, namespace, name }: KubeEvent['object']): string {
  return uid === '' ? `${kind}/${namespace}/${name}` : uid;
}
