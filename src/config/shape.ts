/**
 * What a value may be: one description from which the check, its message and the JSON Schema are made, so that none of them can say
 * something else than the others.
 */
import { type ConfigIssue, describe, isMapping, printable } from './issue.ts';
import { nearest } from './nearest.ts';

export type Shape =
  | { readonly is: 'boolean' }
  /** A unit of the check: left out by `false`, else a group of its own keys. Only in code. */
  | { readonly is: 'off' }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  /** `or`: what else may stand here, as a group of keys. */
  | { readonly is: 'choice'; readonly of: readonly string[]; readonly or?: string }
  /** `pattern`: a regular expression with the `u` flag, for JSON Schema too. */
  | { readonly is: 'text'; readonly words: string; readonly pattern?: string }
  | { readonly is: 'list'; readonly of: Shape; readonly unique?: boolean; readonly filled?: boolean }
  /** At least one of the fields. */
  | { readonly is: 'record'; readonly fields: Readonly<Record<string, Shape>> };

export type Report = (issue: ConfigIssue) => void;

/** Longest delay of a Node timer, about 24.8 days; and more than any count needs. */
export const largest = 2 ** 31 - 1;

export const boolean: Shape = { is: 'boolean' };
export const off: Shape = { is: 'off' };
export const atLeast = (min: number, max = largest): Shape => ({ is: 'integer', min, max });
export const oneOf = (...of: readonly string[]): Shape => ({ is: 'choice', of });

export const anyText: Shape = { is: 'text', words: 'a text' };
export const filledText: Shape = { is: 'text', words: 'a text that is not blank', pattern: '\\S' };
export const line: Shape = {
  is: 'text',
  words: 'a text of one line, not blank, at most 253 characters',
  pattern: '^(?=.*\\S)[^\\p{Cc}]{1,253}$',
};
export const tag: Shape = {
  is: 'text',
  words: 'a tag `key:value`',
  pattern: '^[^:\\s\\p{Cc}][^:\\p{Cc}]*:[^\\p{Cc}]*$',
};

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ (namespaces are labels, other objects subdomains) */
export const dnsLabel: Shape = {
  is: 'text',
  words: 'a DNS label (a-z, 0-9 and -, at most 63 characters, no - at either end)',
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$',
};
export const dnsSubdomain: Shape = {
  is: 'text',
  words: 'a DNS subdomain (a-z, 0-9, - and ., at most 253 characters, each part with a letter or digit at both ends)',
  pattern: '^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$',
};

export const namespaceGlob: Shape = {
  is: 'text',
  words: 'a glob of namespaces (a-z, 0-9, -, * and ?, at most 63 characters)',
  pattern: '^[a-z0-9*?-]{1,63}$',
};

/** Reports every way in which the value is not of the shape. */
export function checkShape(shape: Shape, value: unknown, path: string, report: Report): void {
  if (shape.is === 'list' && Array.isArray(value)) checkList(shape, value, path, report);
  else if (shape.is === 'record' && isMapping(value)) checkRecord(shape.fields, value, path, report);
  else if (!fits(shape, value)) reportMismatch(shape, value, path, report);
}

function reportMismatch(shape: Shape, value: unknown, path: string, report: Report): void {
  const wanted = words(shape);
  const message =
    shape.is === 'choice' && typeof value === 'string'
      ? `invalid ${path} ${describe(value)}: must be ${wanted}`
      : `must be ${wanted}, got ${describe(value)}`;
  const remedy = remedyFor(shape, value);
  report({ path, message, ...(remedy === undefined ? {} : { remedy }) });
}

/** The shape as it stands behind "must be". */
export function words(shape: Shape): string {
  switch (shape.is) {
    case 'boolean':
      return 'true or false';
    case 'off':
      return 'false or a mapping of options';
    case 'integer':
      return integerWords(shape.min, shape.max);
    case 'choice':
      return alternatives([...shape.of.map((one) => `"${one}"`), ...(shape.or === undefined ? [] : [shape.or])]);
    case 'text':
      return shape.words;
    case 'list':
      return shape.filled === true ? 'a list that is not empty' : 'a list';
    case 'record':
      return `a mapping with ${alternatives(Object.keys(shape.fields))}`;
  }
}

function integerWords(min: number, max: number): string {
  if (max !== largest) return `a whole number from ${min} to ${max}`;
  return min === Number.MIN_SAFE_INTEGER ? 'a whole number' : `a whole number of at least ${min}`;
}

function fits(shape: Shape, value: unknown): boolean {
  switch (shape.is) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'off':
      return value === false;
    case 'integer':
      return Number.isSafeInteger(value) && Number(value) >= shape.min && Number(value) <= shape.max;
    case 'choice':
      return typeof value === 'string' && shape.of.includes(value);
    case 'text':
      return typeof value === 'string' && (shape.pattern === undefined || new RegExp(shape.pattern, 'u').test(value));
    case 'list':
    case 'record':
      return false;
  }
}

function checkList(shape: Shape & { is: 'list' }, list: readonly unknown[], path: string, report: Report): void {
  if (shape.filled === true && list.length === 0) {
    report({ path, message: `must be ${words(shape)}, got an empty one`, remedy: 'leave the key out instead' });
  }
  const seen = new Map<unknown, number>();
  // By index: a hole in a sparse array is a problem too.
  for (let index = 0; index < list.length; index += 1) {
    const element = list[index];
    const first = seen.get(element);
    if (shape.unique === true && first !== undefined) {
      report({ path: `${path}[${index}]`, message: `${describe(element)} stands at [${first}] already` });
    } else {
      seen.set(element, index);
      checkShape(shape.of, element, `${path}[${index}]`, report);
    }
  }
}

function checkRecord(
  fields: Readonly<Record<string, Shape>>,
  record: Readonly<Record<string, unknown>>,
  path: string,
  report: Report,
): void {
  let given = 0;
  for (const [name, value] of Object.entries(record)) {
    const at = `${path}.${printable(name)}`;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) report({ path: at, message: unknownKey(name, Object.keys(fields)) });
    else if (value !== undefined) {
      given += 1;
      checkShape(field, value, at, report);
    }
  }
  if (given === 0) report({ path, message: `must give ${alternatives(Object.keys(fields))}` });
}

/** The one wording for a key that nobody knows. */
export function unknownKey(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? 'unknown key' : `unknown key; the nearest known one is \`${near}\``;
}

function remedyFor(shape: Shape, value: unknown): string | undefined {
  if (shape.is === 'list' && shape.of.is === 'record' && isMapping(value)) {
    return `write a list, each entry ${words(shape.of)}`;
  }
  if (typeof value !== 'string') return undefined;
  if (shape.is === 'boolean' && /^(?:true|false|yes|no|on|off|y|n)$/i.test(value)) {
    return 'write true or false, without quotes; yes, no, on and off are texts in YAML 1.2';
  }
  if (shape.is === 'integer' && /^[+-]?\d+$/.test(value)) return 'write the number without quotes';
  if (shape.is === 'list') return 'a list, also of one element';
  return undefined;
}

function alternatives(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}
