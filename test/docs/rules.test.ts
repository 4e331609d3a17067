/** Rules of CONTRIBUTING.md and docs/architecture.md that no linter here knows. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { keptResults } from '../../bench/result.ts';
import { ruleNames } from '../../src/events/select/rule-names.ts';
import { renderRbac } from '../../src/index.ts';
import { root } from '../examples/child-process.ts';
import { rowsBelow } from './markdown.ts';
import { pageAt } from './pages.ts';

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

/** Outside of comments. */
const ambient =
  /\b(?:Date\.now|performance\.now|Math\.random|setTimeout|setInterval|AbortSignal\.timeout)\b|\bnew Date\(\)/;

test('time, timers and chance come from src/clock.ts alone', () => {
  const found = sources.filter((name) => ambient.test(withoutComments(readFileSync(join(root, 'src', name), 'utf8'))));
  assert.deepEqual(found, ['clock.ts']);
});

test('deploy/rbac.yaml is what the units say they need', () => {
  assert.equal(pageAt('deploy/rbac.yaml').text, renderRbac({ controlPlane: {}, quotas: {}, events: {} }));
});

test('docs/events.md has the rules that an event may meet, each as the code words it', () => {
  const rows = rowsBelow(pageAt('docs/events.md').text, 'Which events');
  assert.deepEqual(
    Object.fromEntries(rows.map(([name = '', meaning = '']) => [name.replaceAll('`', ''), meaning])),
    ruleNames,
  );
});

test('docs/events.md has the figures that the benchmark has written', () => {
  const transform = keptResults().find(({ scenario }) => scenario === 'transform');
  const figures = transform?.subjects.map(({ subject, figures: { cpuUsPerEvent } }) => [
    subject,
    ...[cpuUsPerEvent?.min, cpuUsPerEvent?.median, cpuUsPerEvent?.max].map((figure) => figure?.toFixed(2)),
  ]);
  assert.deepEqual(rowsBelow(pageAt('docs/events.md').text, 'What it costs'), figures);
});

const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
