/** What happens to the cluster, to the sender and to the process, as data: one scene a run, with what to look at in it. */
import type { FakeApiServer } from 'kube-apiserver-check/testing';
import { type ClusterLife, deployment, pod, replicaSet } from './cluster-life.ts';

/** What a scene may lay hands on. */
export interface World {
  readonly server: FakeApiServer;
  readonly cluster: ClusterLife;
  /** Time passes before the run. */
  wait(seconds: number): Promise<void>;
  /** In the next run. */
  refuseCommits(why: string): void;
  /** As `kill -9` does it, at rest between two runs. The next process knows only what the cluster tells it. */
  killProcess(): void;
}

export interface Scene {
  readonly act: number;
  readonly title: string;
  readonly says: string;
  /** When the check runs. */
  readonly atMinute: number;
  /** Between the run before and this one. */
  happens(world: World): void | Promise<void>;
}

export const scenes: readonly Scene[] = [
  {
    act: 1,
    title: 'A rollout',
    says:
      'There is no token yet, so everything that the server holds is listed: what the scheduler wrote in the new style, ' +
      'kubelet and controllers in the old. An event without a message is left out, and the books name the rule.',
    atMinute: 0,
    happens({ cluster }) {
      cluster.quotaUsed('4', '6');
      cluster.controller({ object: deployment, reason: 'ScalingReplicaSet', message: 'Scaled up cart-7c9f to 2' });
      for (const id of ['k2x', 'm8t']) {
        const message = `Created pod: ${pod(id).name}`;
        cluster.controller({ object: replicaSet, reason: 'SuccessfulCreate', message });
        cluster.podStarts(id);
      }
      cluster.controller({ object: { kind: 'Service', name: 'cart' }, reason: 'Seen', message: '' });
    },
  },
  {
    act: 2,
    title: 'A crash loop',
    says: 'kubelet has one event object for a fault and writes it over, again and again. Each version is read and counted.',
    atMinute: 2,
    async happens({ cluster, wait }) {
      const about = { object: pod('m8t'), name: 'cart-7c9f-m8t.back-off', type: 'Warning' };
      cluster.kubelet({ ...about, reason: 'BackOff', message: 'Back-off restarting failed container' });
      for (const count of [2, 3, 4, 5]) {
        await wait(20);
        cluster.again('cart-7c9f-m8t.back-off', count);
        if (count < 4) cluster.again('cart-7c9f-m8t.started', count);
      }
    },
  },
  {
    act: 3,
    title: 'A cluster quota is nearly used',
    says: 'The cluster is an OpenShift: its quotas become gauges. A controller runs into one of them.',
    atMinute: 3,
    happens({ cluster }) {
      cluster.quotaUsed('9500m', '18');
      const message = 'pods "cart-7c9f-" is forbidden: exceeded quota: team-shop';
      cluster.controller({ object: replicaSet, type: 'Warning', reason: 'FailedCreate', message });
    },
  },
  {
    act: 4,
    title: 'etcd fails',
    says: 'The service check names what fails. Quotas and events cannot be read, and that is not passed off as calm.',
    atMinute: 4,
    happens: ({ server }) => server.stopEtcd(),
  },
  {
    act: 4,
    title: 'etcd is back',
    says: 'Reading goes on from the place that the error named.',
    atMinute: 5,
    async happens({ server, cluster, wait }) {
      await wait(10);
      server.startEtcd();
      const about = { namespace: 'kube-system', object: { kind: 'Pod', name: 'etcd-0' } };
      cluster.kubelet({ ...about, type: 'Warning', reason: 'Unhealthy', message: 'Readiness probe failed: HTTP 503' });
      cluster.kubelet({ ...about, reason: 'Started', message: 'Started container etcd' });
    },
  },
  {
    act: 5,
    title: 'The sender refuses',
    says:
      'The destination is down. Nothing is acknowledged, so the events are kept and the token stays: a process that ' +
      'died now would lose nothing either.',
    atMinute: 6,
    happens({ cluster, refuseCommits }) {
      refuseCommits('503 from the destination');
      cluster.controller({ object: deployment, reason: 'ScalingReplicaSet', message: 'Scaled down cart-7c9f to 1' });
      cluster.kubelet({ object: pod('m8t'), reason: 'Killing', message: 'Stopping container cart' });
    },
  },
  {
    act: 5,
    title: 'The sender takes them',
    says: 'The same events come again, before anything newer.',
    atMinute: 7,
    happens: ({ cluster }) =>
      cluster.kubelet({ object: pod('k2x'), reason: 'Unhealthy', type: 'Warning', message: 'Liveness probe failed' }),
  },
  {
    act: 6,
    title: 'The process was killed, its versions have expired',
    says:
      'Meanwhile events went on, and etcd has compacted away the versions behind the token. Another process starts from ' +
      'the ConfigMap, and a list bridges the gap.',
    atMinute: 10,
    async happens({ server, cluster, wait, killProcess }) {
      killProcess();
      await wait(60);
      const object = { kind: 'Node', name: 'node-2' };
      cluster.controller({
        object,
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'kubelet stopped posting status',
      });
      cluster.podStarts('q5z');
      server.skipVersions(700);
      server.compact();
    },
  },
];
