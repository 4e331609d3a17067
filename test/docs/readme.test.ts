/** What the README lists from the code, it lists whole. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultUnits } from '../../src/index.ts';
import { root } from '../examples/child-process.ts';
import { linksOf } from './markdown.ts';
import { pageAt, pages } from './pages.ts';

const { text } = pageAt('README.md');
const manifest = JSON.parse(pageAt('package.json').text) as {
  readonly exports: Readonly<Record<string, { readonly 'kasc-source': string } | string>>;
  readonly engines: { readonly node: string };
  readonly license: string;
};

const namesBetween = (before: string, after: string): readonly string[] => {
  const [, names] = new RegExp(`${before}([^.]*?)${after}`).exec(text) ?? [];
  assert.ok(names, `the README has "${before} … ${after}"`);
  return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
};

const scriptsIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'));

test('the units of a check', () => {
  assert.deepEqual(
    namesBetween('The units', 'also run'),
    defaultUnits({ events: {} }).map(({ name }) => name),
  );
});

test('the signals of a check', () => {
  const [, members = ''] = /^export interface CheckSignals \{\n([\s\S]*?)^\}/m.exec(pageAt('src/check.ts').text) ?? [];
  const signals = [...members.matchAll(/^ {2}(\w+): \(/gm)].map(([, name = '']) => name);
  assert.deepEqual(namesBetween('The signals', 'tell'), signals);
});

test('the senders, each at the entry point that package.json gives it', () => {
  const source = manifest.exports['./senders/*'];
  assert.ok(typeof source === 'object' && source['kasc-source'] === './src/senders/*.ts');
  const listed = new Set(
    [...text.matchAll(/`kube-apiserver-check\/senders\/([a-z-]+)`/g)].map(([, name]) => `${name}.ts`),
  );
  assert.deepEqual([...listed].sort(), [...scriptsIn('src/senders')].sort());
});

test('the examples', () => {
  const linked = linksOf(text).flatMap(({ target }) => /^examples\/(.+)$/.exec(target)?.[1] ?? []);
  assert.deepEqual(linked.sort(), [...scriptsIn('examples')].sort());
});

test('the Node version and the licence', () => {
  const least = manifest.engines.node.replace('>=', '');
  assert.ok(text.includes(`Node ${least} or newer`));
  assert.ok(text.includes(`[${manifest.license}](LICENSE)`));
});

test('no page names an entry point that there is not', () => {
  for (const page of pages) {
    for (const [name, path = ''] of page.text.matchAll(/\bkube-apiserver-check\/((?:testing|senders\/)[a-z/-]*)/g)) {
      if (path === 'senders/') continue;
      const known = path === 'testing' || scriptsIn('src/senders').includes(`${path.replace('senders/', '')}.ts`);
      assert.ok(known, `${page.path}: ${name}`);
    }
  }
});
