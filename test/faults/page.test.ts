import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keptResults, pagePath, renderPage } from './page.ts';
import type { Result } from './result.ts';

const result: Result = {
  ...{ subject: 'kube-apiserver-check', date: '2026-01-02', seed: 7, machine: '2 × a CPU', versions: 'Kubernetes v1' },
  ...{ written: 100, delivered: 110, lost: 0, skipped: 5, unexcused: 1, unknown: 0, tokenBack: 0, problems: 0 },
  faults: { killed: 2, paused: 1 },
  repeated: { 'kill -9': 14 },
  gaps: { expired: 1 },
  ...{ cpuMs: 2345, wallMs: 60_000 },
};

test('the page has the figures of the run, and how to repeat it', () => {
  const page = renderPage([result], []);
  for (const part of [
    '`npm run faults -- --seed 7`, 2026-01-02; 2 × a CPU',
    '3: killed 2, paused 1',
    'kill -9 14',
    '2.3 s',
  ])
    assert.ok(page.includes(part), `${part} is missing in\n${page}`);
});

test('beside others each has one row, with all its repetitions', () => {
  const page = renderPage([], [result, { ...result, subject: 'list-watch', repeated: {}, unexcused: 30 }]);
  assert.ok(page.includes('`npm run faults -- --compare --seed 7`'));
  assert.ok(page.includes('| kube-apiserver-check | 100 | 3 | 110 | 0 | 5 | 15 | 2345 |'), page);
  assert.ok(page.includes('| list-watch | 100 | 3 | 110 | 0 | 5 | 30 | 2345 |'), page);
});

test('docs/fault-run.md is what the kept results make, and there is none without them', () => {
  const { ours, compared } = keptResults();
  const made = ours.length + compared.length > 0 ? renderPage(ours, compared) : undefined;
  assert.equal(existsSync(pagePath) ? readFileSync(pagePath, 'utf8') : undefined, made);
});
