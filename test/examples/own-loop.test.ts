import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreEvent } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, runNode, temporaryFolder } from './child-process.ts';

const quota = {
  metadata: { name: 'team-a' },
  status: { total: { hard: { cpu: '10' }, used: { cpu: '2500m' } }, namespaces: [] },
};

test('a host runs the four units in a loop of its own, each at its own pace', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  server.setClusterQuotas([quota]);
  server.addEvent(coreEvent({ reason: 'BackOff', type: 'Warning' }));
  const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
  const { code, stdout, stderr } = await runNode(['examples/own-loop.ts', '4', '1'], { env });
  assert.equal(code, 0, stderr);
  const rounds = stdout.split('\n').filter((line) => line.startsWith('round '));
  assert.deepEqual(rounds, [
    'round 1: control-plane ok',
    'round 1: openshift ok',
    'round 1: quotas ok',
    'round 1: events ok, 1 events delivered',
    'round 2: control-plane ok',
    'round 3: control-plane ok',
    'round 4: control-plane ok',
    'round 4: events ok, 0 events delivered',
  ]);
  // The host's own commit, made before the events unit makes its own.
  const lineOf = (text: string) => stdout.split('\n').findIndex((line) => line.includes(text));
  assert.ok(lineOf('gauge  openshift.clusterquota.cpu.remaining = 7.5  [clusterquota:team-a]') > 0, stdout);
  assert.ok(lineOf('gauge  openshift.clusterquota') < lineOf('Events from the Pod default/web-0'), stdout);
  assert.equal(stdout.split('Events from the Pod default/web-0').length, 2, 'the event is told once');
  const token = server.configMap({ name: 'kube-apiserver-check' })?.['data'] as Record<string, string> | undefined;
  assert.equal(token?.['event.tokenKey'], server.eventVersions.at(-1)?.resourceVersion);
});

test('a unit that fails ends neither the round nor the loop', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  server.deny(({ path }) => path === '/readyz');
  server.fail({ path: '/apis/quota.openshift.io', status: 500, times: 10 });
  const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
  const { code, stdout, stderr } = await runNode(['examples/own-loop.ts', '1'], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^round 1: control-plane failed: .*not allowed \(403\)/m);
  assert.match(stdout, /^round 1: openshift failed: .*500/m);
  assert.match(stdout, /^round 1: events ok, 0 events delivered$/m);
  assert.match(stdout, /^check {2}kube_apiserver_controlplane\.up UNKNOWN: .*\/readyz/m);
});

test('an interrupt ends the loop between two rounds, with everything committed and the token saved', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  server.addEvent(coreEvent());
  const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
  // No end of its own, and an hour between two rounds.
  const args = ['examples/own-loop.ts', 'Infinity', '3600000'];
  const { code, stdout, stderr } = await runNode(args, { env, interruptAt: 'round 1: events ok' });
  assert.equal(code, 0, stderr);
  assert.ok(!stdout.includes('round 2'), stdout);
  const token = server.configMap({ name: 'kube-apiserver-check' })?.['data'] as Record<string, string> | undefined;
  assert.equal(token?.['event.tokenKey'], server.eventVersions.at(-1)?.resourceVersion);
});
