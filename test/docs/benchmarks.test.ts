import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chartsFolder, renderPages } from '../../bench/page.ts';
import { keptResults } from '../../bench/result.ts';
import { loadScenario, scenarioNames } from '../../bench/scenarios.ts';
import { root } from '../examples/child-process.ts';

test('docs/benchmarks.md and its charts are what the kept results make, and there are no others', () => {
  const pages = renderPages();
  for (const [path, text] of pages) assert.equal(readFileSync(join(root, 'docs', path), 'utf8'), text, path);
  const charts = [...pages.keys()].filter((path) => path.endsWith('.svg')).map((path) => path.split('/').at(-1));
  assert.deepEqual(readdirSync(chartsFolder).sort(), charts.sort());
});

test('a result is of a scenario that there is, with the metrics and subjects that it has now', async () => {
  for (const { scenario: name, metrics, subjects } of keptResults()) {
    assert.ok(scenarioNames.includes(name), `${name}: remove its result, too`);
    const scenario = await loadScenario(name);
    assert.deepEqual(metrics, scenario.metrics, name);
    assert.deepEqual(
      subjects.map(({ subject }) => subject),
      scenario.subjects,
    );
  }
});

test('what benchmarks need is installed with the project', () => {
  const readManifest = (path: string): Readonly<Record<string, Readonly<Record<string, string>>>> =>
    JSON.parse(readFileSync(join(root, path), 'utf8'));
  const { dependencies, devDependencies } = readManifest('package.json');
  const installed = { ...dependencies, ...devDependencies };
  for (const [name, range] of Object.entries(readManifest('bench/package.json')['dependencies'] ?? {}))
    assert.equal(installed[name], range, name);
});
