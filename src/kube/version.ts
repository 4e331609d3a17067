/**
 * Resource versions: opaque decimal strings, ordered by length and then text, never parsed to a number.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5504-comparable-resource-version
 */

/** Negative, zero or positive, as for Array.sort. Both must be versions ({@link isVersion}). */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export const isNewer = (a: string, than: string): boolean => compareVersions(a, than) > 0;

export const laterOf = (a: string, b: string): string => (isNewer(a, b) ? a : b);

const decimal = /^[1-9][0-9]{0,19}$/;
/** The API server takes 2^64 - 1 as "no version" and replays everything. */
const notAVersion = '18446744073709551615';

/**
 * Whether a text can be a place in the history: decimal, not zero (`0` means "any" to the server and replays everything), below 2^64 - 1.
 * Anything else would be a 500, or every event again.
 */
export const isVersion = (text: string): boolean => decimal.test(text) && compareVersions(text, notAVersion) < 0;
