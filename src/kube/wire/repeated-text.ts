/**
 * Texts that repeat from event to event (kinds, namespaces, reasons, components, hosts) are made once: found by their bytes, which costs
 * half of making them, and held once instead of once an event. Bounded: a text that falls on another's place takes it.
 */
import { endOf, type Reader, textTo } from './protobuf-fields.ts';

const places = 1024;
const longest = 64;
const held: string[] = new Array<string>(places).fill('');

export function repeatedText(reader: Reader): string {
  const end = endOf(reader);
  const { buf, pos: start } = reader;
  const length = end - start;
  if (length > longest) return textTo(end, reader);
  let hash = length;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (buf[at] ?? 0)) | 0;
  const place = (hash ^ (hash >>> 10)) & (places - 1);
  const before = held[place] ?? '';
  if (before.length === length && isAt(start, before, buf)) {
    reader.pos = end;
    return before;
  }
  const made = textTo(end, reader);
  held[place] = made;
  return made;
}

/** Only of ASCII, where bytes are characters; other texts are made each time. */
function isAt(start: number, text: string, bytes: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    const byte = bytes[start + at] ?? 0;
    if (byte > 127 || text.charCodeAt(at) !== byte) return false;
  }
  return true;
}
