import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreEvent } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, runNode, temporaryFolder } from './child-process.ts';

test('an operator lends its own lease: the check leads when the operator does, and touches no lease', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  server.addEvent(coreEvent({ reason: 'BackOff', type: 'Warning' }));
  const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
  const { code, stdout, stderr } = await runNode(['examples/own-lease.ts'], { env });
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    stdout.split('\n').filter((line) => /^(the check is|leader:|follower:)/.test(line)),
    [
      'the check is leader under operator-0',
      'leader: 0 events so far',
      'leader: 1 events so far',
      'the check is follower under operator-1',
      'follower: 1 events so far',
      'the check is leader under operator-0',
      'leader: 1 events so far',
    ],
  );
  assert.equal(stdout.split('Events from the Pod default/web-0').length, 2, 'the event is told once');
  assert.ok(server.requests.every(({ path }) => !path.includes('/leases')));
  const metadata = server.configMap({ name: 'kube-apiserver-check' })?.metadata as
    | { readonly annotations?: Readonly<Record<string, string>> }
    | undefined;
  const fence = JSON.parse(metadata?.annotations?.['kube-apiserver-check/fence'] ?? '{}');
  assert.equal(fence.holder, 'operator-0');
});
