/**
 * What text from a cluster may not do to an output: break a line in two, drive a terminal, turn its direction, hide.
 * Everything that does not show is written as an escape, so that one record stays one line and the original can be told from it.
 */

/** Controls (C0, DEL, C1), format characters (bidi, zero width, tags), lone surrogates, line and paragraph separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For reading by people: `\n`, `\r`, `\t`, `\u202e`; a backslash of the text itself is doubled. */
export function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(unseen, (character) => short[character] ?? unicodeEscape(character));
}

/** For serialised JSON, where these characters can only be inside a string: the same value, nothing unseen left. */
export function escapeJson(json: string): string {
  return json.replace(unseen, unicodeEscape);
}

function unicodeEscape(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index++)
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  return escaped;
}
