/**
 * Decides for each event whether it is told alone, in a bundle, or not at all. The rules are one ordered list, which is walked here only:
 * collecting and explaining ask the same function and cannot disagree.
 */
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { CountingQuery } from '../../query/counting.ts';
import type { EventCollectorOptions } from '../options.ts';
import {
  bundling,
  collectedEventTypes,
  type DecisionRule,
  defaultFilters,
  excludeNamespaces,
  incomplete,
  leftOutBy,
  type NamedRule,
  namedEvents,
  type Verdict,
} from './decision-rules.ts';

export type SelectionOptions = Pick<
  EventCollectorOptions,
  'excludeNamespaces' | 'bundling' | 'defaultFilters' | 'collectedEventTypes'
> & {
  /** Absent: none is asked. It keeps what it has no value for. */
  readonly query?: CountingQuery | undefined;
};

/** What is told of a decision while it is made. */
export interface DecisionHooks {
  /** The query has no value for an event, which is kept. Of the event itself nothing is said. */
  warn?(message: string): void;
  /** Each rule that was looked at, in order, and what has become of the event by it. Undefined: it was passed on. */
  looked?(rule: NamedRule, verdict: Verdict | undefined): void;
}

/** `sourceType` is the event's, as detected (or not) for this configuration. */
export type Decision = (event: KubeEvent, sourceType: string, hooks?: DecisionHooks) => Verdict;

export function compileDecision(options: SelectionOptions): Decision {
  const rules = compiledRules(options);
  const { query } = options;
  const queryRule = query && ruleOf(query);

  return (event, sourceType, hooks) => {
    const verdict = settled(rules, event, sourceType, hooks);
    if (query === undefined || queryRule === undefined || verdict.told === 'not') return verdict;
    // The costliest is asked last: only about what would be kept.
    const asked = query.keeps(event, hooks?.warn) ? verdict : leftOutByQuery;
    hooks?.looked?.(queryRule, asked);
    return asked;
  };
}

/** Under which source type an event is told: what is collected beside the default lists is marked. */
export const toldSource = (verdict: Verdict, sourceType: string): string =>
  verdict.told === 'alone' && verdict.custom ? `${sourceType}_custom` : sourceType;

/** The last of them passes nothing on. */
function compiledRules(options: SelectionOptions): readonly DecisionRule[] {
  const { bundling: mode = 'all', defaultFilters: filtering = false } = options;
  const globs = options.excludeNamespaces ?? [];
  const bundlesAll = mode === 'all';
  const entries = namedEvents(options.collectedEventTypes ?? [], { outsideBundles: !bundlesAll });
  // With `unspecified` the rest is bundled whatever the default lists say.
  const leavesOutRest = mode !== 'unspecified';
  return [
    ...(globs.length > 0 ? [excludeNamespaces(globs)] : []),
    ...(filtering ? [defaultFilters(entries, { tellsAlone: !bundlesAll, leavesOutRest })] : []),
    ...(!filtering && !bundlesAll ? [collectedEventTypes(entries, { leavesOutRest })] : []),
    ...(mode === 'none' ? [] : [incomplete, bundling]),
  ];
}

function settled(
  rules: readonly DecisionRule[],
  event: KubeEvent,
  sourceType: string,
  hooks: DecisionHooks | undefined,
): Verdict {
  for (const rule of rules) {
    const verdict = rule.look(event, sourceType);
    hooks?.looked?.(rule, verdict);
    if (verdict !== undefined) return verdict;
  }
  throw new Error('no rule has settled what becomes of an event');
}

const leftOutByQuery = leftOutBy('query');

/** It answers by its verdict: what it says of an event is no more than that. */
const ruleOf = ({ text }: CountingQuery): NamedRule => ({ name: 'query', why: () => JSON.stringify(text) });
