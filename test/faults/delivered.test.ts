import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { markOf, readDeliveries } from './delivered.ts';

function fileOf(t: { after(done: () => void): void }, lines: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-delivered-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'a.jsonl');
  writeFileSync(path, lines.join('\n'));
  return path;
}

const mark = (process: string, atMs: number) => JSON.stringify({ type: 'gauge', ...markOf(process, atMs) });
const event = (...ids: readonly string[]) => JSON.stringify({ type: 'event', sources: ids.map((id) => ({ id })) });

test('each event is of the process and the time of the mark before it, one for each of its sources', (t) => {
  const path = fileOf(t, [mark('a1', 5), event('x:1', 'y:2'), event('z:3'), mark('a2', 9), event('x:4'), '']);
  assert.deepEqual(readDeliveries(path), [
    { id: 'x:1', process: 'a1', atMs: 5 },
    { id: 'y:2', process: 'a1', atMs: 5 },
    { id: 'z:3', process: 'a1', atMs: 5 },
    { id: 'x:4', process: 'a2', atMs: 9 },
  ]);
});

test('a torn last line counts for nothing, and neither does a file that was never made', (t) => {
  const path = fileOf(t, [mark('a1', 5), event('x:1'), event('y:2').slice(0, -9)]);
  assert.deepEqual(readDeliveries(path), [{ id: 'x:1', process: 'a1', atMs: 5 }]);
  assert.deepEqual(readDeliveries(`${path}.other`), []);
});

test('an event that no batch is known of is refused', (t) => {
  const path = fileOf(t, [event('x:1'), '']);
  assert.throws(() => readDeliveries(path), /before the first mark/);
});
