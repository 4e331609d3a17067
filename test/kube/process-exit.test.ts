import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { json, serve } from './server.ts';

test('kept connections keep no process alive', async (t) => {
  const server = await serve(t, json(200, { asked: true }));
  const program = `
    import { createKubeApi } from ${JSON.stringify(new URL('../../src/kube/api.ts', import.meta.url).href)};
    const api = createKubeApi({
      getCurrentCluster: () => ({ server: ${JSON.stringify(server.url)} }),
      applyToHTTPSOptions: async () => undefined,
    });
    const signal = new AbortController().signal;
    const ask = () => api.json({ path: '/', signal });
    console.log(JSON.stringify(await Promise.all([ask(), ask(), ask()])));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const output = Array.fromAsync(child.stdout);
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.equal(
    Buffer.concat(await output)
      .toString()
      .trim(),
    JSON.stringify(Array(3).fill({ asked: true })),
  );
  assert.ok(server.connections > 0);
});
