import assert from 'node:assert/strict';
import { createKubeApi, type KubeApi, type KubeASCheckConfig, type SourceEvent } from '../../src/index.ts';
import { assertBooks } from '../books.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { awaitCompany, deployWeb, hastyControllers, moveNode, registerNode, sayAlive } from './cluster-life.ts';
import { idOf, isNewStyle, listEvents, recordEvents, type StoredEvent } from './event-record.ts';
import { type Replica, startReplica } from './replica.ts';
import { assertBundled, assertToldAlone } from './told.ts';

const configOf = (tokenName: string, events: KubeASCheckConfig['events']): KubeASCheckConfig => ({
  intervalMs: 1000,
  leader: { skip: true },
  controlPlane: false,
  quotas: false,
  // What is looked up tells more than the event itself, which is all that is compared here.
  events: { mode: 'watch', sourceDetection: true, tokenName, lookUp: [], ...events },
});

const bundlesAll = configOf('bundles-all', { bundling: 'all', batchWindowMs: 500 });
const tellsSomeAlone = configOf('tells-some-alone', {
  bundling: 'unspecified',
  batchWindowMs: 500,
  collectedEventTypes: [
    { kind: 'HorizontalPodAutoscaler', reasons: ['FailedGetResourceMetric'] },
    { source: 'default-scheduler' },
  ],
});

const isAlone = ({ reason, component }: SourceEvent): boolean =>
  reason === 'FailedGetResourceMetric' || component === 'default-scheduler';

const told = ({ sender }: Replica, reason: string): readonly SourceEvent[] =>
  sender.events.flatMap(({ sources }) => sources.filter((source) => source.reason === reason));

realServerTest(
  'what the autoscaler, the controllers and the scheduler tell becomes check events with its times, counts, tags and source type, in bundles and alone',
  { needs: ['kube-controller-manager', 'kube-scheduler'] },
  async (plane) => {
    const kubeConfig = await plane.kubeConfig(ADMIN);
    using record = await recordEvents(plane);
    await using inBundles = startReplica(kubeConfig, bundlesAll);
    await using alone = startReplica(kubeConfig, tellsSomeAlone);
    const replicas = [inBundles, alone];
    const toldByBoth = (what: string, probe: (replica: Replica) => boolean, meanwhile = async () => {}) =>
      until(`both to tell of ${what}`, async () => {
        await meanwhile();
        return replicas.every(probe);
      });

    const { controllerManager, scheduler } = await plane.startControllers({ controllerManagerFlags: hastyControllers });
    await deployWeb(plane);
    await awaitCompany(plane);
    await toldByBoth('a pod without a node', (replica) => told(replica, 'FailedScheduling').length > 0);
    await registerNode(plane, 'node-1');
    await registerNode(plane, 'node-2');
    await toldByBoth('pods on a node', (replica) => told(replica, 'Scheduled').length > 0);
    let zone = 0;
    await toldByBoth(
      'a series of the scheduler',
      (replica) => told(replica, 'FailedScheduling').some(({ count }) => count > 1),
      async () => {
        await Promise.all([sayAlive(plane, 'node-1'), sayAlive(plane, 'node-2')]);
        await moveNode(plane, 'node-2', `zone-${zone++}`);
      },
    );
    for (const reason of ['FailedGetResourceMetric', 'FailedComputeMetricsReplicas'])
      await toldByBoth(`${reason} four times`, (replica) => told(replica, reason).some(({ count }) => count >= 4));
    await Promise.all([controllerManager.stop(), scheduler.stop()]);
    // The scheduler writes a third time only after half an hour.
    await writeSeries(plane, [2, 41, 42]);
    await toldByBoth('a series that goes on', (replica) =>
      told(replica, 'Repeating').some(({ count }) => count === 42),
    );

    const { items: held } = await listEvents(plane);
    await until('the last version of every event to be delivered, and on record', () =>
      replicas.every(({ sender }) => {
        const ids = new Set(sender.committedSourceIds());
        return held.map(idOf).every((id) => ids.has(id) && record.versions.has(id));
      }),
    );
    await Promise.all(replicas.map((replica) => replica.stop()));

    for (const event of inBundles.sender.events) assertBundled(event, record);
    for (const event of alone.sender.events)
      (isAlone(event.sources[0]) ? assertToldAlone : assertBundled)(event, record);
    for (const { sender, reports } of replicas) {
      const ids = sender.committedSourceIds();
      assert.deepEqual(
        [...ids].sort(),
        [...record.versions.keys()].sort(),
        'every version that was ever written, once',
      );
      for (const [index, report] of reports.entries()) assertBooks(report, reports[index - 1]);
    }

    const readBack = await readNewStyle(createKubeApi(kubeConfig));
    for (const { sender } of replicas) {
      const sources = sender.events.flatMap((event) => event.sources);
      const last = readBack.map(({ id }) => sources.find((source) => source.id === id));
      assert.deepEqual(last.map(seenOf), readBack, 'as events.k8s.io has the same events');
      for (const reason of ['FailedGetResourceMetric', 'FailedComputeMetricsReplicas'])
        assertCountsOn(sources.filter((source) => source.reason === reason));
      const series = sources.filter(({ reason }) => reason === 'Repeating');
      assert.deepEqual(
        series.map(({ count, firstAtMs, lastAtMs }) => [count, firstAtMs, lastAtMs]),
        [1, 2, 41, 42].map((count) => [count, seriesFromMs, seriesFromMs + (count - 1) * 1001]),
      );
    }
    const autoscaler = alone.sender.events.find(({ title }) => title.endsWith('FailedGetResourceMetric'));
    assert.deepEqual(
      { ...autoscaler, ...changing },
      {
        ...changing,
        title: 'HorizontalPodAutoscaler default/web: FailedGetResourceMetric',
        tags: [
          'event_reason:FailedGetResourceMetric',
          'kube_kind:HorizontalPodAutoscaler',
          'kube_name:web',
          'kube_namespace:default',
          'kubernetes_kind:HorizontalPodAutoscaler',
          'name:web',
          'namespace:default',
          'orchestrator:kubernetes',
          'reporting_controller:horizontal-pod-autoscaler',
          'source_component:horizontal-pod-autoscaler',
        ],
        alertType: 'warning',
        priority: 'normal',
        sourceTypeName: 'kubernetes',
        eventType: 'kubernetes_apiserver',
      },
    );
    const styles = new Map([...record.versions.values()].map((event) => [event.reportingComponent, isNewStyle(event)]));
    assert.equal(styles.get('horizontal-pod-autoscaler'), false);
    assert.equal(styles.get('default-scheduler'), true);
  },
);

