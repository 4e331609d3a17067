import assert from 'node:assert/strict';
import { assertBooks } from '../books.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { versionOf } from '../scenarios/committed.ts';
import { realWorld } from './real-world.ts';
import { startReplica } from './replica.ts';

const leaseDurationMs = 3000;

realServerTest('two replicas, and an API server that goes away under both', {}, async (plane) => {
  const config = (identity: string) => ({
    intervalMs: 250,
    leader: { identity, leaseDurationMs },
    quotas: false as const,
    events: { mode: 'watch' as const, batchWindowMs: 0 },
  });
  await using one = startReplica(await plane.kubeConfig(ADMIN), config('one'));
  await using two = startReplica(await plane.kubeConfig(ADMIN), config('two'));
  const replicas = [one, two];
  const roles = () => replicas.map(({ reports }) => reports.at(-1)?.role);
  const committed = () =>
    replicas.flatMap(({ sender }) => sender.events.flatMap(({ sources }) => sources.map(({ id }) => id)));
  const written = new Set<string>();
  const write = async (name: string) => written.add(await writeEvent(plane, name));
  const delivered = (what: string) =>
    until(what, () => {
      const ids = new Set(committed());
      return [...written].every((id) => ids.has(id));
    });
  const oneLeads = () => roles().sort().join() === 'follower,leader';

  await until('one to lead', oneLeads);
  const leader = replicas.find(({ reports }) => reports.at(-1)?.role === 'leader');
  assert.equal(replicas.find((replica) => replica !== leader)?.reports.at(-1)?.leader, leader === one ? 'one' : 'two');
  for (let n = 0; n < 20; n++) await write(`before-${n}`);
  await delivered('the leader to deliver while the server is there');
  // What is not saved when the server goes away may come again from another leader.
  const newest = Math.max(...[...written].map(versionOf).map(Number));
  await until('the token to be saved', async () => {
    const stored = await realWorld(plane).configMapData('kube-apiserver-check');
    return stored?.['event.tokenKey'] === String(newest);
  });

  await plane.apiServer.stop();
  await until('both to know nothing of the lease', () => roles().every((role) => role === 'undecided'));
  for (const { reports, sender } of replicas) {
    const report = reports.at(-1);
    assert.deepEqual(
      report?.units.map(({ name }) => name),
      ['control-plane'],
    );
    const up = sender.serviceChecks
      .filter(({ name, tags }) => name === 'kube_apiserver_controlplane.up' && !tags)
      .at(-1);
    assert.equal(up?.status, 'critical');
    assert.match(up?.message ?? '', /refused/);
  }

  await plane.apiServer.start();
  for (let n = 0; n < 20; n++) await write(`after-${n}`);
  await until('one to lead again', oneLeads);
  await delivered('what was written after the outage to be delivered');

  const last = replicas.find(({ reports }) => reports.at(-1)?.role === 'leader');
  await last?.stop();
  for (let n = 0; n < 20; n++) await write(`handed-over-${n}`);
  await delivered('the other one to go on');
  await Promise.all(replicas.map((replica) => replica.stop()));

  const ids = committed();
  assert.equal(new Set(ids).size, ids.length, 'nothing twice over both');
  for (const { reports } of replicas)
    for (const [index, report] of reports.entries()) assertBooks(report, reports[index - 1]);
});

async function writeEvent(plane: ControlPlane, name: string): Promise<string> {
  const { status, body } = await plane.request<{
    readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  }>(ADMIN, 'POST', '/api/v1/namespaces/default/events', {
    metadata: { name },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web-0' },
    reason: 'BackOff',
    message: name,
    type: 'Warning',
  });
  assert.equal(status, 201);
  return `${body.metadata.uid}:${body.metadata.resourceVersion}`;
}
