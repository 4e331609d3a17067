/** What is allowed in a configuration, and surely not meant. */
export interface Suspect {
  /** An option of the event collector, perhaps one entry of it: `filteredEventTypes[1]`. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** As a report says it. */
export const sentenceOf = ({ path, message, remedy }: Suspect): string => `${path}: ${message} (${remedy})`;
