/**
 * What an administrator does so that the real controllers and the scheduler have something to tell: a Deployment without room, a job by
 * the clock, an autoscaler without metrics, a node that comes and goes. There is no kubelet: a node is what this file says of it.
 */
import assert from 'node:assert/strict';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';

/** A node counts as gone 5 s after its last sign of life instead of 50 s; an autoscaler looks each second instead of each 15 s. */
export const hastyControllers = [
  '--node-monitor-period=1s',
  '--node-monitor-grace-period=5s',
  '--node-startup-grace-period=5s',
  '--horizontal-pod-autoscaler-sync-period=1s',
];

const zone = 'topology.kubernetes.io/zone';
const labels = { app: 'web' };
const container = { name: 'web', image: 'web', resources: { requests: { cpu: '100m' } } };
const unreachable = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  // Pods are to leave a lost node at once, not after five minutes.
  tolerationSeconds: 0,
}));

/** Two pods, which no node has room for yet, and an autoscaler that asks for metrics that nobody serves. */
export async function deployWeb(plane: ControlPlane): Promise<void> {
  const pod = { metadata: { labels }, spec: { containers: [container], tolerations: unreachable } };
  await create(plane, '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: pod },
  });
  await create(plane, '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', {
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  });
}

/** A job of every minute whose last minute was missed, so that nobody waits for the next one. */
export async function scheduleJob(plane: ControlPlane): Promise<void> {
  const jobs = '/apis/batch/v1/namespaces/default/cronjobs';
  const pod = { spec: { containers: [container], restartPolicy: 'Never' } };
  await create(plane, jobs, {
    metadata: { name: 'nightly' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: pod } } },
  });
  await change(plane, `${jobs}/nightly/status`, { status: { lastScheduleTime: wholeSeconds(Date.now() - 90_000) } });
}

/** A job that nobody scheduled, though its name looks so. */
export async function startJob(plane: ControlPlane, name: string): Promise<void> {
  const pod = { spec: { containers: [container], restartPolicy: 'Never' } };
  await create(plane, '/apis/batch/v1/namespaces/default/jobs', { metadata: { name }, spec: { template: pod } });
}

/** A pod that only fits where another one is that never comes. */
export async function awaitCompany(plane: ControlPlane): Promise<void> {
  const company = { labelSelector: { matchLabels: { app: 'nobody' } }, topologyKey: zone };
  await create(plane, '/api/v1/namespaces/default/pods', {
    metadata: { name: 'lonely' },
    spec: {
      containers: [container],
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [company] } },
    },
  });
}

/**
 * A node with room, which is ready.
 * @param spec - e.g. what its cloud calls it
 */
export async function registerNode(
  plane: ControlPlane,
  name: string,
  spec: { readonly providerID?: string } = {},
): Promise<void> {
  const room = { cpu: '4', memory: '8Gi', pods: '10' };
  const status = { capacity: room, allocatable: room, conditions: [ready()] };
  await create(plane, '/api/v1/nodes', { metadata: { name, labels: { [zone]: 'a' } }, spec, status });
}

/** The node says that it is there. */
export async function sayAlive(plane: ControlPlane, name: string): Promise<void> {
  await change(plane, `/api/v1/nodes/${name}/status`, { status: { conditions: [ready()] } });
}

/** In another zone the lonely pod may have company: so the scheduler tries again, in vain, and tells the same again. */
export async function moveNode(plane: ControlPlane, name: string, to: string): Promise<void> {
  await change(plane, `/api/v1/nodes/${name}`, { metadata: { labels: { [zone]: to } } });
}

const ready = () => ({
  type: 'Ready',
  status: 'True',
  reason: 'KubeletReady',
  message: 'kubelet is posting ready status',
  lastHeartbeatTime: wholeSeconds(Date.now()),
  lastTransitionTime: wholeSeconds(Date.now()),
});

const wholeSeconds = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');

async function create(plane: ControlPlane, path: string, object: object): Promise<void> {
  const { status, body } = await plane.request(ADMIN, 'POST', path, object);
  assert.equal(status, 201, JSON.stringify(body));
}

async function change(plane: ControlPlane, path: string, patch: object): Promise<void> {
  const { status, body } = await plane.request(ADMIN, 'PATCH', path, patch);
  assert.equal(status, 200, JSON.stringify(body));
}
