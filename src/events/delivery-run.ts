/** What a run brings along to deliver with: the same in both modes. */
import type { CommitGate } from '../commit-gate.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { UnitContext } from '../unit.ts';
import type { DeliveryRun } from './delivery.ts';
import type { LookUp } from './look-up/look-up.ts';
import type { EventTelemetry } from './telemetry.ts';
import { globalTags } from './transform/context.ts';
import type { EventTransform, Selection } from './transform/transform.ts';

/** What becomes of a batch before it is handed over, and what is counted of it. */
export interface DeliveryStages {
  readonly transform: EventTransform;
  readonly lookUp: LookUp;
  readonly telemetry: EventTelemetry;
}

export interface DeliveryPorts {
  readonly context: UnitContext;
  readonly gate: CommitGate;
  /** Ends the wait before a refused batch is tried again. */
  readonly signal: AbortSignal;
}

export function deliveryRun(
  { transform, lookUp, telemetry }: DeliveryStages,
  { context, gate, signal }: DeliveryPorts,
): DeliveryRun {
  const { api, clock, observer, remainingMs, tagProvider, warn } = context;
  return {
    gate,
    signal,
    observer,
    remainingMs,
    warn,
    async transform(events) {
      const selection = transform.select(events, { warn, seen: telemetry.seen });
      const lookups = await lookUp.about(keptOf(selection), { api, clock, signal, warn });
      const telling = transform.tell(selection, { lookups, tagProvider, warn });
      telemetry.told(telling);
      return { events: [...telling.alone, ...telling.bundles], filtered: selection.filtered };
    },
    alongside: (sender) => telemetry.handOver(sender, () => globalTags({ tagProvider, warn })),
  };
}

const keptOf = ({ alone, bundled }: Selection): readonly KubeEvent[] =>
  alone.length === 0 ? bundled : [...alone.map(({ event }) => event), ...bundled];
