/**
 * The rules that decide about an event, each by itself: it settles how the event is told, that it is left out, or passes it on. What a rule
 * says and why it says so come from the same look, and looking makes nothing.
 */

import type { KubeEvent } from '../../kube/wire/event.ts';
import { quoted } from '../../quoted.ts';
import type { CollectedEventType } from '../options.ts';
import { noteworthyBy } from './default-lists.ts';
import { matchesGlob } from './globs.ts';
import type { FilterRule, RuleName } from './rule-names.ts';
import { compileRule, firstMatch } from './rules.ts';

export type Verdict =
  /** `custom`: collected by name though the default lists, which are on, leave it out. */
  | { readonly told: 'alone'; readonly custom: boolean }
  | { readonly told: 'bundled' }
  | { readonly told: 'not'; readonly rule: FilterRule };

/** What an explanation tells of a rule. */
export interface NamedRule {
  readonly name: RuleName;
  /** Why it says what it says, for people. */
  why(event: KubeEvent, sourceType: string): string;
}

export interface DecisionRule extends NamedRule {
  /** Undefined: it is passed on. */
  look(event: KubeEvent, sourceType: string): Verdict | undefined;
}

const alone: Verdict = { told: 'alone', custom: false };
const aloneAsCustom: Verdict = { told: 'alone', custom: true };
const bundled: Verdict = { told: 'bundled' };

export const leftOutBy = (rule: FilterRule): Verdict => ({ told: 'not', rule });

/**
 * Decides on the namespace of the event itself. Those about an object of the whole cluster lie in `default`, which their object does not:
 * to leave out `default` leaves out them, too.
 */
export function excludeNamespaces(globs: readonly string[]): DecisionRule {
  const leftOut = leftOutBy('exclude-namespaces');
  const matching = ({ namespace }: KubeEvent): string | undefined => {
    for (const glob of globs) if (matchesGlob(glob, namespace)) return glob;
    return undefined;
  };
  return {
    name: 'exclude-namespaces',
    look: (event) => (matching(event) === undefined ? undefined : leftOut),
    why(event) {
      const glob = matching(event);
      const where = `the event's namespace ${quoted(event.namespace)}`;
      return glob === undefined ? `no glob matches ${where}` : `${quoted(glob)} matches ${where}`;
    },
  };
}

/** What becomes of an event by a rule of names; otherwise it is passed on. */
export interface Outcomes {
  readonly tellsAlone: boolean;
  readonly leavesOutRest: boolean;
}

/** `defaultFilters`: the default lists, and besides them the entries of `collectedEventTypes`. */
export function defaultFilters(entries: NamedEvents, { tellsAlone, leavesOutRest }: Outcomes): DecisionRule {
  const noteworthy = tellsAlone ? alone : undefined;
  const named = tellsAlone ? aloneAsCustom : undefined;
  const rest = leavesOutRest ? leftOutBy('default-filters') : undefined;
  return {
    name: 'default-filters',
    look(event, sourceType) {
      if (noteworthyBy(event, sourceType) !== undefined) return noteworthy;
      return entries.match(event) === undefined ? rest : named;
    },
    why(event, sourceType) {
      const list = noteworthyBy(event, sourceType);
      if (list === 'source') return `it is on the default list of ${quoted(sourceType)}`;
      if (list === 'any') return 'it is on the default list of all sources';
      const entry = entries.match(event);
      const off = `it is on no default list for ${quoted(sourceType)}`;
      return entry === undefined ? `${off}, and ${entries.none}` : `${off}; ${entry} names it`;
    },
  };
}

/** `collectedEventTypes`, where they alone name events. */
export function collectedEventTypes(
  entries: NamedEvents,
  { leavesOutRest }: Pick<Outcomes, 'leavesOutRest'>,
): DecisionRule {
  const rest = leavesOutRest ? leftOutBy('collected-event-types') : undefined;
  return {
    name: 'collected-event-types',
    look: (event) => (entries.match(event) === undefined ? rest : alone),
    why(event) {
      const entry = entries.match(event);
      return entry === undefined ? entries.none : `${entry} names it`;
    },
  };
}

/** The entries of `collectedEventTypes`. */
export interface NamedEvents {
  /** The path of the first entry that names the event. */
  match(event: KubeEvent): string | undefined;
  /** That no entry does, in words. */
  readonly none: string;
}

/** @param outsideBundles - an entry of reasons only would collect them from everywhere: there it is refused */
export function namedEvents(
  given: readonly CollectedEventType[],
  { outsideBundles }: { readonly outsideBundles: boolean },
): NamedEvents {
  const paths = new Map(given.map((entry, index) => [compileRule(entry), `collectedEventTypes[${index}]`]));
  const rules = [...paths.keys()].filter(
    (rule) => !outsideBundles || rule.kind !== undefined || rule.source !== undefined,
  );
  return {
    match(event) {
      const rule = firstMatch(rules, event);
      return rule && paths.get(rule);
    },
    none:
      rules.length === given.length
        ? `none of ${given.length} collectedEventTypes names it`
        : `none of the ${rules.length} collectedEventTypes with a kind or source names it`,
  };
}

/** What a bundle can't tell of. */
export const incomplete: DecisionRule = {
  name: 'incomplete',
  look: ({ object, reason, message }) =>
    object.kind !== '' && object.name !== '' && reason !== '' && message !== '' ? undefined : leftOutAsIncomplete,
  why({ object, reason, message }) {
    const parts = { kind: object.kind, name: object.name, reason, message };
    const missing = Object.entries(parts).flatMap(([part, text]) => (text === '' ? [part] : []));
    return missing.length === 0 ? 'it has all that a bundle tells' : `it has no ${missing.join(', no ')}`;
  },
};

const leftOutAsIncomplete = leftOutBy('incomplete');

/** Comes last: what is left. */
export const bundling: DecisionRule = {
  name: 'bundling',
  look: () => bundled,
  why: () => 'no rule before tells it alone',
};
