import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { names } from '../../src/config/keys.ts';
import { type ResolvedConfig, resolveConfig } from '../../src/config/resolve.ts';
import { resolveEventOptions } from '../../src/events/resolve-options.ts';

/** Each documented option of a host: its place, its doc comment, and what it resolves to where nothing is given. */
interface Documented {
  readonly path: string;
  readonly doc: string;
}

const files = [
  ['', 'config/config.ts'],
  ['leader.', 'leader/options.ts'],
  ['controlPlane.', 'control-plane/options.ts'],
  ['quotas.', 'openshift/options.ts'],
  ['events.', 'events/options.ts'],
] as const;

async function documentedOptions(): Promise<readonly Documented[]> {
  const found: Documented[] = [];
  for (const [unit, file] of files) {
    const source = await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    const [options = ''] = source.split('/** An entry of `collected_event_types`');
    for (const [, doc = '', name = ''] of options.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*readonly (\w+)\?:/gs)) {
      found.push({ path: unit + name, doc: doc.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim() });
    }
  }
  return found;
}

const options = await documentedOptions();
const byDefault = resolveConfig({ events: {} });

/** What documentation says in words. */
const inWords = new Map<string, unknown>([
  ['intervalMs', byDefault.intervalMs],
  ["the service account's, else `default`", undefined],
  ['host name, `_`, UUID', undefined],
  ['the whole cluster', undefined],
  ['0, bundled 1000', 1000],
  ['all three; with `namespaces` no nodes, which are in none', ['pods', 'nodes', 'jobs']],
]);

function documentedDefault(text: string): unknown {
  if (inWords.has(text)) return inWords.get(text);
  const [literal] = /^(?:'[^']*'|\d+|true|false|\[\]|\{\})(?= \(|$)/.exec(text) ?? [];
  assert.ok(literal !== undefined, `not understood: ${text}`);
  return JSON.parse(literal.replaceAll("'", '"'));
}

function resolved(path: string): unknown {
  const config: ResolvedConfig = path === 'events' ? resolveConfig() : byDefault;
  return path.split('.').reduce<unknown>((level, part) => (level as Record<string, unknown>)[part], config);
}

test('the options are found where they are documented', () => {
  assert.equal(options.length, 10 + 5 + 2 + 1 + 25);
});

for (const { path, doc } of options) {
  const [, text] = /@defaultValue (.*)$/.exec(doc) ?? [];
  if (text === undefined) continue;
  test(`the documented default of ${path} is the resolved one: ${text}`, () => {
    const documented = documentedDefault(text);
    // A unit that is on by default is documented as `{}`: its options have documentation of their own.
    if (typeof documented === 'object' && !Array.isArray(documented)) assert.equal(typeof resolved(path), 'object');
    else assert.deepEqual(resolved(path), documented);
  });
}

test('every option of a host is in the table of keys, under the file keys that its documentation names', () => {
  for (const { path, doc } of options) {
    assert.ok(path === 'leader' || names.config.keys.has(path), path);
    const [named = ''] = /^(?:`[\w.]+`(?:, )?)+/.exec(doc) ?? [];
    for (const [, file = ''] of named.matchAll(/`([\w.]+)`/g)) {
      assert.equal(names.file.keys.get(file)?.config, path, file);
    }
    if (names.config.keys.get(path)?.file !== undefined) assert.notEqual(named, '', path);
  }
});

test('a run may take as long as the interval, unless it is told otherwise', () => {
  assert.equal(resolveConfig({ intervalMs: 4000 }).runBudgetMs, 4000);
  assert.equal(resolveConfig({ intervalMs: 4000, runBudgetMs: 5 }).runBudgetMs, 5);
});

test('what is bundled waits for its like, what is not is sent at once', () => {
  const windows = (['all', 'unspecified', 'none'] as const).map(
    (bundling) => resolveEventOptions({ bundling }).batchWindowMs,
  );
  assert.deepEqual(windows, [1000, 1000, 0]);
  assert.equal(resolveEventOptions({ batchWindowMs: 7 }).batchWindowMs, 7);
});

test('nodes, which are in no namespace, are not looked up with rights that end at namespaces', () => {
  assert.deepEqual(resolveEventOptions({ namespaces: ['a'] }).lookUp, ['pods', 'jobs']);
  assert.deepEqual(resolveEventOptions({ namespaces: ['a'], lookUp: ['nodes'] }).lookUp, ['nodes']);
});

test('neither a commit nor a page is larger than the buffer', () => {
  const { bufferSize, maxPerCommit, pageSize } = resolveEventOptions({ bufferSize: 100, maxPerCommit: 5000 });
  assert.deepEqual({ bufferSize, maxPerCommit, pageSize }, { bufferSize: 100, maxPerCommit: 100, pageSize: 100 });
  assert.equal(resolveEventOptions({ maxPerCommit: 5000 }).maxPerCommit, 5000);
});

test('a unit that is left out stays out', () => {
  const { controlPlane, quotas, events } = resolveConfig({ controlPlane: false, quotas: false, events: false });
  assert.deepEqual([controlPlane, quotas, events], [false, false, false]);
});

test('what is given is kept, and nothing is shared with it', () => {
  const events = {
    mode: 'watch',
    startFrom: { agoMs: 5 },
    namespaces: ['a'],
    excludeNamespaces: ['b'],
    filteredEventTypes: ['c'],
    collectedEventTypes: [{ kind: 'Pod', reasons: ['d'] }, { source: 'e' }],
    query: 'true',
  } as const;
  const tags = ['a:b'];
  const config = resolveConfig({ tags, events });
  assert.deepEqual(config, { ...config, tags, events: { ...(config.events || {}), ...events } });
  const given = new Set<unknown>([
    tags,
    ...Object.values(events),
    ...events.collectedEventTypes,
    events.collectedEventTypes[0].reasons,
  ]);
  for (const part of objectsIn(config)) assert.ok(!given.has(part), JSON.stringify(part));
});

function objectsIn(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}
