import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes } from '../../src/errors.ts';
import { rowsBelow } from './markdown.ts';
import { pageAt } from './pages.ts';

test('docs/errors.md has one row for each error code, in the order of the code, and no other', () => {
  const rows = rowsBelow(pageAt('docs/errors.md').text, 'Error codes');
  assert.deepEqual(
    rows.map(([code]) => code),
    Object.keys(errorCodes).map((code) => `\`${code}\``),
  );
  for (const row of rows) assert.ok(row.length === 4 && row.every((cell) => cell !== ''), row.join(' | '));
});
