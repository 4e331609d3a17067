/** The JSON Schema of what parseInstanceConfig accepts, made from the table of keys (a test holds the two together on generated inputs). */
import type { Key } from './key.ts';
import { names, shapeIn } from './keys.ts';
import { type ResolvedConfig, resolveConfig } from './resolve.ts';
import type { Shape } from './shape.ts';

type Schema = Readonly<Record<string, unknown>>;

let built: { readonly properties: Schema; readonly allOf: readonly Schema[] } | undefined;

/** Most hosts never look at it, so nothing is built before they do. */
const body = () => (built ??= frozen({ properties: { ...fullNames(), ...groups() }, allOf: neverBoth() }));

/** JSON Schema 2020-12 of one instance, as {@link parseInstanceConfig} accepts it: for editors, and for hosts that check files themselves. */
export const instanceConfigSchema: Schema = Object.freeze({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An instance of kube-apiserver-check',
  type: 'object',
  additionalProperties: false,
  get properties() {
    return body().properties;
  },
  get allOf() {
    return body().allOf;
  },
});

/** Every key at the top level by its full name. */
function fullNames(): Schema {
  return Object.fromEntries(filed().map(([name, key]) => [name, keySchema(key)]));
}

/** The dotted ones once more, nested. A group may be a key of its own too (`start_from`). */
function groups(): Schema {
  return Object.fromEntries([...names.file.groups].map((group) => [group, groupSchema(group)]));
}

function groupSchema(group: string): Schema {
  const inside = filed()
    .filter(([name]) => name.startsWith(`${group}.`))
    .map(([name, key]) => [name.slice(group.length + 1), keySchema(key)]);
  const nested = { type: 'object', properties: Object.fromEntries(inside), additionalProperties: false };
  const own = names.file.keys.get(group);
  if (own === undefined) return nested;
  return { ...annotations(own), anyOf: [shapeSchema(shapeIn('file', own)), { ...nested, minProperties: 1 }] };
}

/** A key is given dotted or nested; a group that is also a key stands alone. */
function neverBoth(): readonly Schema[] {
  return filed()
    .filter(([name]) => name.includes('.'))
    .map(([name]) => {
      const dot = name.lastIndexOf('.');
      const group = name.slice(0, dot);
      return {
        not: having({ [name]: {}, [group]: names.file.keys.has(group) ? {} : having({ [name.slice(dot + 1)]: {} }) }),
      };
    });
}

/** An object that has all of these. */
const having = (properties: Schema): Schema => ({ type: 'object', properties, required: Object.keys(properties) });

const filed = (): readonly (readonly [string, Key])[] => [...names.file.keys];

const keySchema = (key: Key): Schema => ({ ...annotations(key), ...shapeSchema(shapeIn('file', key)) });

function annotations(key: Key): Schema {
  const preset = defaultInFile(key);
  return { description: key.about, ...(preset === undefined ? {} : { default: preset }) };
}

function shapeSchema(shape: Shape): Schema {
  switch (shape.is) {
    case 'boolean':
      return { type: 'boolean' };
    case 'off':
      return { const: false };
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max };
    case 'choice':
      return { enum: shape.of };
    case 'text':
      return { type: 'string', ...(shape.pattern === undefined ? {} : { pattern: shape.pattern }) };
    case 'list':
      return {
        type: 'array',
        items: shapeSchema(shape.of),
        ...(shape.unique === true ? { uniqueItems: true } : {}),
        ...(shape.filled === true ? { minItems: 1 } : {}),
      };
    case 'record':
      return {
        type: 'object',
        properties: Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, shapeSchema(field)])),
        additionalProperties: false,
        minProperties: 1,
      };
  }
}

/** As a file would write it; nothing where the default is no value. */
export function defaultInFile(key: Key): unknown {
  const value = defaultInCode(key);
  return value === undefined || key.inFile === undefined ? value : key.inFile.fromConfig(value);
}

let withEvents: ResolvedConfig | undefined;

/** What the resolved configuration has where nothing was given. Events are off by default, their options have defaults all the same. */
export function defaultInCode(key: Key): unknown {
  if (key.defaultWords !== undefined) return undefined;
  if (key.config === 'events') return resolveConfig().events;
  withEvents ??= resolveConfig({ events: {} });
  return key.config.split('.').reduce<unknown>((level, part) => (level as Schema)[part], withEvents);
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
