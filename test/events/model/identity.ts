/** Parts of a state by number: equal parts have the same, and a part that is shared by many states is written out once. */

const numbers = new Map<string, number>();
const known = new WeakMap<object, number>();

export function numberOf(part: object): number {
  const before = known.get(part);
  if (before !== undefined) return before;
  const text = JSON.stringify(part);
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  known.set(part, number);
  return number;
}
