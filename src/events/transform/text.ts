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

/** Characters of a well-formed text. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) if (isLowSurrogate(text.charCodeAt(i))) length--;
  return length;
}

/**
 * The escaped text if it has no more than `room` characters; else what fits of it, up to the last whole character, and
 * ` … [+N characters]`, which counts those of the unescaped text. `room` must have space for that mark, or the mark alone is the result.
 * @param escaped - lengthens a text or leaves it: the longer the text, the longer what becomes of it
 */
export function cutText(text: string, room: number, escaped: (text: string) => string = asItIs): string {
  // A character has two units at most: what is longer than this isn't worth escaping. It has one at least: the usual text is not counted.
  if (text.length <= 2 * room) {
    const whole = escaped(text);
    if (whole.length <= room || textLength(whole) <= room) return whole;
  }
  const total = textLength(text);
  const characters = [...text.slice(0, 2 * room).replace(openDirection, '\ufffd')];
  const cutAfter = (kept: number) => escaped(characters.slice(0, kept).join('')) + cutMark(total - kept);
  // With each character kept the whole never gets shorter, as the mark loses one digit at most.
  let fits = 0;
  let limit = Math.min(characters.length, room);
  while (fits < limit) {
    const middle = Math.ceil((fits + limit) / 2);
    if (textLength(cutAfter(middle)) <= room) fits = middle;
    else limit = middle - 1;
  }
  return cutAfter(fits);
}

/**
 * Sorts in place, as the bytes of UTF-8 do, which is the order of code points. UTF-16's differs only where there are surrogates: it puts the
 * characters above U+FFFF (D800 to DFFF) before those from U+E000 to U+FFFF.
 */
export function sortByCodePoints(texts: string[]): string[] {
  // The engine's own order is several times as fast as one that is told to it.
  return texts.some((text) => surrogate.test(text)) ? texts.sort(compareCodePoints) : texts.sort();
}

const surrogate = /[\ud800-\udfff]/;

function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const unitOfA = a.charCodeAt(i);
    const unitOfB = b.charCodeAt(i);
    if (unitOfA !== unitOfB) return rank(unitOfA) - rank(unitOfB);
  }
  return a.length - b.length;
}

/** Their effect lasts to the end of the paragraph or to a counterpart that may have been cut off: the mark would be read in a wrong order. */
const openDirection = /[\u202a-\u202e\u2066-\u2069]/g;

function asItIs(text: string): string {
  return text;
}

function cutMark(characters: number): string {
  return ` … [+${characters} characters]`;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Moves the surrogates behind all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2800 : unit;
}
