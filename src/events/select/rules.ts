/** Rules that name the events to collect: by the object's kind, by who made the event, by its reason. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CollectedEventType } from '../options.ts';

/** A {@link CollectedEventType} made ready. undefined: any. */
export interface EventRule {
  readonly kind: string | undefined;
  readonly source: string | undefined;
  readonly reasons: ReadonlySet<string> | undefined;
}

/** Empty parts say nothing, as in the Agent's files. */
export function compileRule({ kind, source, reasons }: CollectedEventType): EventRule {
  return {
    kind: kind || undefined,
    source: source || undefined,
    reasons: reasons === undefined || reasons.length === 0 ? undefined : new Set(reasons),
  };
}

/** Each given part must be equal, case counts. `source` is whoever made the event, in either style's field. */
function matchesRule(rule: EventRule, event: KubeEvent): boolean {
  return (
    (rule.kind === undefined || rule.kind === event.object.kind) &&
    (rule.source === undefined || rule.source === event.component || rule.source === event.reportingComponent) &&
    (rule.reasons?.has(event.reason) ?? true)
  );
}

/** Rules are alternatives: the first one that matches. */
export function firstMatch(rules: readonly EventRule[], event: KubeEvent): EventRule | undefined {
  for (const rule of rules) if (matchesRule(rule, event)) return rule;
  return undefined;
}
