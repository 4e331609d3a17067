/** What no shape can say: whether a text in a configuration is a selector or a query. */
import { selectableFields } from '../events/select/event-fields.ts';
import { parseFieldSelector } from '../events/select/field-selector.ts';
import { queries } from '../query/cache.ts';
import { nearest } from './nearest.ts';
import type { Report } from './shape.ts';

/** Of a value that has its key's shape. */
export type Meaning = (value: unknown, path: string, report: Report) => void;

/** `filtered_event_types`: every element that the API server would refuse, at each list. */
export const fieldSelectors: Meaning = (value, path, report) => {
  for (const { element, message, remedy, unknownField } of parseFieldSelector(value as readonly string[]).problems) {
    const near = unknownField === undefined ? undefined : nearest(unknownField, selectableFields);
    report({
      path: `${path}[${element}]`,
      message: near === undefined ? message : `${message}; the nearest field is \`${near}\``,
      remedy,
    });
  }
};

/** `event_query`: compiled once, here; the unit finds it in the cache. */
export const query: Meaning = (value, path, report) => {
  const problem = queries.check(String(value));
  if (problem !== undefined) report({ path, ...problem });
};
