import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CheckEvent } from '../../src/index.ts';
import { coreEvent } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, root, runNode, temporaryFolder } from './child-process.ts';

test('each run appends what is new to the file, and the place is kept beside it', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  // The right to read events is all that is needed.
  server.allowOnly([{ verbs: ['list', 'watch'], group: '', resource: 'events' }]);
  const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
  const run = () => runNode([join(root, 'examples/file-token.ts'), folder], { env });
  const event = (n: number) => coreEvent({ object: { name: `web-${n}` }, reason: 'BackOff', type: 'Warning' });

  for (const [from, to] of [
    [0, 2],
    [2, 5],
    [5, 5],
  ] as const) {
    for (let n = from; n < to; n += 1) server.addEvent(event(n));
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`delivered ${to - from} `));
  }

  const lines = (await readFile(join(folder, 'events.jsonl'), 'utf8')).trimEnd().split('\n');
  const told = lines.flatMap((line) => {
    const record: CheckEvent & { readonly type: string } = JSON.parse(line);
    return record.type === 'event' ? record : [];
  });
  assert.deepEqual(
    told.flatMap(({ sources }) => sources.map(({ id }) => id)),
    server.eventVersions.map(({ id }) => id),
  );
  const tokens = JSON.parse(await readFile(join(folder, 'token.json'), 'utf8'));
  assert.equal(tokens.event.resourceVersion, server.eventVersions.at(-1)?.resourceVersion);
  assert.deepEqual([...new Set(server.requests.map(({ method }) => method))], ['GET']);
});
