/** Everything that the answers depend on: what is stored, who may what, and what a test changes while the server runs. */
import { type Clock, systemClock } from '../../clock.ts';
import type { DenyRule } from './authorization.ts';
import type { OpenShiftApi } from './discovery.ts';
import { createEtcd, type Etcd } from './etcd.ts';
import { History } from './history.ts';
import type { KubeObject } from './object.ts';
import { createWatches, type Watches } from './watch.ts';
import { createWriter, type Writer } from './write.ts';

/** What a {@link FakeApiServer} may be told. */
export interface FakeApiServerOptions {
  /** Times of objects, `timeoutSeconds` of watches and delays. @defaultValue the machine's own time */
  readonly clock?: Clock;
  /** The version before the first write. Any decimal number. @defaultValue '0' */
  readonly firstVersion?: string;
  /** What `/version` says. @defaultValue 'v1.36.3' */
  readonly gitVersion?: string;
  /** Who is known, by bearer token. @defaultValue `{ 'fake-token': 'fake-user' }` */
  readonly users?: Readonly<Record<string, string>>;
  /**
   * Compresses lists of 128 KiB or more for clients that ask for it, as a real server does. Off, because a ManualClock can't see
   * decompression, which happens on a thread. @defaultValue false
   */
  readonly gzip?: boolean;
}

export interface Cluster {
  readonly clock: Clock;
  readonly history: History;
  readonly writer: Writer;
  readonly watches: Watches;
  readonly etcd: Etcd;
  readonly denyRules: Set<DenyRule>;
  readonly gitVersion: string;
  /** By bearer token. */
  users: ReadonlyMap<string, string>;
  failingChecks: ReadonlySet<string>;
  openShift: OpenShiftApi;
  componentStatuses: readonly KubeObject[];
  /** Continue tokens of older versions have expired. */
  continueFloor: bigint;
}

const healthy = (name: string): KubeObject => ({
  metadata: { name },
  conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
});

/** Healthy, and empty: not even namespaces. */
export function createCluster(options: FakeApiServerOptions): Cluster {
  const { clock = systemClock, firstVersion = '0', gitVersion = 'v1.36.3' } = options;
  const { users = { 'fake-token': 'fake-user' } } = options;
  const history = new History(BigInt(firstVersion));
  return {
    clock,
    history,
    writer: createWriter(history, clock),
    watches: createWatches(history, clock),
    etcd: createEtcd(),
    denyRules: new Set(),
    gitVersion,
    users: new Map(Object.entries(users)),
    failingChecks: new Set(),
    openShift: 'none',
    componentStatuses: ['scheduler', 'controller-manager', 'etcd-0'].map(healthy),
    continueFloor: 0n,
  };
}
