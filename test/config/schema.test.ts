import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { ConfigIssue } from '../../src/config/issue.ts';
import { keys, shapeIn } from '../../src/config/keys.ts';
import { parseInstanceConfig } from '../../src/config/parse.ts';
import { instanceConfigSchema } from '../../src/config/schema.ts';
import type { Shape } from '../../src/config/shape.ts';
import { validateConfig } from '../../src/config/validate.ts';
import { isKubeCheckError } from '../../src/errors.ts';
import { everything, readInstances, refusedInstances } from './instances.ts';

const fitsSchema = new Ajv2020({ strict: true, strictTypes: true }).compile(instanceConfigSchema);

/** Whether a text is a query or a selector is nothing that a schema can say: there it says of what shape it is. */
const isOfShape = ({ path, message }: ConfigIssue): boolean =>
  message.startsWith('must be') || !/(?:event_query|filtered_event_types\[\d+\])$/.test(path);

function isRead(input: unknown): boolean {
  try {
    validateConfig(parseInstanceConfig(input));
    return true;
  } catch (error) {
    if (isKubeCheckError(error, 'CONFIG_INVALID'))
      return !(error.details['issues'] as readonly ConfigIssue[]).some(isOfShape);
    throw error;
  }
}

const anyString = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'a',
    'a-b',
    'a-',
    '-a',
    'A',
    'a.b',
    'a..b',
    'a:b',
    ':b',
    'a:',
    'a b:c',
    'é:x',
    'true',
    '5',
    'now',
    'poll',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.integer({ min: 60, max: 66 }).map((length) => 'a'.repeat(length)),
  fc.integer({ min: 250, max: 256 }).map((length) => 'b'.repeat(length)),
);
const anyNumber = fc.oneof(
  fc.constantFrom(
    -1,
    -0,
    0,
    1,
    0.5,
    2_147_483,
    2_147_484,
    2 ** 31 - 1,
    2 ** 31,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    -(2 ** 53),
    1e300,
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const anything = fc.oneof(
  anyString,
  anyNumber,
  fc.boolean(),
  fc.constant(null),
  fc.array(anyString, { maxLength: 3 }),
  fc.object({ maxDepth: 1 }),
);

function fitting(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.is) {
    case 'boolean':
      return fc.boolean();
    case 'off':
      return fc.constant(false);
    case 'integer':
      return fc.integer({ min: Math.max(shape.min, -(2 ** 31)), max: Math.min(shape.max, 2 ** 31 - 1) });
    case 'choice':
      return fc.constantFrom(...shape.of);
    case 'text':
      return fc
        .constantFrom('a', 'a1', 'env:prod', 'kube-system', 'x.y')
        .filter((text) => new RegExp(shape.pattern ?? '', 'u').test(text));
    case 'list':
      return fc.uniqueArray(fitting(shape.of), { minLength: 1, maxLength: 3 });
    case 'record':
      return fc.record(Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, fitting(field)])));
  }
}

/** Values near the shape: of the right kind, with wrong elements or parts. */
function near(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.is === 'list') return fc.array(fc.oneof(fitting(shape.of), near(shape.of)), { maxLength: 3 });
  if (shape.is === 'integer') return anyNumber;
  if (shape.is !== 'record') return anyString;
  const parts = Object.entries(shape.fields).map(([name, field]) => [name, fc.oneof(fitting(field), near(field))]);
  return fc.record({ ...Object.fromEntries(parts), reason: fc.constant('x') }, { requiredKeys: [] });
}

const inFiles = keys.flatMap((key) =>
  key.file === undefined ? [] : [{ name: key.file, shape: shapeIn('file', key) }],
);

/** One way to write a key: dotted, or nested in its group. */
const written = (name: string, value: unknown, nested: boolean): [string, unknown] => {
  const dot = name.indexOf('.');
  return nested && dot !== -1 ? [name.slice(0, dot), { [name.slice(dot + 1)]: value }] : [name, value];
};

const entry = (valueFor: (shape: Shape) => fc.Arbitrary<unknown>) =>
  fc
    .constantFrom(...inFiles)
    .chain(({ name, shape }) =>
      fc.tuple(valueFor(shape), fc.boolean()).map(([value, nested]) => written(name, value, nested)),
    );

const wellFormed = fc.array(entry(fitting), { maxLength: 12 }).map((entries) => Object.fromEntries(entries));

