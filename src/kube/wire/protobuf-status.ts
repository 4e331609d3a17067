/**
 * A metav1.Status out of protobuf, as the JSON object that it would have been: whoever reads a Status needs to know one form only.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/generated.proto (messages Status, StatusDetails, StatusCause)
 */
import { unwrapped } from './protobuf-envelope.ts';
import { delimited, type Fields, message, type Reader, readAll, text, varint } from './protobuf-fields.ts';

type Parts = Record<string, unknown>;

/** @throws Error where it is no protobuf, or cut off */
export const decodeStatus = (wrapped: Uint8Array): Parts => readAll(unwrapped(wrapped), statusFields, { metadata: {} });

const statusFields = fieldsOf({
  1: ['metadata', nested(fieldsOf({ 3: ['continue', text] }))],
  2: ['status', text],
  3: ['message', text],
  4: ['reason', text],
  5: [
    'details',
    nested(
      fieldsOf({
        1: ['name', text],
        2: ['group', text],
        3: ['kind', text],
        4: ['causes', causes],
        5: ['retryAfterSeconds', int32],
        6: ['uid', text],
      }),
    ),
  ],
  6: ['code', int32],
});

type Read = (reader: Reader, before: unknown) => unknown;

/** Numbers are varints, all else is delimited. An absent text is empty in protobuf, and absent in JSON. */
function fieldsOf(known: Readonly<Record<number, readonly [name: string, read: Read]>>): Fields<Parts> {
  return (field, into, reader) => {
    const [name, read] = known[field] ?? [];
    if (name === undefined || !read || reader.type !== (read === int32 ? varint : delimited)) return;
    const value = read(reader, into[name]);
    if (value !== '' && value !== 0) into[name] = value;
  };
}

function nested(fields: Fields<Parts>): Read {
  return (reader, before) => message(reader, fields, (before ?? {}) as Parts);
}

function causes(reader: Reader, before: unknown): unknown {
  const cause = message(reader, causeFields, {});
  return [...((before as readonly unknown[] | undefined) ?? []), cause];
}

function causeFields(field: number, cause: Parts, reader: Reader): void {
  const name = ['', 'reason', 'message', 'field'][field];
  if (name && reader.type === delimited) cause[name] = text(reader);
}

function int32(reader: Reader): number {
  return reader.readVarint(true) | 0;
}
