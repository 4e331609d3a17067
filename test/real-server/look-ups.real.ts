import assert from 'node:assert/strict';
import { type CheckEvent, formatReport, KubeASCheck, type KubeASCheckConfig, renderRbac } from '../../src/index.ts';
import { coreEvent, RecordingSender } from '../../src/testing/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { awaitCompany, deployWeb, hastyControllers, registerNode, scheduleJob, startJob } from './cluster-life.ts';
import { runInTurn } from './in-turn.ts';
import { applyManifest, readManifest, serviceAccountConfig } from './manifest.ts';

const config: KubeASCheckConfig = {
  intervalMs: 1000,
  leader: { skip: true },
  controlPlane: false,
  quotas: false,
  clusterName: 'prod_1',
  events: {
    mode: 'watch',
    bundling: 'none',
    collectedEventTypes: ['Deployment', 'Job', 'Node', 'Pod'].map((kind) => ({ kind })),
  },
};

/** What their cloud calls them. */
const providerIds = { 'node-1': 'aws:///eu-west-1a/i-0abc1', 'node-2': 'gce://project/europe-west1-b/gke-pool-1' };
const machines = new Map([
  ['node-1', 'i-0abc1'],
  ['node-2', 'gke-pool-1'],
]);

/** In truth, not yet, and so far as anybody still knows. */
const onNoNode = [
  ['Deployment', 'ScalingReplicaSet'],
  ['Pod', 'FailedScheduling'],
  ['Pod', 'Killing'],
] as const;

interface Pod {
  readonly metadata: { readonly uid: string; readonly name: string };
  readonly spec: { readonly nodeName?: string };
}

const tagsOf = ({ tags }: CheckEvent, key: string): readonly string[] =>
  tags.filter((tag) => tag.startsWith(`${key}:`)).map((tag) => tag.slice(key.length + 1));

realServerTest(
  'pods and nodes get their host and its machine, scheduled jobs their CronJob, with the rights of the rendered manifest',
  { needs: ['kube-controller-manager', 'kube-scheduler'] },
  async (plane) => {
    await applyManifest(plane, readManifest(renderRbac(config)));
    const { kubeConfig } = await serviceAccountConfig(plane, 'kube-apiserver-check');
    const sender = new RecordingSender();
    const check = new KubeASCheck({ kubeConfig, sender, config });
    await using running = runInTurn(check);
    const about = (kind: string, reason: string): readonly CheckEvent[] =>
      sender.events.filter(({ sources: [source] }) => source.object.kind === kind && source.reason === reason);

    const controllers = await plane.startControllers({ controllerManagerFlags: hastyControllers });
    for (const [name, providerID] of Object.entries(providerIds)) await registerNode(plane, name, { providerID });
    for (const name of machines.keys()) await until(`${name} to take pods`, () => takesPods(plane, name));
    await deployWeb(plane);
    await awaitCompany(plane);
    // A pod that was without a node a moment ago: what is remembered of it must not answer for what comes later.
    await until('a pod without a node', () => about('Pod', 'FailedScheduling').length > 0);
    const company = await plane.request(ADMIN, 'POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'nobody', labels: { app: 'nobody' } },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    });
    assert.equal(company.status, 201);
    await until('it to have one', () =>
      about('Pod', 'Scheduled').some(({ sources: [{ object }] }) => object.name === 'lonely'),
    );
    await scheduleJob(plane);
    await startJob(plane, 'report-20260101');
    await until('pods and jobs to be told of', () => {
      const jobs = about('Job', 'SuccessfulCreate').map(({ sources: [{ object }] }) => object.name);
      const scheduled = about('Pod', 'Scheduled').map(({ sources: [{ object }] }) => object.name);
      return (
        about('Node', 'RegisteredNode').length === 2 &&
        about('Pod', 'FailedScheduling').length > 0 &&
        ['web-', 'nightly-', 'report-'].every((name) => scheduled.some((pod) => pod.startsWith(name))) &&
        jobs.includes('report-20260101') &&
        jobs.some((name) => name.startsWith('nightly-'))
      );
    });
    await Promise.all([controllers.controllerManager.stop(), controllers.scheduler.stop()]);
    const pods = await podsOf(plane);
    const pod = pods.find(({ spec }) => spec.nodeName !== undefined);
    assert.ok(pod);
    await tellOfPod(plane, pod.metadata, 'Pulled');
    await tellOfPod(plane, { ...pod.metadata, uid: 'of-another-pod' }, 'Killing');
    await until('both to be told', () => about('Pod', 'Pulled').length > 0 && about('Pod', 'Killing').length > 0);
    await running.stop();

    for (const event of [...about('Pod', 'Scheduled'), ...about('Pod', 'Pulled')]) {
      const [{ object }] = event.sources;
      const nodeName = pods.find(({ metadata }) => metadata.uid === object.uid)?.spec.nodeName;
      assert.ok(nodeName, 'the scheduler has bound it');
      assert.equal(event.hostname, `${nodeName}-prod-1`, object.name);
      assert.deepEqual(tagsOf(event, 'host_provider_id'), [machines.get(nodeName)], object.name);
      assert.deepEqual(tagsOf(event, 'kube_cronjob'), []);
    }
    for (const event of about('Node', 'RegisteredNode')) {
      const { name } = event.sources[0].object;
      assert.equal(event.hostname, `${name}-prod-1`);
      assert.deepEqual(tagsOf(event, 'host_provider_id'), [machines.get(name)]);
    }
    for (const event of about('Job', 'SuccessfulCreate')) {
      const { name } = event.sources[0].object;
      assert.equal(event.hostname, undefined, 'a job runs on no node');
      assert.deepEqual(tagsOf(event, 'kube_job'), [name]);
      assert.deepEqual(tagsOf(event, 'kube_cronjob'), name.startsWith('nightly-') ? ['nightly'] : []);
    }
    for (const [kind, reason] of onNoNode)
      for (const event of about(kind, reason)) {
        assert.equal(event.hostname, undefined, reason);
        assert.deepEqual(tagsOf(event, 'host_provider_id'), [], reason);
      }
    for (const report of running.reports) assert.deepEqual(report.warnings, [], formatReport(report));
    const { lookups } = check.stats();
    assert.ok(lookups);
    assert.equal(lookups.failures, 0);
    assert.equal(lookups.late, 0);
    assert.ok(lookups.misses > 0 && lookups.hits > 0, JSON.stringify(lookups));
  },
);

async function podsOf(plane: ControlPlane): Promise<readonly Pod[]> {
  const path = '/api/v1/namespaces/default/pods';
  const { status, body } = await plane.request<{ readonly items: readonly Pod[] }>(ADMIN, 'GET', path);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items;
}

/** An admission controller taints what is new; a controller takes the taint away. */
async function takesPods(plane: ControlPlane, name: string): Promise<boolean> {
  const { status, body } = await plane.request<{ readonly spec: { readonly taints?: readonly unknown[] } }>(
    ADMIN,
    'GET',
    `/api/v1/nodes/${name}`,
  );
  assert.equal(status, 200, JSON.stringify(body));
  return body.spec.taints === undefined;
}

/** Without saying where, as a component that runs on no node does. */
async function tellOfPod(plane: ControlPlane, { name, uid }: Pod['metadata'], reason: string): Promise<void> {
  const event = coreEvent({ object: { name, uid }, reason, host: '' });
  const { status, body } = await plane.request(ADMIN, 'POST', '/api/v1/namespaces/default/events', event);
  assert.equal(status, 201, JSON.stringify(body));
}