const strangeName = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'events',
    'instances',
    'cluster_agent',
    'start_from',
    'cluster_agent.x',
    '',
  ),
  anyString,
);
const brokenEntry = fc.oneof(
  entry(near),
  entry(() => anything),
  fc.tuple(strangeName, anything),
);
const broken = fc
  .tuple(fc.array(entry(fitting), { maxLength: 5 }), fc.array(brokenEntry, { minLength: 1, maxLength: 3 }))
  // As JSON.parse makes it: `__proto__` is a key like any other.
  .map(([good, bad]) =>
    JSON.parse(`{${[...good, ...bad].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`),
  );

test('what fits every shape is accepted by the parser and by the schema, unless a key is said twice', () => {
  let accepted = 0;
  fc.assert(
    fc.property(wellFormed, (input) => {
      const twice = 'start_from' in input && 'start_from.ago_ms' in input;
      const dottedAndNested = Object.keys(input).some(
        (name) => name.includes('.') && name.slice(0, name.indexOf('.')) in input,
      );
      assert.equal(fitsSchema(input), !(twice || dottedAndNested), JSON.stringify(fitsSchema.errors));
      assert.equal(isRead(input), !(twice || dottedAndNested));
      accepted += isRead(input) ? 1 : 0;
    }),
    { numRuns: 500 },
  );
  assert.ok(accepted > 100, `${accepted}`);
});

test('the parser and the schema agree on whatever else a file may hold', () => {
  fc.assert(
    fc.property(broken, (input) => {
      assert.equal(fitsSchema(input), isRead(input), JSON.stringify(fitsSchema.errors));
    }),
    { numRuns: 3000 },
  );
});

test('the parser and the schema agree on each key alone, for every kind of value', () => {
  for (const { name, shape } of inFiles) {
    for (const value of fc.sample(fc.oneof(fitting(shape), near(shape), anything), 60)) {
      const input = JSON.parse(JSON.stringify({ [name]: value }));
      assert.equal(fitsSchema(input), isRead(input), JSON.stringify(input));
    }
  }
});

/** As a file would hold it; values that no file can hold are left out. */
const inAFile = (input: unknown) =>
  input !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(input, noBigInt)), input);
const noBigInt = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);

test('the schema accepts what the parser is known to read, and nothing that it is known to refuse', () => {
  for (const [behaviour, input] of readInstances.filter(([, input]) => inAFile(input))) {
    assert.ok(fitsSchema(input), `${behaviour}: ${JSON.stringify(fitsSchema.errors)}`);
  }
  const refused = refusedInstances.filter(([, input]) => inAFile(input));
  assert.ok(refused.length > 40, `${refused.length}`);
  for (const [behaviour, input] of refused) assert.equal(fitsSchema(input), false, behaviour);
  assert.ok(fitsSchema(everything));
});

test('what is no mapping fits neither', () => {
  for (const input of [null, 5, 'x', true, [], [{}]]) {
    assert.equal(fitsSchema(input), false);
    assert.equal(isRead(input), false);
  }
});

test('the schema is plain data that nobody can change, with defaults and a description for each key', () => {
  assert.equal(instanceConfigSchema['$schema'], 'https://json-schema.org/draft/2020-12/schema');
  const properties = instanceConfigSchema['properties'] as Record<string, Record<string, unknown>>;
  assert.deepEqual(JSON.parse(JSON.stringify(instanceConfigSchema)).properties, properties);
  assert.equal(instanceConfigSchema['properties'], properties);
  for (const { name } of inFiles) assert.ok(String(properties[name]?.['description']).length > 10, name);
  assert.equal(properties['min_collection_interval']?.['default'], 15);
  assert.equal(properties['collect_events']?.['default'], false);
  assert.equal(properties['collect_openshift_clusterquotas']?.['default'], true);
  assert.equal(properties['bundle_unspecified_events']?.['default'], false);
  assert.ok(Object.isFrozen(instanceConfigSchema) && Object.isFrozen(properties['tags']?.['items']));
});

test('a file that spells out every default is accepted', () => {
  const properties = instanceConfigSchema['properties'] as Record<string, Record<string, unknown>>;
  const defaults = Object.entries(properties).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value]],
  );
  assert.ok(defaults.length > 25);
  const input = Object.fromEntries(defaults);
  assert.ok(fitsSchema(input), JSON.stringify(fitsSchema.errors));
  assert.ok(isRead(input));
});
