/**
 * A core/v1 Event out of protobuf: the fields of {@link KubeEvent}, all others skipped unread (managedFields are a third of an event).
 * Field numbers are the published definitions' own, and never change.
 *
 * @see https://github.com/kubernetes/api/blob/v0.36.3/core/v1/generated.proto (messages Event, ObjectReference, EventSource, EventSeries)
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/generated.proto (message ObjectMeta)
 */
import { type EventDraft, type ObjectDraft, SeriesDraft } from './event-draft.ts';
import { delimited, message, type Reader, text, varint } from './protobuf-fields.ts';
import { microTimeMs, timeMs } from './protobuf-time.ts';
import { repeatedText } from './repeated-text.ts';

/** Of message Event. */
export function eventFields(field: number, event: EventDraft, reader: Reader): void {
  if (field === 8) event.count = count(reader, event.count);
  if (reader.type !== delimited) return;
  switch (field) {
    case 1:
      message(reader, metadataFields, event);
      break;
    case 2:
      message(reader, objectFields, event.object);
      break;
    case 3:
      event.reason = repeatedText(reader);
      break;
    case 4:
      event.message = text(reader);
      break;
    case 5:
      message(reader, sourceFields, event);
      break;
    case 6:
      event.firstAtMs = timeMs(reader);
      break;
    case 7:
      event.lastAtMs = timeMs(reader);
      break;
    case 9:
      event.type = repeatedText(reader);
      break;
    case 10:
      event.eventAtMs = microTimeMs(reader);
      break;
    case 11:
      event.series ??= new SeriesDraft();
      message(reader, seriesFields, event.series);
      break;
    case 14:
      event.reportingComponent = repeatedText(reader);
      break;
  }
}

/** Of message ObjectMeta. */
export function metadataFields(field: number, event: EventDraft, reader: Reader): void {
  if (reader.type !== delimited) return;
  if (field === 1) event.name = text(reader);
  else if (field === 3) event.namespace = repeatedText(reader);
  else if (field === 5) event.uid = text(reader);
  else if (field === 6) event.version = text(reader);
  else if (field === 8) event.createdAtMs = timeMs(reader);
}

function objectFields(field: number, object: ObjectDraft, reader: Reader): void {
  if (reader.type !== delimited) return;
  if (field === 1) object.kind = repeatedText(reader);
  else if (field === 2) object.namespace = repeatedText(reader);
  else if (field === 3) object.name = text(reader);
  else if (field === 4) object.uid = text(reader);
  else if (field === 5) object.apiVersion = repeatedText(reader);
}

function sourceFields(field: number, event: EventDraft, reader: Reader): void {
  if (reader.type !== delimited) return;
  if (field === 1) event.component = repeatedText(reader);
  else if (field === 2) event.host = repeatedText(reader);
}

function seriesFields(field: number, series: SeriesDraft, reader: Reader): void {
  if (field === 1) series.count = count(reader, series.count);
  else if (field === 2 && reader.type === delimited) series.lastAtMs = microTimeMs(reader);
}

/** int32. The API server sends 0 for an absent one, which JSON leaves out. */
function count(reader: Reader, otherwise: number | undefined): number | undefined {
  if (reader.type !== varint) return otherwise;
  const value = reader.readVarint(true) | 0;
  return value === 0 ? undefined : value;
}
