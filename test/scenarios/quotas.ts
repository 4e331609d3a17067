/** Cluster quotas on a cluster that is no OpenShift, becomes one, and ceases to be one. */
import assert from 'node:assert/strict';
import { KubeASCheck, type MetricSample, type UnitOutcome } from '../../src/index.ts';
import { type KubeObject, RecordingSender } from '../../src/testing/index.ts';
import type { World } from './world.ts';

/** More than one page of a list. */
const fillers = 505;

const quotas: readonly KubeObject[] = [
  quota('team-a', {
    // 10Pi is more than a 64-bit number of thousandths can say.
    total: {
      hard: { pods: '10', 'requests.cpu': '1500m', 'requests.memory': '10Pi', 'count/jobs.batch': '3' },
      used: { pods: '12', 'requests.cpu': '250m', 'requests.memory': '1Gi' },
    },
    namespaces: [
      { namespace: 'a-test', status: { hard: { pods: '10' }, used: { pods: '7' } } },
      { namespace: 'a-live', status: { hard: { pods: '10' }, used: { pods: '5' } } },
    ],
  }),
  ...Array.from({ length: fillers }, (_, index) =>
    quota(fillerName(index), { total: { hard: { secrets: `${index + 1}` }, used: { secrets: '1' } } }),
  ),
];

const clusterGauge = (name: string, value: number, clusterQuota: string): MetricSample => ({
  name: `openshift.clusterquota.${name}`,
  value,
  tags: [`clusterquota:${clusterQuota}`],
});
const namespaceGauge = (name: string, value: number, namespace: string): MetricSample => ({
  name: `openshift.appliedclusterquota.${name}`,
  value,
  tags: ['clusterquota:team-a', `kube_namespace:${namespace}`],
});

const gauges: readonly MetricSample[] = [
  clusterGauge('pods.limit', 10, 'team-a'),
  clusterGauge('pods.used', 12, 'team-a'),
  clusterGauge('pods.remaining', -2, 'team-a'),
  clusterGauge('requests.cpu.limit', 1.5, 'team-a'),
  clusterGauge('requests.cpu.used', 0.25, 'team-a'),
  clusterGauge('requests.cpu.remaining', 1.25, 'team-a'),
  clusterGauge('requests.memory.limit', 10 * 2 ** 50, 'team-a'),
  clusterGauge('requests.memory.used', 2 ** 30, 'team-a'),
  clusterGauge('requests.memory.remaining', 10 * 2 ** 50 - 2 ** 30, 'team-a'),
  clusterGauge('count/jobs.batch.limit', 3, 'team-a'),
  clusterGauge('count/jobs.batch.remaining', 3, 'team-a'),
  namespaceGauge('pods.limit', 10, 'a-test'),
  namespaceGauge('pods.used', 7, 'a-test'),
  namespaceGauge('pods.limit', 10, 'a-live'),
  namespaceGauge('pods.used', 5, 'a-live'),
  // What a namespace can still take is what the whole quota has left, whatever it is of.
  ...['a-test', 'a-live'].flatMap((namespace) => [
    namespaceGauge('pods.remaining', -2, namespace),
    namespaceGauge('requests.cpu.remaining', 1.25, namespace),
    namespaceGauge('requests.memory.remaining', 10 * 2 ** 50 - 2 ** 30, namespace),
    namespaceGauge('count/jobs.batch.remaining', 3, namespace),
  ]),
  ...Array.from({ length: fillers }, (_, index) => [
    clusterGauge('secrets.limit', index + 1, fillerName(index)),
    clusterGauge('secrets.used', 1, fillerName(index)),
    clusterGauge('secrets.remaining', index, fillerName(index)),
  ]).flat(),
];

export async function clusterQuotas(world: World): Promise<void> {
  const kubeConfig = await world.kubeConfig();
  const makeCheck = (sender: RecordingSender) =>
    new KubeASCheck({ kubeConfig, sender, clock: world.clock, config: { leader: { skip: true } } });

  const none = new RecordingSender();
  await using early = makeCheck(none);
  await assertSkipped(world, early, /^not OpenShift: /);

  await world.setClusterQuotas(quotas);
  // An answer is remembered, also "none": whoever makes an OpenShift of a cluster starts its agents anew.
  await assertSkipped(world, early, /^not OpenShift: /);
  assert.deepEqual(none.gauges, []);

  const some = new RecordingSender();
  await using later = makeCheck(some);
  assert.deepEqual(await quotaOutcome(world, later), { status: 'ok' });
  assert.deepEqual(sorted(some.gauges), sorted(gauges));

  await world.removeClusterQuotas();
  await assertSkipped(world, later, /does not serve clusterresourcequotas \(404\)/);
  assert.equal(some.gauges.length, gauges.length, 'nothing more was sent');
}

function quota(name: string, status: object): KubeObject {
  return { metadata: { name }, spec: {}, status };
}

function fillerName(index: number): string {
  return `team-b-${index}`;
}

async function quotaOutcome(world: World, check: KubeASCheck): Promise<UnitOutcome | undefined> {
  const report = await world.settle(check.run());
  assert.ok(report.ok, JSON.stringify(report));
  return report.units.find(({ name }) => name === 'quotas')?.outcome;
}

async function assertSkipped(world: World, check: KubeASCheck, why: RegExp): Promise<void> {
  const outcome = await quotaOutcome(world, check);
  assert.ok(outcome?.status === 'skipped', JSON.stringify(outcome));
  assert.match(outcome.reason, why);
}

const sorted = (samples: readonly MetricSample[]): readonly string[] =>
  samples.map((sample) => JSON.stringify(sample)).sort();
