import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPages } from '../../bench/page.ts';
import { resultOf } from '../../bench/result.ts';
import { rowsOf, textTable } from '../../bench/table.ts';
import { exampleScenario } from './example.ts';

const result = resultOf(exampleScenario(), {
  input: { events: 140_000, kubernetesVersion: 'v1' },
  rounds: new Map([
    ['ours', [{ cpu: 8 }, { cpu: 10 }, { cpu: 12 }]],
    [
      'peer',
      [
        { cpu: 20, memory: 1 / 3 },
        { cpu: 20, memory: 1 / 3 },
        { cpu: 20, memory: 1 / 3 },
      ],
    ],
  ]),
});

test('a table has the main metric beside how much more it is than ours', () => {
  assert.deepEqual(rowsOf(result), [
    ['', 'CPU, µs', '× ours', 'memory, MB'],
    ['ours', '10 (8–12)', '1', '–'],
    ['peer', '20', '2', '0.33'],
  ]);
  assert.equal(textTable(rowsOf(result)).split('\n')[2], 'peer          20        2         0.33');
});

test('the page says what was measured on, and shows a chart of the main metric', () => {
  const pages = renderPages([result]);
  const page = pages.get('benchmarks.md') ?? '';
  for (const part of [
    '![An <example>: CPU](benchmarks/example.svg)',
    'events 140,000, kubernetes version v1',
    '3 rounds',
  ])
    assert.ok(page.includes(part), `${part} is missing in\n${page}`);
  assert.deepEqual([...pages.keys()], ['benchmarks.md', 'benchmarks/example.svg']);
});

test('a chart has a bar as long as each median, and its figures in words', () => {
  const chart = renderPages([result]).get('benchmarks/example.svg') ?? '';
  const bars = [...chart.matchAll(/<rect class="(\w+)" [^>]*width="(\d+)"/g)].map(([, kind, length]) => [kind, length]);
  assert.deepEqual(bars, [
    ['ours', '195'],
    ['peer', '390'],
  ]);
  assert.ok(chart.includes('<title id="title">An &lt;example&gt;: CPU, µs</title>'));
  assert.ok(chart.includes('ours: 10 (8–12); peer: 20'));
});

test('a scenario without a main metric has a table and no chart', () => {
  const metrics = result.metrics.map(({ isMain: _, ...metric }) => metric);
  const pages = renderPages([{ ...result, metrics }]);
  assert.deepEqual([...pages.keys()], ['benchmarks.md']);
  assert.ok(!pages.get('benchmarks.md')?.includes('× ours'));
});
