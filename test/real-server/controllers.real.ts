import assert from 'node:assert/strict';
import { formatReport, type KubeASCheckConfig, renderRbac } from '../../src/index.ts';
import { assertBooks } from '../books.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import {
  awaitCompany,
  deployWeb,
  hastyControllers,
  moveNode,
  registerNode,
  sayAlive,
  scheduleJob,
} from './cluster-life.ts';
import { factsOf, idOf, isNewStyle, listEvents, recordEvents } from './event-record.ts';
import { applyManifest, readManifest, serviceAccountConfig } from './manifest.ts';
import { type Replica, startReplica } from './replica.ts';

/** Of a Service a starting API server may tell. */
const kinds = ['CronJob', 'Deployment', 'HorizontalPodAutoscaler', 'Job', 'Node', 'Pod', 'ReplicaSet', 'Service'];

/** Everything, as it comes. */
const events = { mode: 'watch', bundling: 'none', collectedEventTypes: kinds.map((kind) => ({ kind })) } as const;

const configOf = (identity: string): KubeASCheckConfig => ({
  intervalMs: 1000,
  // Long enough that only a hand-over changes the leader, however busy the machine is.
  leader: { identity, leaseDurationMs: 15_000 },
  controlPlane: false,
  quotas: false,
  events,
});

/** What, why, and who tells it. */
const toldAtOnce = [
  'Deployment ScalingReplicaSet deployment-controller',
  'ReplicaSet SuccessfulCreate replicaset-controller',
  'Pod FailedScheduling default-scheduler',
  'HorizontalPodAutoscaler FailedGetResourceMetric horizontal-pod-autoscaler',
];
const toldInTheEnd = [
  'CronJob SuccessfulCreate cronjob-controller',
  'Job SuccessfulCreate job-controller',
  'HorizontalPodAutoscaler FailedComputeMetricsReplicas horizontal-pod-autoscaler',
  'Node RegisteredNode node-controller',
  'Pod Scheduled default-scheduler',
  'Node NodeNotReady node-controller',
  'Pod TaintManagerEviction taint-eviction-controller',
];

const isLeader = ({ reports }: Replica): boolean => reports.at(-1)?.role === 'leader';

const options = { needs: ['kube-controller-manager', 'kube-scheduler'] } as const;

realServerTest(
  'what real controllers and the scheduler tell is delivered once, as they told it, while one replica takes over from another',
  options,
  async (plane) => {
    await applyManifest(plane, readManifest(renderRbac(configOf('any'))));
    const { kubeConfig } = await serviceAccountConfig(plane, 'kube-apiserver-check');
    using record = await recordEvents(plane);
    await using first = startReplica(kubeConfig, configOf('first'));
    await until('a leader', () => isLeader(first));
    await using second = startReplica(kubeConfig, configOf('second'));
    const replicas = [first, second];
    const delivered = () => replicas.flatMap(({ sender }) => sender.events.flatMap(({ sources }) => sources));
    const notTold = (wanted: readonly string[]) => {
      const found = new Set(
        delivered().map(({ object, reason, component }) => `${object.kind} ${reason} ${component}`),
      );
      return wanted.filter((each) => !found.has(each));
    };
    const deliveredAll = async (wanted: readonly string[], meanwhile = async () => {}) => {
      const all = until('events to be delivered', async () => {
        await meanwhile();
        return notTold(wanted).length === 0;
      });
      await all.catch(() => assert.fail(`never delivered: ${notTold(wanted)}`));
    };

    const { controllerManager, scheduler } = await plane.startControllers({ controllerManagerFlags: hastyControllers });
    await deployWeb(plane);
    await awaitCompany(plane);
    await deliveredAll(toldAtOnce);
    assert.equal(second.sender.events.length, 0, 'one of them stands by');

    // The autoscaler goes on telling while one hands over to the other.
    await Promise.all([first.stop(), scheduleJob(plane)]);
    await until('the other to lead', () => isLeader(second));
    await registerNode(plane, 'node-1');
    await deliveredAll(['Pod Scheduled default-scheduler']);
    await registerNode(plane, 'node-2');
    let zone = 0;
    await until('a series', async () => {
      await Promise.all([sayAlive(plane, 'node-1'), sayAlive(plane, 'node-2')]);
      await moveNode(plane, 'node-2', `zone-${zone++}`);
      return delivered().some(({ id }) => (record.versions.get(id)?.series?.count ?? 0) > 1);
    });
    // From now on the first node is silent. Were it the only one, no pod would be evicted.
    await deliveredAll([...toldAtOnce, ...toldInTheEnd], () => sayAlive(plane, 'node-2'));
    await until('an event that is counted', () => delivered().some(({ count }) => count > 2));
    await Promise.all([controllerManager.stop(), scheduler.stop()]);

    const held = (await listEvents(plane)).items.map(idOf);
    await until('the last version of every event to be delivered, and on record', () => {
      const ids = new Set(delivered().map(({ id }) => id));
      return held.every((id) => ids.has(id) && record.versions.has(id));
    });
    await second.stop();

    const ids = replicas.flatMap(({ sender }) => sender.committedSourceIds());
    assert.equal(new Set(ids).size, ids.length, 'nothing twice, over both replicas');
    assert.deepEqual([...ids].sort(), [...record.versions.keys()].sort(), 'every version that was ever written');
    for (const source of delivered()) {
      const stored = record.versions.get(source.id);
      assert.ok(stored);
      assert.deepEqual(source, factsOf(stored), JSON.stringify(stored));
    }
    for (const { sender, reports } of replicas) {
      assert.ok(sender.events.length > 0, 'each replica had its part');
      assert.ok(sender.batches.every(({ outcome }) => outcome === 'committed'));
      for (const [index, report] of reports.entries()) {
        assertBooks(report, reports[index - 1]);
        assert.deepEqual(report.events.gaps, [], formatReport(report));
      }
    }
    const styles = [...record.versions.values()].map(isNewStyle);
    assert.ok(styles.includes(true) && styles.includes(false), 'both styles');
  },
);
