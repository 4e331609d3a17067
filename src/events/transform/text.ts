/**
 * Text from the cluster, which is untrusted: may be a mebibyte long and need not be valid Unicode. Nothing here throws, and no character is
 * ever cut in half. A character is a Unicode code point: what an events API counts, unlike UTF-16 units.
 */

/** The most characters of {@link CheckEvent.text}. */
export const maxTextLength = 4000;

/** The text with lone surrogates, which no encoding can carry, replaced by U+FFFD. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** Characters of a well-formed text, each `~` counted `tildeLength` times: 2 tells the length of the escaped text. */
export function textLength(text: string, tildeLength: 1 | 2): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === tilde) length += tildeLength;
    else if (!isLowSurrogate(unit)) length++;
  }
  return length;
}

/** Markdown would strike through what stands between tildes. */
export function escapeTildes(text: string): string {
  return text.includes('~') ? text.replaceAll('~', '\\~') : text;
}

/**
 * The text if it has no more than `room` characters; else what fits of it, up to the last whole character, and ` … [+N characters]`.
 * `room` must have space for that mark, or the mark alone is the result.
 */
export function cutText(text: string, room: number, tildeLength: 1 | 2): string {
  // No text has more characters than units: the usual, short text is not counted.
  if (tildeLength === 1 && text.length <= room) return text;
  if (textLength(text, tildeLength) <= room) return text;
  let left = textLength(text, 1);
  let used = 0;
  let end = 0;
  while (left > 0) {
    const unit = text.charCodeAt(end);
    used += unit === tilde ? tildeLength : 1;
    // With each character taken the whole never gets shorter (the mark loses one digit at most), so the first that doesn't fit ends it.
    if (used + cutMark(left - 1).length > room) break;
    end += isHighSurrogate(unit) ? 2 : 1;
    left--;
  }
  return text.slice(0, end) + cutMark(left);
}

/**
 * Orders as the bytes of UTF-8 do, which is the order of code points. UTF-16's differs: it puts the characters above U+FFFF (surrogates,
 * D800 to DFFF) before those from U+E000 to U+FFFF.
 */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const unitOfA = a.charCodeAt(i);
    const unitOfB = b.charCodeAt(i);
    if (unitOfA !== unitOfB) return rank(unitOfA) - rank(unitOfB);
  }
  return a.length - b.length;
}

const tilde = 0x7e;

function cutMark(characters: number): string {
  return ` … [+${characters} characters]`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Moves the surrogates behind all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2800 : unit;
}
