/** Terms of a field selector that the server takes and that do not mean what they look like, or that no event can meet. */
import { quoted } from '../../quoted.ts';
import { selectableFields, selects } from './event-fields.ts';
import { printTerm, type WrittenTerm } from './field-selector.ts';
import type { Suspect } from './suspect.ts';

type TermRule = (terms: readonly WrittenTerm[]) => readonly Suspect[];

/** In the order in which they are told. */
const rules: readonly TermRule[] = [oddWords, unknownTypes, contradictions, everyTypeExcluded, meantToExclude];

export const selectorSuspects = (terms: readonly WrittenTerm[]): readonly Suspect[] =>
  rules.flatMap((rule) => rule(terms));

const path = ({ element }: WrittenTerm): string => `filteredEventTypes[${element}]`;

/** A word is taken for a reason, whatever it is: `reason:X`, as old files of the Agent have it, is the reason "reason:X". */
function oddWords(terms: readonly WrittenTerm[]): readonly Suspect[] {
  return terms
    .filter(({ bare, value }) => bare && /[\s:,\\!<>]/.test(value))
    .map((term) => ({
      path: path(term),
      message: `leaves out events of the reason ${quoted(term.value)}, and there is hardly such a reason`,
      remedy: betterWords(term.value),
    }));
}

function betterWords(word: string): string {
  const [, name = '', value = ''] = /^([\w.]+):\s*(.*)$/s.exec(word) ?? [];
  const field = selectableFields.find((known) => known === name || known.endsWith(`.${name}`));
  if (field !== undefined) return `write ${quoted(`${field}!=${value}`)}`;
  return word.includes(',')
    ? 'make each reason an element of its own'
    : 'an element is one reason, or a selector with = or !=';
}

/** Kubernetes has two types, and case counts. */
function unknownTypes(terms: readonly WrittenTerm[]): readonly Suspect[] {
  return terms
    .filter(({ field, value }) => field === 'type' && !eventTypes.includes(value))
    .map((term) => ({
      path: path(term),
      message: `${quoted(printTerm(term))}: no event is of this type`,
      remedy: `the types are ${eventTypes.join(' and ')}`,
    }));
}

const eventTypes = ['Normal', 'Warning'];

/** A field has one value. */
function contradictions(terms: readonly WrittenTerm[]): readonly Suspect[] {
  return terms.flatMap((term, index) => {
    const other = terms.slice(0, index).find((earlier) => contradicts(earlier, term));
    if (!other) return [];
    return {
      path: path(term),
      message: `nothing can be both ${quoted(printTerm(other))} and ${quoted(printTerm(term))}: no event is ever read`,
      remedy: 'all terms must hold at once; leave one of them out, or write != to leave events out',
    };
  });
}

function contradicts(a: WrittenTerm, b: WrittenTerm): boolean {
  if (a.field !== b.field || (!selects(a) && !selects(b))) return false;
  return selects(a) && selects(b) ? a.value !== b.value : a.value === b.value;
}

function everyTypeExcluded(terms: readonly WrittenTerm[]): readonly Suspect[] {
  const excluding = terms.filter((term) => term.field === 'type' && !selects(term) && eventTypes.includes(term.value));
  const second = excluding.find(({ value }) => value !== excluding[0]?.value);
  if (!second) return [];
  const message = 'leaves out the only other type there is: no event is ever read';
  return [{ path: path(second), message, remedy: 'leave one of the two out' }];
}

/** The Agent's documented example of an exclusion, `involvedObject.kind==Pod` and `type==Normal`, keeps only the normal events of pods. */
function meantToExclude(terms: readonly WrittenTerm[]): readonly Suspect[] {
  const [first, ...others] = terms.filter(selects);
  const other = others.find(({ field, element }) => field !== first?.field && element !== first?.element);
  if (!first || !other) return [];
  const both = quoted(`${printTerm(first)},${printTerm(other)}`, 200);
  return [
    {
      path: path(other),
      message:
        `= and == do not leave events out: only what is both ${quoted(printTerm(first))} and ` +
        `${quoted(printTerm(other))} is collected`,
      remedy: `to leave events out write !=; if it is meant, make both one element: ${both}`,
    },
  ];
}
