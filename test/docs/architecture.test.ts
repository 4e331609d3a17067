import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../examples/child-process.ts';
import { rowsBelow } from './markdown.ts';
import { pageAt } from './pages.ts';
import { stateTable } from './state-table.ts';

const { text } = pageAt('docs/architecture.md');

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
  readonly to: { readonly path?: string };
}

const codeIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** However wide a formatter makes the cells of a table. */
const withoutPadding = (page: string): string =>
  page
    .replace(/(?<=\|) {2,}| {2,}(?=\|)/g, ' ')
    .replace(/-{3,}/g, '---')
    .replace(/\b_(\w+)_\b/g, '*$1*');

test('the layers of the page are those that the import boundaries are checked by', () => {
  const { forbidden } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
    readonly forbidden: readonly Rule[];
  };
  const layers = forbidden.flatMap(({ name, from, to }) => {
    if (name === 'nobody-imports-the-edge') return [{ number: '6', path: new RegExp(to.path ?? '') }];
    const [, number] = /^(\d)-[a-z]+-imports-nothing-above$/.exec(name) ?? [];
    return number === undefined ? [] : [{ number, path: new RegExp(from.path ?? '') }];
  });
  assert.deepEqual(layers.map(({ number }) => number).sort(), ['0', '1', '2', '3', '4', '5', '6']);
  const entries = readdirSync(join(root, 'src'), { withFileTypes: true });
  const inCode = entries.map((entry) => {
    const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
    return `${layers.find(({ path }) => path.test(`src/${name}`))?.number ?? '?'} ${name}`;
  });
  const onPage = rowsBelow(text, 'Layers').flatMap(([layer = '', names = '']) =>
    codeIn(names).map((name) => `${layer[0]} ${name}`),
  );
  assert.deepEqual([...onPage].sort(), inCode.sort());
});

test('the transitions of the page are those of the state machine', () => {
  const table = stateTable();
  assert.ok(withoutPadding(text).includes(`\n\n${table}\n\n`), `the page is to have this table:\n${table}`);
});

test('every file that the page names is there', () => {
  const { scripts } = JSON.parse(pageAt('package.json').text) as { readonly scripts: object };
  const named = [
    ...codeIn(text),
    ...text.split('\n').flatMap((line) => line.match(/\b[a-z-]+\/[a-z/-]*(?:\.ts)?(?=\s|$)/g) ?? []),
  ]
    .filter((name) => /^[\w./-]+(?:\.(?:ts|cjs|json|yaml)|\/)$/.test(name))
    .filter((name) => !(name in scripts));
  assert.ok(named.length > 40, `only ${named.length} names are found`);
  const missing = named.filter((name) => !existsSync(join(root, name)) && !existsSync(join(root, 'src', name)));
  assert.deepEqual(missing, []);
});
