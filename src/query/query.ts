/** A compiled `event_query`, as the rest of the library sees it: one question about an event. */
import type { KubeEvent } from '../kube/wire/event.ts';

export interface EventQuery {
  /** The expression as given. */
  readonly text: string;
  /** Whether the expression is true of this event. @throws Error where it has no value for it, such as a division by zero; the message quotes nothing of the event */
  keeps(event: KubeEvent): boolean;
}
