/**
 * metav1.Time and metav1.MicroTime: both are a Timestamp on the wire. The zero time, which JSON shows as null, is an empty message and
 * not 1970.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/generated.proto (message Timestamp)
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/time_proto.go
 */
import { endOf, type Reader, varint } from './protobuf-fields.ts';

interface Timestamp {
  seconds: number;
  nanos: number;
}

/** The years 0 to 9999: of others there is no RFC 3339 text, and so nothing in JSON. */
const firstSecond = -62_167_219_200;
const lastSecond = 253_402_300_799;

/** A metav1.Time in Unix milliseconds. Whole seconds, whatever else was sent: the API server reads it so too. */
export const timeMs = (reader: Reader): number | undefined => {
  const at = timestamp(reader);
  return at && at.seconds * 1000;
};

/** A metav1.MicroTime in Unix milliseconds, fractions cut off (towards the past). */
export const microTimeMs = (reader: Reader): number | undefined => {
  const at = timestamp(reader);
  return at && at.seconds * 1000 + Math.floor(at.nanos / 1_000_000);
};

function timestamp(reader: Reader): Timestamp | undefined {
  const end = endOf(reader);
  if (end === reader.pos) return undefined;
  const at = reader.readFields(timestampFields, { seconds: 0, nanos: 0 }, end);
  if (reader.pos !== end) throw new RangeError('a time does not end where its length says');
  return at.seconds < firstSecond || at.seconds > lastSecond ? undefined : at;
}

function timestampFields(field: number, at: Timestamp, reader: Reader): void {
  if (reader.type !== varint) return;
  if (field === 1) at.seconds = reader.readVarint(true);
  else if (field === 2) at.nanos = reader.readVarint(true);
}
