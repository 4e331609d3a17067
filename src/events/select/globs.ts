/** Globs of names: `*` is any text, also none, `?` any one character. */

/** In time bound by the product of both lengths: a pattern of many stars must not take longer, as an expression would. */
export function matchesGlob(glob: string, name: string): boolean {
  let at = 0;
  let from = 0;
  /** Behind the last star, and how far it reaches so far. */
  let behindStar: number | undefined;
  let reached = 0;
  while (from < name.length) {
    const wanted = glob.charAt(at);
    if (wanted === '*') {
      behindStar = ++at;
      reached = from;
    } else if (wanted === '?' || wanted === name.charAt(from)) {
      at++;
      from++;
    } else if (behindStar === undefined) return false;
    else {
      at = behindStar;
      from = ++reached;
    }
  }
  return /^\**$/.test(glob.slice(at));
}
