/**
 * What a scenario needs of a cluster, and does to it. There are two: FakeApiServer, and a real control plane; the same scenario runs on
 * both, so that the fake is checked against reality.
 */
import type { Clock } from '../../src/clock.ts';
import type { KubeConfigLike } from '../../src/kube-api.ts';
import type { KubeObject, SampleEvent } from '../../src/testing/index.ts';

/** A write to one event object, in the style of those who make events: what is not created here was created by an earlier one. */
export interface EventWrite {
  readonly verb: 'create' | 'update' | 'delete';
  /** `core`: through core/v1, with count and timestamps. `new`: through events.k8s.io, with eventTime and series. */
  readonly style: 'core' | 'new';
  readonly event: SampleEvent & { readonly name: string; readonly namespace: string };
}

export interface World {
  /** The code under test is given this one. */
  readonly clock: Clock;
  /** Lets pass the time that the work waits for. */
  settle<T>(work: Promise<T>): Promise<T>;
  kubeConfig(): Promise<KubeConfigLike>;
  /** A kubeconfig file, for a process of its own. */
  kubeconfigPath(): string;

  /**
   * Resolves once it is stored, to the version's id, `<uid>:<resourceVersion>`; undefined for a deletion. Tries again while the server is
   * away.
   */
  write(write: EventWrite): Promise<string | undefined>;
  /** The ids of all event objects as they are stored now. */
  eventIds(): Promise<readonly string[]>;
  /** Of the namespace `default`; undefined where there is none. */
  configMapData(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** From now on the cluster is an OpenShift with these ClusterResourceQuotas. */
  setClusterQuotas(quotas: readonly KubeObject[]): Promise<void>;
  /** From now on the cluster is no OpenShift. */
  removeClusterQuotas(): Promise<void>;
  /** Event watches that the server has open now. */
  openEventWatches(): Promise<number>;
  /** Resolves when there are so many: a server notices the end of a watch a moment after its client. */
  eventWatchesAre(count: number): Promise<void>;

  /** Forgets the history up to now. */
  compact(): Promise<void>;
  stopApiServer(): Promise<void>;
  /** As a crash does it: every connection breaks. */
  killApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  /** It is there and does not answer, or it is away. Resolves when readyz tells it. */
  loseEtcd(how: 'paused' | 'stopped'): Promise<void>;
  /** The same for an etcd that keeps events alone: it does not answer. Resolves when readyz tells it, where that is looked at. */
  loseEventsEtcd(): Promise<void>;
  /** Resolves when readyz is fine again. */
  regainEtcd(): Promise<void>;
}

export async function restartApiServer(world: World): Promise<void> {
  await world.stopApiServer();
  await world.startApiServer();
}
