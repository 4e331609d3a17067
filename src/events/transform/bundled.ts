/** One check event for all events of an object and type, or as many as their texts need: in the order in which the objects came. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent } from '../../sender.ts';
import { keyOf } from '../key-of.ts';
import { addToBundle, type Bundle, bundleToCheckEvent, openBundle } from './bundle.ts';
import type { TransformContext } from './context.ts';

export function bundledEvents(
  events: readonly KubeEvent[],
  sourceOf: (event: KubeEvent) => string,
  context: TransformContext,
): readonly CheckEvent[] {
  const bundlesByKey = new Map<string, Bundle[]>();
  for (const event of events) {
    const key = bundleKey(event);
    const bundles = bundlesByKey.get(key);
    // Only the newest is tried, so that the times of a key's bundles follow each other.
    const newest = bundles?.at(-1);
    if (newest && addToBundle(newest, event, context.lookups)) continue;
    const opened = openBundle(event, context.lookups);
    if (bundles) bundles.push(opened);
    else bundlesByKey.set(key, [opened]);
  }
  return [...bundlesByKey.values()].flatMap((bundles) =>
    bundles.map((bundle) => bundleToCheckEvent(bundle, sourceOf(bundle.first), context)),
  );
}

function bundleKey({ object: { kind, uid, namespace, name }, type }: KubeEvent): string {
  return uid === '' ? keyOf(kind, type, uid, namespace, name) : keyOf(kind, type, uid);
}
