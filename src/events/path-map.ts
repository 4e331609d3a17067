/** Values by several texts: a map of maps, which needs no text made of all of them; most parts were hashed before. */
export class PathMap<T> {
  readonly #root = new Map<string, Level<T>>();
  readonly #values: T[] = [];

  get size(): number {
    return this.#values.length;
  }

  /** In the order in which they were added. */
  get values(): readonly T[] {
    return this.#values;
  }

  get(path: readonly [string, ...string[]]): T | undefined {
    let level: Level<T> | undefined = this.#root;
    for (const part of path) {
      level = (level as Map<string, Level<T>>).get(part);
      if (level === undefined) return undefined;
    }
    return level as T;
  }

  /** All paths are equally long, and none is added twice. */
  add(path: readonly [string, ...string[]], value: T): void {
    let level = this.#root;
    for (const part of path.slice(0, -1)) {
      let next = level.get(part) as Map<string, Level<T>> | undefined;
      if (!next) {
        next = new Map();
        level.set(part, next);
      }
      level = next;
    }
    level.set(path.at(-1) ?? '', value);
    this.#values.push(value);
  }
}

type Level<T> = Map<string, Level<T>> | T;
