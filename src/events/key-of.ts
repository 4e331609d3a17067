/** Several texts as the key of a map. Lengths keep the parts apart, which may hold any character. */
export function keyOf(...parts: readonly string[]): string {
  let key = '';
  for (const part of parts) key += `${part.length}.${part}`;
  return key;
}
