import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { pagePath, renderConfigDocs } from '../../scripts/render-config-docs.ts';
import { keys } from '../../src/config/keys.ts';

test('docs/configuration.md is what the table of keys makes of it', async () => {
  assert.equal(await readFile(pagePath, 'utf8'), renderConfigDocs());
});

test('the page has one row for each key, with its two names', () => {
  const page = renderConfigDocs();
  for (const { file, config } of keys) {
    const start = `| ${file === undefined ? '–' : `\`${file}\``} | \`${config}\` |`;
    assert.equal(page.split(start).length, 2, start);
  }
  assert.ok(!page.includes('undefined'));
});
