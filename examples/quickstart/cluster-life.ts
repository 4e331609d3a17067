/** How the components of a small cluster write events: the scheduler in the new style, kubelet and controllers in the old. */
import type { Clock } from 'kube-apiserver-check';
import { coreEvent, type FakeApiServer, newStyleEvent, type SampleEvent } from 'kube-apiserver-check/testing';

const namespace = 'shop';

export const pod = (id: string) => ({ kind: 'Pod', name: `cart-7c9f-${id}` });
export const deployment = { kind: 'Deployment', name: 'cart', apiVersion: 'apps/v1' };
export const replicaSet = { kind: 'ReplicaSet', name: 'cart-7c9f', apiVersion: 'apps/v1' };

export interface ClusterLife {
  kubelet(event: SampleEvent): void;
  controller(event: SampleEvent): void;
  /** Scheduled, then its image is pulled, then it runs. */
  podStarts(id: string): void;
  /** The same event once more: its object is written over. */
  again(name: string, count: number): void;
  quotaUsed(cpu: string, pods: string): void;
}

export function clusterLife(server: FakeApiServer, clock: Clock): ClusterLife {
  const now = () => ({ namespace, firstAtMs: clock.nowMs() });
  const kubelet = (event: SampleEvent) => void server.addEvent(coreEvent({ ...now(), ...event }));
  return {
    kubelet,
    controller: (event) => kubelet({ component: 'deployment-controller', host: '', ...event }),
    podStarts(id) {
      server.addEvent(newStyleEvent({ ...now(), object: pod(id) }));
      for (const reason of ['Pulled', 'Created', 'Started'])
        kubelet({
          object: pod(id),
          name: `${pod(id).name}.${reason.toLowerCase()}`,
          reason,
          message: `${reason}: container "cart"`,
        });
    },
    again: (name, count) =>
      void server.updateEvent({ namespace, name }, { count, lastTimestamp: new Date(clock.nowMs()).toISOString() }),
    quotaUsed(cpu, pods) {
      const figures = { hard: { cpu: '10', pods: '20' }, used: { cpu, pods } };
      const status = { total: figures, namespaces: [{ namespace, status: figures }] };
      server.setClusterQuotas([{ metadata: { name: 'team-shop' }, status }]);
    },
  };
}
