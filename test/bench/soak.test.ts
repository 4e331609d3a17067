/** The short form of `npm run soak`: by rounds, not by time. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, runNode } from '../examples/child-process.ts';

test('200 rounds, busy and idle, in watch mode and in poll mode, grow neither heap nor handles nor connections', async () => {
  const { code, stdout, stderr } = await runNode(['--expose-gc', join(root, 'bench/soak.ts'), '--rounds', '200']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
  assert.match(stdout, /^200 rounds, each event committed once/m);
});
