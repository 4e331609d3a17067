/**
 * What text from the cluster may not do to a sink: end a record, be two tags, drive a terminal, turn the direction of what stands around it.
 * Names and reasons have no use for such characters, so they lose them all; a message keeps its line breaks, its tabs and its own direction.
 * The facts in a check event's sources stay as they are.
 */
import { cutText, maxTextLength } from './text.ts';

/** Controls (C0, DEL, C1) but tab and line feed. */
const unfitForText = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

/** A message: line breaks are line feeds, any other control is U+FFFD. */
export function printableText(text: string): string {
  if (!unfitForText.test(text)) return text;
  return text.replace(/\r\n?/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
}

/** Controls, line and paragraph separators, and the marks that embed, override or isolate a direction until another one ends them. */
const unfitForLine = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** One line, of which no direction is left open: line breaks and tabs are blanks, what else is unfit is U+FFFD. */
export function printableLine(text: string): string {
  if (!unfitForLine.test(text)) return text;
  return text
    .replace(/\r\n|[\t-\r\x85\u2028\u2029]/g, ' ')
    .replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** And what separates tags, in lists and in DogStatsD's datagrams. */
const unfitForTag = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069,|]/;

/** A tag, a host name or a key, which stays one: each unfit character is `_`. It may be as long as a text. */
export function printableTag(text: string): string {
  if (text.length <= maxTextLength && !unfitForTag.test(text)) return text;
  return cutText(text, maxTextLength).replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069,|]/g, '_');
}