/** What depends on the moment, or is long. */
const changing = { id: '', sources: [], text: '', timestampMs: 0, aggregationKey: '' };

/** Versions of one event as they came: seen once more each time, since the same moment, until later and later. */
function assertCountsOn(versions: readonly SourceEvent[]): void {
  assert.equal(new Set(versions.map(({ name }) => name)).size, 1);
  assert.deepEqual(
    versions.map(({ count }) => count),
    versions.map((_, index) => index + 1),
  );
  const [first, last] = [versions[0], versions.at(-1)];
  assert.ok(first && last);
  assert.ok(versions.every(({ firstAtMs }) => firstAtMs === first.firstAtMs));
  assert.ok(versions.every(({ lastAtMs }, index) => lastAtMs >= (versions[index - 1]?.lastAtMs ?? first.firstAtMs)));
  assert.ok(last.lastAtMs > first.lastAtMs);
}

type Seen = Pick<SourceEvent, 'id' | 'count' | 'firstAtMs' | 'lastAtMs'>;

const seenOf = (source: SourceEvent | undefined): Seen | undefined =>
  source && { id: source.id, count: source.count, firstAtMs: source.firstAtMs, lastAtMs: source.lastAtMs };

/** The fields of events.k8s.io, in which the API server also tells of core/v1. */
interface NewStyleEvent extends Pick<StoredEvent, 'metadata' | 'eventTime' | 'series'> {
  readonly deprecatedCount?: number;
  readonly deprecatedFirstTimestamp: string | null;
  readonly deprecatedLastTimestamp: string | null;
}

/** What the server holds of all events, asked in the other API than the code under test asks in. */
async function readNewStyle(api: KubeApi): Promise<readonly Seen[]> {
  const request = { path: '/apis/events.k8s.io/v1/events', signal: AbortSignal.timeout(10_000) };
  const { items } = (await api.json(request)) as { readonly items: readonly NewStyleEvent[] };
  return items.map(({ metadata, series, eventTime, ...deprecated }) => ({
    id: `${metadata.uid}:${metadata.resourceVersion}`,
    count: series?.count ?? deprecated.deprecatedCount ?? 1,
    firstAtMs: Date.parse(deprecated.deprecatedFirstTimestamp ?? eventTime ?? ''),
    lastAtMs: Date.parse(deprecated.deprecatedLastTimestamp ?? series?.lastObservedTime ?? eventTime ?? ''),
  }));
}

const seriesFromMs = Date.UTC(2026, 0, 1, 12, 0, 0, 123);

/** An event as the scheduler writes it, and its series as it goes on: one more each 1001 ms, with the microseconds that are written. */
async function writeSeries(plane: ControlPlane, counts: readonly number[]): Promise<void> {
  const events = '/apis/events.k8s.io/v1/namespaces/default/events';
  const observed = (count: number) => new Date(seriesFromMs + (count - 1) * 1001).toISOString().replace('Z', '987Z');
  const event = {
    metadata: { name: 'repeating' },
    regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'lonely', uid: 'f1e2' },
    ...{ reason: 'Repeating', note: 'again', type: 'Warning', action: 'Scheduling', eventTime: observed(1) },
    ...{ reportingController: 'default-scheduler', reportingInstance: 'default-scheduler-1' },
  };
  const created = await plane.request(ADMIN, 'POST', events, event);
  assert.equal(created.status, 201, JSON.stringify(created.body));
  for (const count of counts) {
    const series = { count, lastObservedTime: observed(count) };
    const { status, body } = await plane.request(ADMIN, 'PATCH', `${events}/repeating`, { series });
    assert.equal(status, 200, JSON.stringify(body));
  }
}
