/**
 * Walks a configuration along the table of keys, in either spelling, and reports every problem on the way. Only names of the table are
 * ever looked up or written, so a key such as `__proto__` is merely unknown; the input is not changed.
 */
import { agentKeys } from './agent-keys.ts';
import { type ConfigIssue, describe, isMapping, printable } from './issue.ts';
import type { Key } from './key.ts';
import { keys, names, type Spelling, shapeIn } from './keys.ts';
import { checkShape, unknownKey, words } from './shape.ts';

export interface Reading {
  /** What was given, by name in its spelling; trustworthy only where there are no issues. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly issues: readonly ConfigIssue[];
}

/** In a file, `a.b: 1` and `a: {b: 1}` mean the same; in code, only the latter exists. */
export function readKeys(input: unknown, spelling: Spelling): Reading {
  if (!isMapping(input)) return { values: new Map(), issues: [notAMapping(input, spelling)] };
  const values = new Map<string, unknown>();
  const issues: ConfigIssue[] = [];
  readLevel(input, '', spelling, { values, issues });
  // A key that is both a value and a group (`start_from`), given as both.
  for (const name of values.keys()) {
    const inside = [...values.keys()].find((other) => other.startsWith(`${name}.`));
    if (inside !== undefined && spelling === 'file') {
      issues.push({ path: name, message: `given twice: \`${inside}\` says it too` });
    }
  }
  return { values, issues };
}

interface Sink {
  readonly values: Map<string, unknown>;
  readonly issues: ConfigIssue[];
}

function readLevel(level: Readonly<Record<string, unknown>>, prefix: string, spelling: Spelling, sink: Sink): void {
  for (const [own, value] of Object.entries(level)) {
    const name = prefix + own;
    const key = spelling === 'config' && own.includes('.') ? undefined : names[spelling].keys.get(name);
    const isGroup = names[spelling].groups.has(name);
    if (key === undefined && !isGroup) sink.issues.push(unknown(name, spelling));
    else if (value === undefined) continue;
    else if (isGroup && isMapping(value)) readGroup(value, name, key, spelling, sink);
    else if (key !== undefined) readValue(value, name, key, spelling, sink);
    else sink.issues.push({ path: name, message: `must be a mapping, got ${describe(value)}` });
  }
}

function readGroup(
  group: Readonly<Record<string, unknown>>,
  name: string,
  key: Key | undefined,
  spelling: Spelling,
  sink: Sink,
): void {
  const isEmpty = Object.values(group).every((value) => value === undefined);
  // `start_from: {}` says nothing; an empty group of options is fine.
  if (isEmpty && key?.shape.is === 'choice') readValue(group, name, key, spelling, sink);
  readLevel(group, `${name}.`, spelling, sink);
}

function readValue(value: unknown, name: string, key: Key, spelling: Spelling, { values, issues }: Sink): void {
  if (values.has(name)) issues.push({ path: name, message: 'given twice: once dotted, once nested' });
  values.set(name, value);
  const shape = shapeIn(spelling, key);
  if (value === null) {
    const remedy = 'leave the key out for its default';
    issues.push({ path: name, message: `must be ${words(shape)}, got null`, remedy });
  } else {
    const before = issues.length;
    checkShape(shape, value, name, (issue) => issues.push(issue));
    if (issues.length === before) key.meaning?.(value, name, (issue) => issues.push(issue));
  }
}

function notAMapping(input: unknown, spelling: Spelling): ConfigIssue {
  const what = spelling === 'file' ? 'an instance' : 'the configuration';
  return {
    path: '',
    message: `${what} must be a mapping, got ${describe(input)}`,
    ...(Array.isArray(input) ? { remedy: 'pass one entry of `instances`' } : {}),
  };
}

function unknown(name: string, spelling: Spelling): ConfigIssue {
  const path = printable(name);
  const instead = spelling === 'file' ? agentKeys.get(name) : undefined;
  if (instead !== undefined) return { path, message: "a key of the Agent's that is not used here", remedy: instead };
  const translated = inOtherSpelling(name, spelling);
  if (translated === undefined) {
    const { keys: known, groups } = names[spelling];
    return { path, message: unknownKey(name, [...known.keys(), ...groups]) };
  }
  return spelling === 'file'
    ? { path, message: `the name in code of \`${translated}\`` }
    : { path, message: `the key in files of \`${translated}\``, remedy: 'parseInstanceConfig() reads files' };
}

/** The key meant by one who took the other spelling, with its group or without: `maxPerCommit` in a file is `max_events_per_run`. */
function inOtherSpelling(name: string, spelling: Spelling): string | undefined {
  const other = spelling === 'file' ? 'config' : 'file';
  const last = lastPart(name);
  // `enabled` and `tags` are names in both: there the wrong group is the mistake.
  const isOurs = keys.some((key) => lastPart(key[spelling]) === last);
  const meant = keys.find((key) => key[other] === name || (!isOurs && lastPart(key[other]) === last));
  return meant !== undefined && meant[spelling] !== meant[other] ? meant[spelling] : undefined;
}

const lastPart = (name: string | undefined): string | undefined => name?.slice(name.lastIndexOf('.') + 1);
