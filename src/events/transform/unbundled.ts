/** One check event for one Kubernetes event: its message, which no sink takes for Markdown. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent } from '../../sender.ts';
import { checkEvent, objectTitle } from './check-event.ts';
import type { TransformContext } from './context.ts';
import { nodeOf } from './host.ts';
import { breakFences } from './markdown.ts';
import { printableText } from './printable.ts';
import { sourceEvent } from './source-event.ts';
import { tagsOf } from './tags.ts';
import { cutText, maxTextLength } from './text.ts';

export function unbundledEvent(event: KubeEvent, sourceTypeName: string, context: TransformContext): CheckEvent {
  const source = sourceEvent(event);
  const node = nodeOf(event, context.lookups);
  const title = `${objectTitle(event.object)}: ${event.reason}`;
  const tagged = { object: event.object, ref: source.object, node, reason: event.reason, emitters: [event] };
  const parts = {
    sources: [source] as const,
    title,
    // Sinks refuse an event without text.
    text: cutText(printableText(event.message || event.reason || title), maxTextLength, breakFences),
    timestampMs: source.lastAtMs,
    tags: tagsOf(tagged, context),
    sourceTypeName,
    node,
  };
  return checkEvent(event, parts, context);
}
