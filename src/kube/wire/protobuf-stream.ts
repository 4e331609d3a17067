/**
 * A wrapped message whose fields are read while its bytes arrive: none before it is whole, and none is held after it was read. So the peak
 * of a list is its events, not its bytes too.
 */
import { malformed, maxFrameBytes, maxPageBytes } from './codec.ts';
import { magic, rawField } from './protobuf-envelope.ts';
import { delimited, type Fields, readAll } from './protobuf-fields.ts';
import { Window } from './window.ts';

/** Reading some kilobytes at once costs less than chunk by chunk, of which a body has hundreds. */
const batchBytes = 32 * 1024;

/** @throws KubeCheckError API_MALFORMED where it is no protobuf, cut off, or never ends; what the body throws comes through */
export async function readStreamed<T>(body: AsyncIterable<Uint8Array>, fields: Fields<T>, into: T): Promise<void> {
  const window = new Window();
  /** Bytes of the message that are not read yet; undefined before its beginning was seen. */
  let left: number | undefined;

  function read(): void {
    try {
      if (left === undefined) {
        const start = startOf(window.bytes);
        if (!start) return;
        left = start.length;
        window.drop(start.at);
      }
      const whole = wholeFields(window.bytes, left);
      readAll(window.bytes.subarray(0, whole), fields, into);
      window.drop(whole);
      left -= whole;
    } catch {
      throw malformed('the answer is no protobuf');
    }
    if (left > maxPageBytes) throw malformed(`a page is longer than ${maxPageBytes} bytes`);
  }

  for await (const chunk of body) {
    // What follows the message in its envelope is of no interest.
    if (left === 0) continue;
    window.add(chunk);
    if (window.length >= batchBytes) read();
  }
  read();
  if (left !== 0) throw malformed('the answer is no protobuf, or cut off');
}

interface Field {
  readonly number: number;
  readonly type: number;
  /** Of its value. */
  readonly start: number;
  readonly end: number;
}

/** Where the wrapped message begins, and how long it is. Undefined: that is still to come. */
function startOf(bytes: Uint8Array): { readonly at: number; readonly length: number } | undefined {
  if (magic.some((byte, at) => at < bytes.length && bytes[at] !== byte))
    throw new TypeError('it does not begin as Kubernetes protobuf does');
  let field: Field | undefined;
  for (let at = magic.length; at < bytes.length; at = field.end) {
    field = fieldAt(bytes, at);
    if (!field) return undefined;
    if (field.number === rawField && field.type === delimited)
      return { at: field.start, length: field.end - field.start };
    if (field.end - at > maxFrameBytes) throw new RangeError('a field is too long');
  }
  return undefined;
}

/** How many of the first bytes are whole fields of a message that has `left` more. */
function wholeFields(bytes: Uint8Array, left: number): number {
  let whole = 0;
  while (whole < left) {
    const field = fieldAt(bytes, whole);
    if (!field) break;
    if (field.end > left) throw new RangeError('a field is longer than its message');
    if (field.end - whole > maxFrameBytes) throw new RangeError('a field is too long');
    if (field.end > bytes.length) break;
    whole = field.end;
  }
  return whole;
}

/** Undefined: its tag or its length is still to come. */
function fieldAt(bytes: Uint8Array, at: number): Field | undefined {
  const tag = varintAt(bytes, at);
  if (!tag) return undefined;
  const [number, type, start] = [tag.value >>> 3, tag.value & 7, tag.end];
  switch (type) {
    case 0: {
      const value = varintAt(bytes, start);
      return value && { number, type, start, end: value.end };
    }
    case 1:
      return { number, type, start, end: start + 8 };
    case delimited: {
      const length = varintAt(bytes, start);
      return length && { number, type, start: length.end, end: length.end + length.value };
    }
    case 5:
      return { number, type, start, end: start + 4 };
    default:
      throw new RangeError('a field of an unknown type');
  }
}

const varintBytes = 10;

function varintAt(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < varintBytes; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  throw new RangeError('a number is too long');
}
