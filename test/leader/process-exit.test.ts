import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { FakeApiServer } from '../../src/testing/fake-api-server/fake-api-server.ts';

const source = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

test('leading keeps no process alive', async (t) => {
  const server = await new FakeApiServer().start();
  t.after(() => server.close());
  const program = `
    import { createKubeApi } from ${source('kube/api.ts')};
    import { LeaseLeaderElector } from ${source('leader/lease.ts')};
    const api = createKubeApi({
      getCurrentCluster: () => ({ server: ${JSON.stringify(server.url)} }),
      applyToHTTPSOptions: async (options) => {
        options.headers = { Authorization: 'Bearer fake-token' };
      },
    });
    const elector = new LeaseLeaderElector({ api, namespace: 'default', identity: 'child' });
    const { role, lost } = await elector.acquire({ signal: new AbortController().signal });
    console.log(JSON.stringify({ role, lost: lost.aborted }));
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
    '{"role":"leader","lost":false}',
  );
  const lease = server.lease({ name: 'kube-apiserver-check' }) ?? assert.fail();
  assert.equal((lease['spec'] as { readonly holderIdentity?: string }).holderIdentity, 'child');
});
