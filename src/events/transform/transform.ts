/**
 * Kubernetes events → check events, as configured. Pure but for its ports, and complete: each event given is afterwards exactly once among
 * the sources of a check event or in the count of the rule that left it out.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CheckEvent } from '../../sender.ts';
import type { EventCollectorOptions } from '../options.ts';
import { compileDecision, type DecisionHooks, type SelectionOptions, toldSource } from '../select/decide.ts';
import type { FilterRule } from '../select/rule-names.ts';
import { bundledEvents } from './bundled.ts';
import { type TransformPorts, transformContext } from './context.ts';
import { sourceDetector } from './source.ts';
import { unbundledEvent } from './unbundled.ts';
import { wellFormedEvent } from './well-formed.ts';

export type TransformOptions = SelectionOptions &
  Pick<EventCollectorOptions, 'sourceDetection'> & { readonly clusterName?: string };

export interface SelectionHooks extends Pick<DecisionHooks, 'warn'> {
  /** Each event that is decided about, its texts made valid Unicode. */
  seen?(event: KubeEvent, sourceType: string): void;
}

/** What is told of a batch, and in which way. */
export interface Selection {
  readonly alone: readonly { readonly event: KubeEvent; readonly sourceType: string }[];
  readonly bundled: readonly KubeEvent[];
  /** How many events each rule left out. */
  readonly filtered: ReadonlyMap<FilterRule, number>;
}

export interface Telling {
  /** In the order of reading. */
  readonly alone: readonly CheckEvent[];
  /** In the order in which their objects came. */
  readonly bundles: readonly CheckEvent[];
}

/** In two steps, so that what is left out is not looked up. */
export interface EventTransform {
  select(events: readonly KubeEvent[], hooks?: SelectionHooks): Selection;
  tell(selection: Selection, ports: TransformPorts): Telling;
}

/** Compiles the rules once; what is made of them takes a batch at a time. */
export function eventTransform(options: TransformOptions): EventTransform {
  const decide = compileDecision(options);
  const sourceOf = sourceDetector(options.sourceDetection);
  const clusterName = options.clusterName ?? '';

  return {
    select(events, hooks) {
      const alone: { event: KubeEvent; sourceType: string }[] = [];
      const bundled: KubeEvent[] = [];
      const filtered = new Map<FilterRule, number>();
      for (const read of events) {
        const event = wellFormedEvent(read);
        const source = sourceOf(event);
        hooks?.seen?.(event, source);
        const verdict = decide(event, source, hooks);
        if (verdict.told === 'bundled') bundled.push(event);
        else if (verdict.told === 'alone') alone.push({ event, sourceType: toldSource(verdict, source) });
        else filtered.set(verdict.rule, (filtered.get(verdict.rule) ?? 0) + 1);
      }
      return { alone, bundled, filtered };
    },
    tell({ alone, bundled }, ports) {
      const context = transformContext(ports, clusterName);
      return {
        alone: alone.map(({ event, sourceType }) => unbundledEvent(event, sourceType, context)),
        bundles: bundledEvents(bundled, sourceOf, context),
      };
    },
  };
}
