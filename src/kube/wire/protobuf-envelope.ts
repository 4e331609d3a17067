/**
 * What Kubernetes puts around a protobuf object: four bytes, and a runtime.Unknown that says what the object is and holds its bytes.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/runtime/generated.proto (message Unknown)
 */
import { bytes, delimited, type Reader, readAll } from './protobuf-fields.ts';

/** `k8s` and a zero. */
export const magic = [0x6b, 0x38, 0x73, 0];
/** The field of an Unknown that holds the object. */
export const rawField = 2;

/** The object's bytes. @throws Error where nothing is wrapped */
export function unwrapped(wrapped: Uint8Array): Uint8Array {
  if (magic.some((byte, at) => wrapped[at] !== byte))
    throw new TypeError('it does not begin as Kubernetes protobuf does');
  const { raw } = readAll<{ raw?: Uint8Array }>(wrapped.subarray(magic.length), unknownFields, {});
  if (!raw) throw new TypeError('nothing is in it');
  return raw;
}

function unknownFields(field: number, into: { raw?: Uint8Array }, reader: Reader): void {
  if (field === rawField && reader.type === delimited) into.raw = bytes(reader);
}
