/**
 * Objects that the fake server has in protobuf too: events, their lists, and Status.
 *
 * @see https://github.com/kubernetes/api/blob/v0.36.3/core/v1/generated.proto
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/generated.proto
 */
import { embedded, integer, optional, pairs, repeated, texts, time, type Write } from './protobuf-writing.ts';

const fieldsV1: Write = ({ json }, writer) => writer.writeBytesField(1, Buffer.from(`${json}`));

const managedFieldsEntry: Write = (entry, writer) => {
  texts({ manager: 1, operation: 2, apiVersion: 3 })(entry, writer);
  time(writer, 4, entry['time']);
  texts({ fieldsType: 6 })(entry, writer);
  embedded(writer, 7, { json: JSON.stringify(entry['fieldsV1']) }, fieldsV1);
  texts({ subresource: 8 })(entry, writer);
};

const objectMeta: Write = (metadata, writer) => {
  texts({ name: 1, generateName: 2, namespace: 3, selfLink: 4, uid: 5, resourceVersion: 6 })(metadata, writer);
  integer(writer, 7, metadata['generation']);
  time(writer, 8, metadata['creationTimestamp']);
  pairs(writer, 11, metadata['labels']);
  pairs(writer, 12, metadata['annotations']);
  repeated(writer, 17, metadata['managedFields'], managedFieldsEntry);
};

const objectReference = texts({
  kind: 1,
  namespace: 2,
  name: 3,
  uid: 4,
  apiVersion: 5,
  resourceVersion: 6,
  fieldPath: 7,
});

const eventSeries: Write = (series, writer) => {
  integer(writer, 1, series['count']);
  time(writer, 2, series['lastObservedTime']);
};

const event: Write = (object, writer) => {
  embedded(writer, 1, object['metadata'], objectMeta);
  embedded(writer, 2, object['involvedObject'], objectReference);
  texts({ reason: 3, message: 4 })(object, writer);
  embedded(writer, 5, object['source'], texts({ component: 1, host: 2 }));
  time(writer, 6, object['firstTimestamp']);
  time(writer, 7, object['lastTimestamp']);
  integer(writer, 8, object['count']);
  texts({ type: 9 })(object, writer);
  time(writer, 10, object['eventTime']);
  optional(writer, 11, object['series'], eventSeries);
  texts({ action: 12 })(object, writer);
  optional(writer, 13, object['related'], objectReference);
  texts({ reportingComponent: 14, reportingInstance: 15 })(object, writer);
};

const listMeta: Write = (metadata, writer) => {
  texts({ selfLink: 1, resourceVersion: 2, continue: 3 })(metadata, writer);
  if (metadata['remainingItemCount'] !== undefined) integer(writer, 4, metadata['remainingItemCount']);
};

const eventList: Write = (list, writer) => {
  embedded(writer, 1, list['metadata'], listMeta);
  repeated(writer, 2, list['items'], event);
};

const statusDetails: Write = (details, writer) => {
  texts({ name: 1, group: 2, kind: 3 })(details, writer);
  repeated(writer, 4, details['causes'], texts({ reason: 1, message: 2, field: 3 }));
  integer(writer, 5, details['retryAfterSeconds']);
  texts({ uid: 6 })(details, writer);
};

const status: Write = (object, writer) => {
  embedded(writer, 1, object['metadata'], listMeta);
  texts({ status: 2, message: 3, reason: 4 })(object, writer);
  optional(writer, 5, object['details'], statusDetails);
  integer(writer, 6, object['code']);
};

/** By kind. */
export const protobufKinds: ReadonlyMap<unknown, Write> = new Map([
  ['Event', event],
  ['EventList', eventList],
  ['Status', status],
]);
