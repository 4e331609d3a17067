/**
 * The table of keys. Reading a file, checking what code hands over, the JSON Schema and docs/configuration.md are all made from it, so
 * that a rule stands once.
 */
import { eventKeys } from './event-keys.ts';
import { generalKeys } from './general-keys.ts';
import type { Key } from './key.ts';
import type { Shape } from './shape.ts';

/** Every key, in the order of the documentation. */
export const keys: readonly Key[] = [...generalKeys, ...eventKeys];

/** Which of its two spellings a configuration is in: YAML and JSON keys, or the properties of KubeASCheckConfig. */
export type Spelling = 'file' | 'config';

/** The keys by name, and the names that hold others: what stands before a dot of a dotted one. */
export interface Names {
  readonly keys: ReadonlyMap<string, Key>;
  readonly groups: ReadonlySet<string>;
}

export const names: Readonly<Record<Spelling, Names>> = { file: index('file'), config: index('config') };

export const shapeIn = (spelling: Spelling, key: Key): Shape =>
  spelling === 'file' ? (key.inFile?.shape ?? key.shape) : key.shape;

function index(spelling: Spelling): Names {
  const byName = new Map<string, Key>();
  const groups = new Set<string>();
  for (const key of keys) {
    const name = key[spelling];
    if (name === undefined) continue;
    byName.set(name, key);
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) groups.add(name.slice(0, dot));
  }
  return { keys: byName, groups };
}
