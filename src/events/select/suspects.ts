/**
 * Options of the event collector under which no event can pass, or a part of them says nothing: allowed, as a file may be made for more
 * than one cluster, and told at load and in each report.
 */
import { quoted } from '../../quoted.ts';
import type { EventCollectorOptions } from '../options.ts';
import { type EventField, refuses, selects } from './event-fields.ts';
import { parseFieldSelector, printTerm, type WrittenTerm } from './field-selector.ts';
import { matchesGlob } from './globs.ts';
import { selectorSuspects } from './selector-suspects.ts';
import type { Suspect } from './suspect.ts';

interface Asked {
  readonly options: EventCollectorOptions;
  /** Of the selector, where it is used. */
  readonly terms: readonly WrittenTerm[];
}

type Rule = (asked: Asked) => readonly Suspect[];

/** In the order in which they are told. */
const rules: readonly Rule[] = [
  nothingNamed,
  namesNothing,
  namesWithoutEffect,
  selectorWithoutEffect,
  ({ terms }) => selectorSuspects(terms),
  selectorAgainstNamespaces,
  everyNamespaceExcluded,
  namedAndLeftOut,
  falseQuery,
];

/** Of options that `checkConfig` lets pass. */
export function suspects(options: EventCollectorOptions): readonly Suspect[] {
  const terms = options.bundling === 'none' ? [] : parseFieldSelector(options.filteredEventTypes ?? []).selector.terms;
  return rules.flatMap((rule) => rule({ options, terms }));
}

/** Whether it matters that an event is named. */
const namesCount = ({ bundling = 'all', defaultFilters }: EventCollectorOptions): boolean =>
  bundling !== 'all' || defaultFilters === true;

const named = ({ collectedEventTypes = [] }: EventCollectorOptions) => collectedEventTypes;

function nothingNamed({ options }: Asked): readonly Suspect[] {
  if (options.bundling !== 'none' || options.defaultFilters || named(options).some(isUsedAlone)) return [];
  return [
    {
      path: 'bundling',
      message: '"none" sends only the events that are named, and none is: nothing is ever sent',
      remedy: 'name events in collectedEventTypes, switch defaultFilters on, or send the others bundled: "unspecified"',
    },
  ];
}

/** Outside of bundles an entry of reasons only is not used. */
function namesNothing({ options }: Asked): readonly Suspect[] {
  if (options.bundling === undefined || options.bundling === 'all') return [];
  return named(options).flatMap((entry, index) =>
    isUsedAlone(entry)
      ? []
      : {
          path: `collectedEventTypes[${index}]`,
          message: 'is not used: events are told one by one only where an entry gives their kind or source',
          remedy: 'give it a kind or a source',
        },
  );
}

const isUsedAlone = ({ kind, source }: { readonly kind?: string; readonly source?: string }): boolean =>
  Boolean(kind || source);

function namesWithoutEffect({ options }: Asked): readonly Suspect[] {
  if (namesCount(options) || named(options).length === 0) return [];
  return [
    {
      path: 'collectedEventTypes',
      message: 'has no effect: everything is sent, bundled',
      remedy: 'set bundling to tell the named events one by one, or defaultFilters to send no others',
    },
  ];
}

function selectorWithoutEffect({ options: { bundling, filteredEventTypes = [] } }: Asked): readonly Suspect[] {
  if (bundling !== 'none' || filteredEventTypes.every((element) => element.trim() === '')) return [];
  return [
    {
      path: 'filteredEventTypes',
      message: 'has no effect where only the named events are sent (bundling "none")',
      remedy: 'leave it out, or set bundling to "unspecified"',
    },
  ];
}

/** An event lies in its object's namespace, and in a namespace even where its object lies in none. */
function selectorAgainstNamespaces({ options: { namespaces = [] }, terms }: Asked): readonly Suspect[] {
  return namespaces.flatMap((namespace, index) => {
    const refusing = terms.find(
      (term) =>
        (term.field === 'metadata.namespace' && refuses(term, namespace)) ||
        (term.field === 'involvedObject.namespace' && term.value !== '' && selects(term) && refuses(term, namespace)),
    );
    if (!refusing) return [];
    return {
      path: `namespaces[${index}]`,
      message: `${quoted(printTerm(refusing))} of filteredEventTypes leaves out all events of ${quoted(namespace)}`,
      remedy: 'leave out the one or the other',
    };
  });
}

function everyNamespaceExcluded({ options, terms }: Asked): readonly Suspect[] {
  const { excludeNamespaces: globs = [], namespaces } = options;
  const selected = terms.filter((term) => term.field === 'metadata.namespace' && selects(term));
  const read = namespaces ?? (selected.length === 0 ? undefined : selected.map(({ value }) => value));
  const all = globs.findIndex((glob) => /^[*?]*\*[*?]*$/.test(glob) && matchesGlob(glob, 'x'));
  const excluded = (read ?? []).map((namespace) => globs.findIndex((glob) => matchesGlob(glob, namespace)));
  if (all === -1 && (excluded.length === 0 || excluded.includes(-1))) return [];
  return [
    {
      path: `excludeNamespaces[${all === -1 ? excluded[0] : all}]`,
      message:
        all === -1
          ? 'the namespaces that are read are all left out: nothing is ever sent'
          : `${quoted(globs[all] ?? '')} leaves out every namespace: nothing is ever sent`,
      remedy: all === -1 ? 'leave out only what is not wanted of namespaces' : 'name the namespaces to leave out',
    },
  ];
}

function namedAndLeftOut({ options, terms }: Asked): readonly Suspect[] {
  if (!namesCount(options)) return [];
  return named(options).flatMap(({ kind, reasons = [] }, index) => {
    const refusing = (kind && refusingOf(terms, 'involvedObject.kind', [kind])) || refusingOf(terms, 'reason', reasons);
    if (!refusing) return [];
    return {
      path: `collectedEventTypes[${index}]`,
      message: `${quoted(printTerm(refusing))} of filteredEventTypes leaves out all that it names`,
      remedy: 'leave out the one or the other',
    };
  });
}

/** A term for one of the values, where each of them is refused. */
function refusingOf(terms: readonly WrittenTerm[], field: EventField, values: readonly string[]) {
  const refusing = values.map((value) => terms.find((term) => term.field === field && refuses(term, value)));
  return refusing.includes(undefined) ? undefined : refusing[0];
}

function falseQuery({ options: { query } }: Asked): readonly Suspect[] {
  if (query === undefined || !/^[\s(]*false[\s)]*$/.test(query)) return [];
  return [{ path: 'query', message: 'is never true: nothing is ever sent', remedy: 'switch events off instead' }];
}
