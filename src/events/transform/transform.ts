/**
 * Kubernetes events → check events, as configured. Pure but for its ports, and complete: each event given is afterwards exactly once among
 * the sources of a check event or in the count of the rule that left it out.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent } from '../../sender.ts';
import type { EventCollectorOptions } from '../options.ts';
import { compileDecision, type FilterRule } from '../select/decide.ts';
import { bundledEvents } from './bundled.ts';
import { type TransformPorts, transformContext } from './context.ts';
import { defaultSource, detectSource } from './source.ts';
import { unbundledEvent } from './unbundled.ts';
import { wellFormedEvent } from './well-formed.ts';

export type TransformOptions = Pick<
  EventCollectorOptions,
  'bundling' | 'defaultFilters' | 'collectedEventTypes' | 'sourceDetection'
> & { readonly clusterName?: string };

export interface TransformedEvents {
  /** Those told alone in the order of reading, then the bundles in the order in which their objects came. */
  readonly events: readonly CheckEvent[];
  /** How many events each rule left out. */
  readonly filtered: ReadonlyMap<FilterRule, number>;
}

export type EventTransform = (events: readonly KubeEvent[], ports: TransformPorts) => TransformedEvents;

/** Compiles the rules once; what is made of them takes a batch at a time. */
export function eventTransform(options: TransformOptions): EventTransform {
  const decide = compileDecision(options);
  const sourceOf = options.sourceDetection ? detectSource : () => defaultSource;
  const clusterName = options.clusterName ?? '';

  return (events, ports) => {
    const context = transformContext(ports, clusterName);
    const told: CheckEvent[] = [];
    const toBundle: KubeEvent[] = [];
    const filtered = new Map<FilterRule, number>();
    for (const read of events) {
      const event = wellFormedEvent(read);
      const source = sourceOf(event);
      const verdict = decide(event, source);
      if (verdict.told === 'bundled') toBundle.push(event);
      else if (verdict.told === 'alone')
        told.push(unbundledEvent(event, verdict.custom ? `${source}_custom` : source, context));
      else filtered.set(verdict.rule, (filtered.get(verdict.rule) ?? 0) + 1);
    }
    for (const bundle of bundledEvents(toBundle, sourceOf, context)) told.push(bundle);
    return { events: told, filtered };
  };
}
