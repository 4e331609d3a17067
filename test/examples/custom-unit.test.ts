import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespacePhases } from '../../examples/custom-unit.ts';
import { createUnitContext } from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, runNode, temporaryFolder } from './child-process.ts';

test('a unit of the host runs beside those of the library, and its gauges are committed', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  server.addNamespace('shop');
  const { code, stdout, stderr } = await runNode(['examples/custom-unit.ts'], {
    env: { KUBECONFIG: await kubeconfigFile(folder, server) },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^gauge {2}kube_namespaces\.count = 5 {2}\[phase:Active\]$/m);
  assert.match(stdout, /^gauge {2}kube_namespaces\.count = 0 {2}\[phase:Terminating\]$/m);
  const units = [...stdout.matchAll(/^ {2}([a-z-]+): (ok|skipped|failed)/gm)].map(([, name, status]) => [name, status]);
  assert.deepEqual(units, [
    ['openshift', 'ok'],
    ['control-plane', 'ok'],
    ['quotas', 'skipped'],
    ['namespace-phases', 'ok'],
  ]);
});

test('it needs the rights that it says, and fails without them', async (t) => {
  const server = await fakeCluster(t);
  const unit = namespacePhases();
  const sender = new RecordingSender();
  const context = createUnitContext({ sender, kubeConfig: server.kubeConfig() });
  const allow = server.allowOnly(unit.permissions ?? []);
  assert.equal(await unit.run(context), undefined);
  allow();
  server.allowOnly([]);
  await assert.rejects(unit.run(context), { code: 'API_DENIED' });
});

test('it reads a long list page by page, and counts all of it or nothing', async (t) => {
  const server = await fakeCluster(t);
  for (let n = 0; n < 600; n += 1) server.addNamespace(`team-${n}`);
  const sender = new RecordingSender();
  const context = createUnitContext({ sender, kubeConfig: server.kubeConfig() });
  await namespacePhases().run(context);
  await context.sender.commit({ signal: context.signal });
  const active = sender.gauges.find(({ tags }) => tags?.includes('phase:Active'));
  assert.equal(active?.value, 604);
  assert.equal(server.requests.filter(({ path }) => path === '/api/v1/namespaces').length, 2);
});
