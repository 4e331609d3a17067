/**
 * Events that are being read: the same fields in the same order from both codecs. Classes, and no literals: V8 makes the literals of a place
 * in its old generation, for good, where many of them outlived a young collection once; a page of events is just large enough for that,
 * and each would wait for a full collection.
 */
import type { KubeEvent } from './event.ts';

export class EventDraft implements KubeEvent {
  uid = '';
  version = '';
  namespace = '';
  name = '';
  createdAtMs: number | undefined;
  readonly object = new ObjectDraft();
  reason = '';
  message = '';
  type = '';
  component = '';
  host = '';
  reportingComponent = '';
  firstAtMs: number | undefined;
  lastAtMs: number | undefined;
  eventAtMs: number | undefined;
  count: number | undefined;
  series: SeriesDraft | undefined;
}

export class ObjectDraft {
  kind = '';
  namespace = '';
  name = '';
  uid = '';
  apiVersion = '';
}

export class SeriesDraft {
  count: number | undefined;
  lastAtMs: number | undefined;
}
