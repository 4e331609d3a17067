/** One check event for all events of an object and type, or as many as their texts need: in the order in which the objects came. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent } from '../../sender.ts';
import { PathMap } from '../path-map.ts';
import { addToBundle, type Bundle, bundleToCheckEvent, openBundle } from './bundle.ts';
import type { TransformContext } from './context.ts';

export function bundledEvents(
  events: readonly KubeEvent[],
  sourceOf: (event: KubeEvent) => string,
  context: TransformContext,
): readonly CheckEvent[] {
  const bundlesByObject = new PathMap<Bundle[]>();
  for (const event of events) {
    const path = objectAndType(event);
    const bundles = bundlesByObject.get(path);
    // Only the newest is tried, so that the times of an object's bundles follow each other.
    const newest = bundles?.at(-1);
    if (newest && addToBundle(newest, event, context.lookups)) continue;
    const opened = openBundle(event, context.lookups);
    if (bundles) bundles.push(opened);
    else bundlesByObject.add(path, [opened]);
  }
  return bundlesByObject.values.flatMap((bundles) =>
    bundles.map((bundle) => bundleToCheckEvent(bundle, sourceOf(bundle.first), context)),
  );
}

/** Objects without uid are told apart by their names. */
function objectAndType({ object: { kind, uid, namespace, name }, type }: KubeEvent): [string, ...string[]] {
  return uid === '' ? [uid, kind, type, namespace, name] : [uid, kind, type, '', ''];
}
