/** Why an event is told, and how, or why not: what the API server decides as it does, the rest by asking the decision that collecting asks. */

import type { KubeEvent } from '../../kube/wire/event.ts';
import { decodeEvent } from '../../kube/wire/json.ts';
import { record } from '../../kube/wire/json-value.ts';
import { queries } from '../../query/cache.ts';
import { countingQuery } from '../../query/counting.ts';
import { quoted } from '../../quoted.ts';
import type { EventCollectorOptions } from '../options.ts';
import { sourceDetector } from '../transform/source.ts';
import { wellFormedEvent } from '../transform/well-formed.ts';
import { compileDecision, type Decision, toldSource } from './decide.ts';
import type { Verdict } from './decision-rules.ts';
import { refusingTerm } from './event-fields.ts';
import { appliedSelector, type FieldSelector, printTerm } from './field-selector.ts';
import type { RuleName } from './rule-names.ts';

/** What becomes of one event under a configuration, and why. Survives JSON.stringify. */
export interface Explanation {
  readonly kept: boolean;
  /** By itself, in a bundle with others, or not at all. */
  readonly told: 'alone' | 'bundled' | 'not';
  /** Which rule decided: the last one of `steps`. A name in `filteredBy` of the books, where it is left out of what was read. */
  readonly rule: string;
  /** Under which the event is told. Absent: it is not told. */
  readonly sourceType?: string;
  /** The rules that were looked at, in order. Never empty. */
  readonly steps: readonly ExplainedStep[];
}

/** A rule that was looked at. */
export interface ExplainedStep {
  readonly rule: string;
  readonly says: 'keeps' | 'leaves-out' | 'passes-on';
  /** For people. Quotes what the cluster says: untrusted, though in the quotes and escapes of JSON. */
  readonly why: string;
}

type Step = ExplainedStep & { readonly rule: RuleName };

/** @throws KubeCheckError CONFIG_INVALID for a selector or a query that validation refuses, too */
export function explainerOf(options: EventCollectorOptions): (event: unknown) => Explanation {
  const selector = appliedSelector(options);
  const { query: text, namespaces } = options;
  const query = text === undefined ? undefined : countingQuery(queries.acquire(text));
  const decide = compileDecision({ ...options, query });
  const sourceOf = sourceDetector(options.sourceDetection);

  return (given) => {
    const read = [...foreign(given), ...filtered(selector, given), ...inNamespaces(namespaces, given)];
    if (read.some(({ says }) => says === 'leaves-out')) return notTold(upToRefusal(read));
    const decoded = decodeEvent(given);
    if (decoded === undefined) return notTold([...read, malformed('it has no uid, or no usable resourceVersion')]);
    const event = wellFormedEvent(decoded);
    const source = sourceOf(event);
    const { verdict, steps } = decided(decide, event, source);
    if (verdict.told === 'not') return notTold([...read, ...steps]);
    return {
      kept: true,
      told: verdict.told,
      rule: steps.at(-1)?.rule ?? '',
      sourceType: toldSource(verdict, source),
      steps: [...read, ...steps],
    };
  };
}

const notTold = (steps: readonly Step[]): Explanation => ({
  kept: false,
  told: 'not',
  rule: steps.at(-1)?.rule ?? '',
  steps,
});

const upToRefusal = (steps: readonly Step[]): readonly Step[] =>
  steps.slice(0, steps.findIndex(({ says }) => says === 'leaves-out') + 1);

const malformed = (why: string): Step => ({ rule: 'malformed', says: 'leaves-out', why });

/** What says of itself that it is something else: the same event as events.k8s.io has it, a list, a Pod. Items of a list say nothing. */
function foreign(given: unknown): readonly Step[] {
  const object = record(given);
  if (object === undefined) return [malformed('it is no JSON object')];
  const { apiVersion = 'v1', kind = 'Event' } = object as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (apiVersion === 'v1' && kind === 'Event') return [];
  return [malformed(`it is no Event of v1, but ${said(kind)} of ${said(apiVersion)}`)];
}

const said = (value: unknown): string => (typeof value === 'string' ? quoted(value) : 'something');

function filtered({ text, terms }: FieldSelector, given: unknown): readonly Step[] {
  if (terms.length === 0) return [];
  const term = refusingTerm(terms, given);
  const rule = 'filtered-event-types';
  if (term === undefined) return [{ rule, says: 'passes-on', why: `${quoted(text, 200)} selects it` }];
  return [
    { rule, says: 'leaves-out', why: `${quoted(printTerm(term))} of filteredEventTypes[${term.element}] refuses it` },
  ];
}

function inNamespaces(namespaces: readonly string[] | undefined, given: unknown): readonly Step[] {
  if (namespaces === undefined) return [];
  const { namespace = '' } = (record(record(given)?.['metadata']) ?? {}) as { readonly namespace?: unknown };
  const listed = typeof namespace === 'string' && namespaces.includes(namespace);
  const why = `the event's namespace is ${said(namespace)}, ${listed ? 'one' : 'none'} of namespaces`;
  return [{ rule: 'namespaces', says: listed ? 'passes-on' : 'leaves-out', why }];
}

function decided(
  decide: Decision,
  event: KubeEvent,
  source: string,
): { readonly verdict: Verdict; readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  let failure: string | undefined;
  const verdict = decide(event, source, {
    warn(message) {
      failure = message;
    },
    looked(rule, answer) {
      const why = rule.why(event, source);
      steps.push({ rule: rule.name, says: says(answer), why: failure ?? because(rule.name, why, answer) });
    },
  });
  return { verdict, steps };
}

function says(verdict: Verdict | undefined): Step['says'] {
  if (verdict === undefined) return 'passes-on';
  return verdict.told === 'not' ? 'leaves-out' : 'keeps';
}

/** A query has but its answer to say. */
function because(rule: RuleName, why: string, verdict: Verdict | undefined): string {
  return rule === 'query' ? `${why} is ${verdict?.told === 'not' ? 'false' : 'true'}` : why;
}
