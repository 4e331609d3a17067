/** The fields of a core/v1 Event that the API server selects by, and the values it compares: those of a field that is absent are empty. */

/** @see https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/v1/conversion.go (AddFieldLabelConversionsForEvent) */
export const selectableFields = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
  'metadata.name',
  'metadata.namespace',
] as const;

export type EventField = (typeof selectableFields)[number];

export const isEventField = (name: string): name is EventField =>
  (selectableFields as readonly string[]).includes(name);

/** `=` and `==` mean the same: this value and no other. */
export type FieldOperator = '=' | '==' | '!=';

export interface FieldTerm {
  readonly field: EventField;
  readonly operator: FieldOperator;
  /** Without its escapes. */
  readonly value: string;
}

/**
 * The first of the terms that keeps this event back, as the server decides it; undefined: all of them let it pass.
 * @param event - a core/v1 Event as JSON
 */
export function refusingTerm<Term extends FieldTerm>(terms: readonly Term[], event: unknown): Term | undefined {
  return terms.find((term) => refuses(term, fieldOf(event, term.field)));
}

/** Whether it keeps back what has this value. */
export const refuses = (term: FieldTerm, value: string): boolean => (term.value === value) !== selects(term);

/** It asks for one value, and does not leave one out. */
export const selects = ({ operator }: FieldTerm): boolean => operator !== '!=';

/** @see https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/event/strategy.go (ToSelectableFields) */
function fieldOf(event: unknown, field: EventField): string {
  // Here alone the name is not the path: the events of events.k8s.io have no source.
  if (field === 'source') return textAt(event, 'source.component') || textAt(event, 'reportingComponent');
  return textAt(event, field);
}

function textAt(event: unknown, path: string): string {
  let value = event;
  for (const part of path.split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Readonly<Record<string, unknown>>)[part]
        : undefined;
  return typeof value === 'string' ? value : '';
}
