/**
 * `filtered_event_types` as one field selector, which the API server applies to every list and watch: what it keeps back is never read.
 * Terms are read as strictly as the server reads them, so that none is refused there with a 400 at each list, and all of them must hold.
 * What is only badly written is repaired; what has two meanings is a problem.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/fields/selector.go (ParseSelector)
 */

import { KubeCheckError } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { EventCollectorOptions } from '../options.ts';
import { type FieldOperator, type FieldTerm, isEventField, selectableFields } from './event-fields.ts';

/** A term, and where it was written. */
export interface WrittenTerm extends FieldTerm {
  /** Which element of the list it is from. */
  readonly element: number;
  /** The element is no selector but a word W: `reason!=W`. */
  readonly bare: boolean;
}

export interface FieldSelector {
  /** What is asked of the server. Empty: everything. */
  readonly text: string;
  readonly terms: readonly WrittenTerm[];
}

/** Why an element can't be sent. */
export interface SelectorProblem {
  /** Its index. */
  readonly element: number;
  readonly message: string;
  readonly remedy: string;
  /** It asks for a field that events can't be selected by. */
  readonly unknownField?: string;
}

export interface ParsedSelector {
  /** Of what has no problem. */
  readonly selector: FieldSelector;
  readonly problems: readonly SelectorProblem[];
}

/**
 * Blanks around elements, terms, fields and values are no part of them, empty elements and terms say nothing. In a bare word a comma or
 * backslash that is not escaped stands for itself: the word is one reason, as it is for the Agent, which is refused for it.
 */
export function parseFieldSelector(elements: readonly string[]): ParsedSelector {
  const parts = elements.flatMap(termsOf);
  const terms = parts.filter((part): part is WrittenTerm => !('message' in part));
  return {
    selector: { terms, text: terms.map(printTerm).join(',') },
    problems: parts.filter((part): part is SelectorProblem => 'message' in part),
  };
}

/**
 * The selector that a configuration is collected with. It has none where only the named events are sent (`bundling: 'none'`), as in the Agent.
 * @throws KubeCheckError CONFIG_INVALID for a list that `checkConfig` refuses too
 */
export function appliedSelector({
  bundling,
  filteredEventTypes = [],
}: Pick<EventCollectorOptions, 'bundling' | 'filteredEventTypes'>): FieldSelector {
  const { selector, problems } = parseFieldSelector(bundling === 'none' ? [] : filteredEventTypes);
  const [first] = problems;
  if (!first) return selector;
  const { element, message, remedy } = first;
  throw new KubeCheckError('CONFIG_INVALID', `events.filteredEventTypes[${element}]: ${message}`, { remedy });
}

/** A term as the server reads it. */
export const printTerm = ({ field, operator, value }: FieldTerm): string =>
  `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`;

/** Without an equals sign an element is a bare word. */
function termsOf(element: string, index: number): readonly (WrittenTerm | SelectorProblem)[] {
  if (element.trim() === '') return [];
  if (!element.includes('=')) return [bareWord(element.trim(), index)];
  // Split at commas, but for those behind a backslash.
  const terms = element.match(/(?:\\.?|[^\\,])+/gsu) ?? [];
  return terms.filter((term) => term.trim() !== '').map((term) => parseTerm(term.trim(), index));
}

function bareWord(word: string, element: number): WrittenTerm {
  return { field: 'reason', operator: '!=', value: word.replace(/\\([\\,])/g, '$1'), element, bare: true };
}

function parseTerm(term: string, element: number): WrittenTerm | SelectorProblem {
  const [, name = '', operator, escaped = ''] = /^(.*?)(!=|==|=)(.*)$/su.exec(term) ?? [];
  if (operator === undefined) {
    const message = `${quoted(term)} is neither a term nor, beside terms, a word of its own`;
    const remedy = 'make it an element of its own; if it belongs to the value before it, write the comma as `\\,`';
    return { element, message, remedy };
  }
  const field = name.trim();
  if (!isEventField(field)) return unknownField(field, element);
  const value = escaped.trim();
  const wellWritten = /^(?:\\[\\,=]|[^\\=])*/u.exec(value)?.[0] ?? '';
  if (wellWritten === value)
    return {
      ...{ field, value: value.replace(/\\(.)/gu, '$1'), element, bare: false },
      operator: operator as FieldOperator,
    };
  const sign = value.charAt(wellWritten.length);
  return {
    element,
    message: `the value ${quoted(value)} has ${sign === '=' ? 'an equals sign' : 'a backslash'} that is not escaped`,
    remedy: `in a value write \`\\${sign}\``,
  };
}

function unknownField(field: string, element: number): SelectorProblem {
  return {
    element,
    message: field === '' ? 'a term without a field' : `events can't be selected by ${quoted(field)}`,
    remedy: `the API server knows ${selectableFields.join(', ')}`,
    ...(field === '' ? {} : { unknownField: field }),
  };
}
