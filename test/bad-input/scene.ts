/**
 * A cluster as the cases of bad input need it, and the harm they do to it. There are two: FakeApiServer, and a real control plane behind
 * a proxy that does the harm; the same cases run on both.
 */
import type { Clock, KubeConfigLike } from '../../src/index.ts';
import type { Fault } from '../../src/testing/index.ts';

export interface Scene {
  /** The code under test is given this one. */
  readonly clock: Clock;
  readonly kubeConfig: KubeConfigLike;
  /** Credentials in use: nobody may ever say them. */
  readonly secrets: readonly string[];
  /** Lets pass the time that the work waits for. */
  settle<T>(work: Promise<T>): Promise<T>;

  /** So many new events, of both styles by turns. */
  addEvents(count: number, namespace?: string): Promise<void>;
  /** The ids of all event objects as they are stored now. */
  eventIds(): Promise<readonly string[]>;
  addNamespace(name: string): Promise<void>;
  /** In the namespace `default`; undefined where there is none. */
  tokenIn(configMap: string): Promise<string | undefined>;
  /** As somebody's hand does it. */
  writeToken(configMap: string, token: string): Promise<void>;
  deleteConfigMap(name: string): Promise<void>;

  /** What happens to the next requests that match. */
  fail(fault: Fault): void;
  clearFaults(): void;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** The etcd of events alone; the one of all the rest goes on. */
  stopEventsEtcd(): Promise<void>;
  startEventsEtcd(): Promise<void>;
  /** Remembers the events as they are now. */
  snapshot(): Promise<void>;
  /** Events are again as they were at the snapshot, as when their own etcd is restored from a backup: this ConfigMap is not. */
  restore(configMap: string): Promise<void>;
}
