/** Foreign text in messages, which somebody may read on a terminal. */

/** Controls (C0, DEL, C1), format characters (bidi, zero width, tags), lone surrogates, line and paragraph separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** In quotes, with the escapes of JSON, and not at length. `most` characters of it are shown, and that it goes on. */
export const quoted = (text: string, most = 40): string =>
  escapeJson(JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text));

/** For serialised JSON, where these characters can only be inside a string: the same value, nothing unseen left. */
export const escapeJson = (json: string): string => json.replace(unseen, unicodeEscape);

/** Each with what takes its place: by default `\u202e`. */
export const replaceUnseen = (text: string, short: Readonly<Record<string, string>>): string =>
  text.replace(unseen, (character) => short[character] ?? unicodeEscape(character));

function unicodeEscape(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index++)
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  return escaped;
}
