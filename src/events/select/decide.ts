/** Decides for each event whether it is told alone, in a bundle, or not at all, and then by which rule. */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { EventCollectorOptions } from '../options.ts';
import { isNoteworthy } from './default-lists.ts';
import { compileRule, matchesAny } from './rules.ts';

export type SelectionOptions = Pick<EventCollectorOptions, 'bundling' | 'defaultFilters' | 'collectedEventTypes'>;

/**
 * Why an event is left out. `incomplete`: a bundle can't tell of an event without kind, name, reason or message. `default-filters`: neither
 * in the default lists nor in `collectedEventTypes`. `collected-event-types`: not in these, where they alone decide.
 */
export type FilterRule = 'incomplete' | 'default-filters' | 'collected-event-types';

export type Verdict =
  /** `custom`: collected by name though the default lists, which are on, leave it out. */
  | { readonly told: 'alone'; readonly custom: boolean }
  | { readonly told: 'bundled' }
  | { readonly told: 'not'; readonly rule: FilterRule };

const bundled: Verdict = { told: 'bundled' };
const alone: Verdict = { told: 'alone', custom: false };
const aloneAsCustom: Verdict = { told: 'alone', custom: true };
const incomplete: Verdict = { told: 'not', rule: 'incomplete' };
const filteredByDefault: Verdict = { told: 'not', rule: 'default-filters' };
const notCollected: Verdict = { told: 'not', rule: 'collected-event-types' };

/** `sourceType` is the event's, as detected (or not) for this configuration. */
export function compileDecision(options: SelectionOptions): (event: KubeEvent, sourceType: string) => Verdict {
  const { bundling = 'all', defaultFilters = false, collectedEventTypes = [] } = options;
  const rules = collectedEventTypes.map(compileRule);
  const bundledIfComplete = (event: KubeEvent) => (isComplete(event) ? bundled : incomplete);

  if (bundling === 'all') {
    if (!defaultFilters) return bundledIfComplete;
    return (event, sourceType) =>
      isNoteworthy(event, sourceType) || matchesAny(rules, event) ? bundledIfComplete(event) : filteredByDefault;
  }

  // An entry of reasons only would collect them from everywhere: outside of bundles it is refused.
  const collected = rules.filter((rule) => rule.kind !== undefined || rule.source !== undefined);
  const leftOut = defaultFilters ? filteredByDefault : notCollected;
  return (event, sourceType) => {
    if (defaultFilters && isNoteworthy(event, sourceType)) return alone;
    if (matchesAny(collected, event)) return defaultFilters ? aloneAsCustom : alone;
    // The rest is bundled whatever the default lists say.
    return bundling === 'unspecified' ? bundledIfComplete(event) : leftOut;
  };
}

function isComplete({ object, reason, message }: KubeEvent): boolean {
  return object.kind !== '' && object.name !== '' && reason !== '' && message !== '';
}
