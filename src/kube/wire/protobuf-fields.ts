/**
 * Protobuf messages read within their bounds, on top of pbf's reader, which trusts every length. A field of another wire type than its
 * definition has is skipped, as protobuf demands of unknown fields; a length that does not fit throws, as does what cannot be skipped.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { PbfReader } from 'pbf';

export type Reader = PbfReader;

/** Reads the value of one field, or leaves it to be skipped. */
export type Fields<T> = (field: number, into: T, reader: Reader) => void;

/** Wire types. */
export const varint = 0;
export const delimited = 2;

/** {@link text} reads out of a Buffer: readers are made here only. */
export const readerOf = ({ buffer, byteOffset, length }: Uint8Array): Reader =>
  new PbfReader(Buffer.from(buffer, byteOffset, length));

/** The whole of a reader's bytes as one message. @throws Error where they are none */
export const readAll = <T>(bytes: Uint8Array, fields: Fields<T>, into: T): T => {
  const reader = readerOf(bytes);
  return readTo(reader.length, reader, fields, into);
};

/** The embedded message at the reader's place. @throws Error where it is broken, or longer than what holds it */
export const message = <T>(reader: Reader, fields: Fields<T>, into: T): T =>
  readTo(endOf(reader), reader, fields, into);

/** Skips a message that is broken inside: its length says where it ends. Undefined: it was. @throws Error where it ends nowhere */
export function unbroken<T>(reader: Reader, fields: Fields<T>, into: T): T | undefined {
  const end = endOf(reader);
  try {
    return readTo(end, reader, fields, into);
  } catch {
    reader.pos = end;
    // Where the message broke behind a tag at its end, the reader would skip that tag's value from here.
    reader._valueStart = -1;
    return undefined;
  }
}

/** As JSON's texts: what is no UTF-8 becomes U+FFFD, and a byte order mark stays. */
export const text = (reader: Reader): string => textTo(endOf(reader), reader);

/** From the reader's place to an end that is known. */
export function textTo(end: number, reader: Reader): string {
  const start = reader.pos;
  reader.pos = end;
  return end === start ? '' : (reader.buf as Buffer).toString('utf8', start, end);
}

/** A view, not a copy. */
export function bytes(reader: Reader): Uint8Array {
  const end = endOf(reader);
  const start = reader.pos;
  reader.pos = end;
  return reader.buf.subarray(start, end);
}

/** The end of the value at the reader's place, which is now behind its length. */
export function endOf(reader: Reader): number {
  const length = reader.readVarint();
  const end = reader.pos + length;
  if (end > reader.length) throw new RangeError('a field is longer than its message');
  return end;
}

function readTo<T>(end: number, reader: Reader, fields: Fields<T>, into: T): T {
  reader.readFields(fields, into, end);
  if (reader.pos !== end) throw new RangeError('a message does not end where its length says');
  return into;
}
