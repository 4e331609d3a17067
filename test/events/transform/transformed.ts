/** Both steps of the transform as one. */

import type { TransformPorts } from '../../../src/events/transform/context.ts';
import { eventTransform as inSteps, type TransformOptions } from '../../../src/events/transform/transform.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import type { CheckEvent } from '../../../src/sender.ts';

export interface Transformed {
  /** Those told alone, then the bundles. */
  readonly events: readonly CheckEvent[];
  readonly filtered: ReadonlyMap<string, number>;
}

export function eventTransform(
  options: TransformOptions,
): (events: readonly KubeEvent[], ports: TransformPorts) => Transformed {
  const { select, tell } = inSteps(options);
  return (events, ports) => {
    const selection = select(events, ports);
    const { alone, bundles } = tell(selection, ports);
    return { events: [...alone, ...bundles], filtered: selection.filtered };
  };
}
