/** The rules that an event may meet, in the order in which it meets them, by the names that reports and explanations give them. */

/** What is read, as told to the API server, and what is no event at all. An event that is not read is in no book. */
export const readingRules = {
  'filtered-event-types': 'The field selector of `filteredEventTypes` keeps it back on the API server: it is not read.',
  namespaces: 'It lies in none of `namespaces`: it is not read.',
  malformed: 'It is no Event of core/v1, or has no uid or no usable version. The books count it as malformed.',
} as const;

/** What may leave out an event that was read: the names in `filteredBy` of the books. */
export const filterRules = {
  'start-from':
    'It was in the first list and happened before `startFrom`. No event by itself tells: `explain` does not look.',
  'exclude-namespaces': 'Its namespace, that of the event itself, matches a glob of `excludeNamespaces`.',
  'default-filters':
    'With `defaultFilters`: neither the default lists nor `collectedEventTypes` name it, and the rest is not bundled.',
  'collected-event-types': 'No entry of `collectedEventTypes` names it, and they alone decide.',
  incomplete: 'It has no kind, name, reason or message, so that a bundle could not tell of it.',
  query: 'The expression of `query` is false of it. Asked last, and only about what all others keep.',
} as const;

/** What settles only how an event is told. */
export const tellingRules = {
  bundling: 'No rule tells it alone, so it is told in a bundle with others of its object.',
} as const;

/** Every name, with what it means. */
export const ruleNames = { ...readingRules, ...filterRules, ...tellingRules } as const;

export type FilterRule = keyof typeof filterRules;
export type RuleName = keyof typeof ruleNames;
