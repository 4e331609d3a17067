/**
 * What etcd is to a real server: every version of every key under one revision counter, readable at any revision that is not
 * compacted away. Revisions are bigints, because a resource version is an opaque number of any length to its clients.
 */
import type { KubeObject } from './object.ts';

/** One write. `object` absent: a deletion. */
export interface Change {
  readonly key: string;
  readonly revision: bigint;
  readonly object?: KubeObject;
  readonly previous?: KubeObject;
}

interface Version {
  readonly revision: bigint;
  readonly object: KubeObject | undefined;
}

export class History {
  #revision: bigint;
  /** Below it nothing can be read. */
  #compacted = 0n;
  readonly #versions = new Map<string, Version[]>();
  /** All keys that have versions, sorted. */
  #keys: string[] = [];
  #changes: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(revision: bigint) {
    this.#revision = revision;
  }

  /** The newest one. */
  get revision(): bigint {
    return this.#revision;
  }

  /** The oldest one that can still be read. */
  get compacted(): bigint {
    return this.#compacted;
  }

  /** Writes what `make` gives for the new revision. */
  put(key: string, make: (revision: bigint) => KubeObject): KubeObject {
    const object = make(this.#revision + 1n);
    this.#write(key, object);
    return object;
  }

  /** False if there is nothing to delete. */
  delete(key: string): boolean {
    if (!this.get(key)) return false;
    this.#write(key, undefined);
    return true;
  }

  get(key: string, at: bigint = this.#revision): KubeObject | undefined {
    return this.#versions.get(key)?.findLast(({ revision }) => revision <= at)?.object;
  }

  /** The objects under a prefix as they were at a revision, in key order, from a key on that has the prefix too. */
  *range(prefix: string, from: string, at: bigint): Generator<{ readonly key: string; readonly object: KubeObject }> {
    for (let index = this.#indexOf(from); index < this.#keys.length; index++) {
      const key = this.#keys[index] ?? '';
      if (!key.startsWith(prefix)) return;
      const object = this.get(key, at);
      if (object) yield { key, object };
    }
  }

  /** The writes above a revision, oldest first. */
  changesAfter(revision: bigint): readonly Change[] {
    return this.#changes.filter((change) => change.revision > revision);
  }

  /** Called at each write, until the returned function is. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A revision passes without a write of interest, as on a real server, where other things are written too. */
  skip(): void {
    this.#revision += 1n;
  }

  /** Forgets what was replaced or deleted before a revision. */
  compact(at: bigint): void {
    if (at > this.#revision) throw new RangeError(`can't compact at ${at}: the newest version is ${this.#revision}`);
    if (at <= this.#compacted) return;
    this.#compacted = at;
    this.#changes = this.#changes.filter(({ revision }) => revision >= at);
    this.#rewriteKeys((versions) => {
      const held = versions.findLastIndex(({ revision }) => revision <= at);
      const deleted = held !== -1 && versions[held]?.object === undefined;
      return versions.slice(deleted ? held + 1 : Math.max(held, 0));
    });
  }

  /** Goes back to a revision as if nothing had been written since: etcd restored from a snapshot. */
  rewind(to: bigint): void {
    if (to > this.#revision || to < this.#compacted)
      throw new RangeError(`can't go back to ${to}: versions ${this.#compacted} to ${this.#revision} are held`);
    this.#revision = to;
    this.#changes = this.#changes.filter(({ revision }) => revision <= to);
    this.#rewriteKeys((versions) => versions.filter(({ revision }) => revision <= to));
  }

  #write(key: string, object: KubeObject | undefined): void {
    const previous = this.get(key);
    this.#revision += 1n;
    const revision = this.#revision;
    const versions = this.#versions.get(key);
    if (versions) versions.push({ revision, object });
    else {
      this.#versions.set(key, [{ revision, object }]);
      this.#keys.splice(this.#indexOf(key), 0, key);
    }
    const change = { key, revision, ...(object && { object }), ...(previous && { previous }) };
    this.#changes.push(change);
    for (const listener of [...this.#listeners]) listener(change);
  }

  #rewriteKeys(keep: (versions: readonly Version[]) => Version[]): void {
    for (const [key, versions] of this.#versions) {
      const kept = keep(versions);
      if (kept.length > 0) this.#versions.set(key, kept);
      else this.#versions.delete(key);
    }
    this.#keys = this.#keys.filter((key) => this.#versions.has(key));
  }

  /** Where a key is, or would be. */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
