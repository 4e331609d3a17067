/**
 * Kubernetes events as a busy cluster makes them, the same at each call: the kubelet's and controllers' in the old style, the scheduler's in
 * the new one, of many objects, with messages of 40 to 200 characters.
 */
import type { KubeEvent } from '../src/kube/wire/event.ts';

interface Writer {
  readonly kind: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly component: string;
  /** Old style: source.component, count, first and last time. New style: reportingComponent, eventTime, sometimes a series. */
  readonly style: 'old' | 'new';
  readonly message: (name: string, n: number) => string;
}

const image = 'registry.example.com/shop/storefront-api';

const pulled: Writer = {
  ...{ kind: 'Pod', type: 'Normal', reason: 'Pulled', component: 'kubelet', style: 'old' },
  message: (_, n) =>
    `Successfully pulled image "${image}:v1.${n % 40}" in ${n % 9}.${n % 999}s (${n % 9}.${n % 999}s including waiting). Image size: ${n * 7919} bytes.`,
};
const started: Writer = {
  ...{ kind: 'Pod', type: 'Normal', reason: 'Started', component: 'kubelet', style: 'old' },
  message: (_, n) => `Container started: storefront-${n % 7} (restart ${n % 5})`,
};
const backOff: Writer = {
  ...{ kind: 'Pod', type: 'Warning', reason: 'BackOff', component: 'kubelet', style: 'old' },
  message: (name, n) => `Back-off restarting failed container storefront in pod ${name}_shop-${n % 20}(4f1c8e52-${n})`,
};
const unhealthy: Writer = {
  ...{ kind: 'Pod', type: 'Warning', reason: 'Unhealthy', component: 'kubelet', style: 'old' },
  message: (_, n) =>
    `Readiness probe failed: Get "http://10.${n % 250}.3.17:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
};
const scheduled: Writer = {
  ...{ kind: 'Pod', type: 'Normal', reason: 'Scheduled', component: 'default-scheduler', style: 'new' },
  message: (name, n) => `Successfully assigned shop-${n % 20}/${name} to worker-${n % 60}`,
};
const failedScheduling: Writer = {
  ...{ kind: 'Pod', type: 'Warning', reason: 'FailedScheduling', component: 'default-scheduler', style: 'new' },
  message: (_, n) =>
    `0/${60 + (n % 9)} nodes are available: ${n % 50} Insufficient cpu, ${n % 30} Insufficient memory. preemption: 0/60 nodes are available: 60 No preemption victims found for incoming pod.`,
};
const created: Writer = {
  ...{
    kind: 'ReplicaSet',
    type: 'Normal',
    reason: 'SuccessfulCreate',
    component: 'replicaset-controller',
    style: 'old',
  },
  message: (name, n) => `Created pod: ${name}-${(n * 31).toString(36)}`,
};
const scaled: Writer = {
  ...{
    kind: 'Deployment',
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    component: 'deployment-controller',
    style: 'old',
  },
  message: (name, n) => `Scaled up replica set ${name}-5d4f8c7b9d from ${n % 5} to ${(n % 5) + 1}`,
};

/** What is told of one object, one event after the other. */
const stories: readonly (readonly [Writer, Writer, Writer])[] = [
  [scheduled, pulled, started],
  [scheduled, pulled, started],
  [backOff, unhealthy, backOff],
  [failedScheduling, failedScheduling, scheduled],
  [created, created, created],
  [scaled, scaled, scaled],
];

const startMs = Date.UTC(2026, 0, 1);

/** `n` events of a third as many objects: those of eight objects come interleaved. */
export function clusterEvents(n: number): readonly KubeEvent[] {
  return Array.from({ length: n }, (_, i) => clusterEvent(i));
}

function clusterEvent(n: number): KubeEvent {
  const object = Math.floor(n / 24) * 8 + (n % 8);
  const story = stories[object % stories.length] as (typeof stories)[number];
  const writer = story[Math.floor(n / 8) % 3] as Writer;
  const { kind, type, reason, component, message } = writer;
  const name = `storefront-${(object * 7919).toString(36)}`;
  const namespace = `shop-${object % 20}`;
  const seenAtMs = startMs + n * 137;
  const isNew = writer.style === 'new';
  const series = isNew && n % 4 === 0 ? { count: (n % 12) + 1, lastAtMs: seenAtMs + 4000 } : undefined;
  return {
    uid: `0b9c1f5e-7d4a-4c6e-9a55-${String(n).padStart(12, '0')}`,
    version: String(48_100_000 + n),
    namespace,
    name: `${name}.18${(n * 65_537).toString(16)}`,
    createdAtMs: seenAtMs,
    object: {
      kind,
      namespace,
      name,
      uid: `7f3a2c1d-1b2c-4d5e-8f90-${String(object).padStart(12, '0')}`,
      apiVersion: 'v1',
    },
    reason,
    message: message(name, n),
    type,
    component: isNew ? '' : component,
    host: component === 'kubelet' ? `worker-${object % 60}` : '',
    reportingComponent: component,
    firstAtMs: isNew ? undefined : seenAtMs - 60_000,
    lastAtMs: isNew ? undefined : seenAtMs,
    eventAtMs: isNew ? seenAtMs : undefined,
    count: isNew ? undefined : (n % 9) + 1,
    series,
  };
}
