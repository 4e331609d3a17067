/**
 * A kube-apiserver in this process, over real HTTP on a loopback port: it behaves like 1.36 as far as this library looks at it, and does
 * what a test needs of a server that fails. An unplanned request fails the test.
 */
import type { KubeConfigLike } from '../../kube-api.ts';
import type { Permission } from '../../unit.ts';
import { eventLoopCalm } from '../event-loop.ts';
import { allExcept, type DenyRule } from './authorization.ts';
import { type Cluster, createCluster, type FakeApiServerOptions } from './cluster.ts';
import type { EtcdScope } from './etcd.ts';
import { createFaults, type Fault } from './faults.ts';
import { createListener, type Listener } from './listener.ts';
import type { KubeObject } from './object.ts';
import type { RecordedRequest } from './request-log.ts';
import {
  clusterQuotas,
  configMaps,
  events,
  jobs,
  leases,
  namespaces,
  nodes,
  pods,
  prefixOf,
  type Resource,
  resourceQuotas,
} from './resources.ts';
import { createService } from './serve.ts';
import { frame, type OpenWatch } from './watch.ts';

/** Names one event, or another object of a namespace. */
export interface ObjectName {
  /** @defaultValue 'default' */
  readonly namespace?: string;
  readonly name: string;
}

/** One version of an event that was written: what a check is to deliver, or to account for. */
export interface EventVersion {
  /** `<uid>:<resourceVersion>` */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

const initialNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/**
 * A fake kube-apiserver:
 *
 * ```ts
 * const server = await new FakeApiServer().start();
 * server.addEvent(coreEvent({ reason: 'BackOff', type: 'Warning' }));
 * const check = new KubeASCheck({ kubeConfig: server.kubeConfig(), sender, config });
 * await check.run();
 * await server.close(); // throws if something was asked that the server does not serve
 * ```
 *
 * Served: lists (pages of a snapshot, exact versions, expiry) of events, configmaps, leases, namespaces, pods, nodes, jobs, resourcequotas
 * and cluster quotas, and each of them by its name; watches, with a full history, of events; creating, updating and deleting events,
 * configmaps and leases; `/readyz`, `/version`, componentstatuses, and the paths that OpenShift is found by. As JSON only, like an old
 * server to a client that prefers protobuf.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #faults = createFaults();
  readonly #requests: RecordedRequest[] = [];
  readonly #unplanned: string[] = [];
  readonly #versions: EventVersion[] = [];
  readonly #listener: Listener;

  /** Listens to nothing yet. */
  constructor(options: FakeApiServerOptions = {}) {
    this.#cluster = createCluster(options);
    this.#cluster.history.onChange(({ key, object }) => {
      if (object && key.startsWith(events.prefix)) this.#versions.push(versionOf(object));
    });
    for (const name of initialNamespaces) this.addNamespace(name);
    const serve = createService({
      cluster: this.#cluster,
      faults: this.#faults,
      gzip: options.gzip ?? false,
      record: (request) => void this.#requests.push(request),
      unplanned: (text) => void this.#unplanned.push(text),
    });
    this.#listener = createListener(serve);
  }

  // ---------------------------------------------------------------------------------------------- the server

  /**
   * Listens on 127.0.0.1; after a stop on the same port again.
   * @param port - by default one that is free
   */
  async start(port = 0): Promise<this> {
    await this.#listener.start(port);
    return this;
  }

  /** As SIGTERM does it: watches end clean, then all connections are closed. Objects and history stay. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#listener.listening) return;
    this.cutWatches('clean');
    await this.idle();
    await this.#listener.stop();
  }

  /** As SIGKILL does it: every connection is reset. Objects and history stay, as they are in etcd. */
  async kill(): Promise<void> {
    this.#listener.closeConnections('reset');
    await this.#listener.stop();
  }

  /** Stops. @throws Error if there was an unplanned request, or the fake server itself failed: once */
  async close(): Promise<void> {
    await this.stop();
    this.assertNoUnplannedRequests();
  }

  /** The same as {@link FakeApiServer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `http://127.0.0.1:<port>`. @throws Error before the first start */
  get url(): string {
    if (this.#listener.port === 0) throw new Error('the fake API server was not started');
    return `http://127.0.0.1:${this.#listener.port}`;
  }

  /**
   * What a client is given.
   * @param options - `token`: of a user, or `null` for none; by default the first user's, whatever it is when it is asked for
   */
  kubeConfig(options: { readonly token?: string | null } = {}): KubeConfigLike {
    return {
      getCurrentCluster: () => ({ server: this.url, skipTLSVerify: true }),
      applyToHTTPSOptions: async (request) => {
        const token = options.token === undefined ? this.#cluster.users.keys().next().value : options.token;
        if (token === null || token === undefined) return;
        request.headers = { ...request.headers, Authorization: `Bearer ${token}` };
      },
    };
  }

  /** Resolves when nothing more happens without the clock: for `clock.runUntil(promise, { idle: () => server.idle() })`. */
  idle(): Promise<void> {
    return eventLoopCalm();
  }

  /** All requests since the start, in the order of arrival. */
  get requests(): readonly Readonly<RecordedRequest>[] {
    return [...this.#requests];
  }

  /** The watches that are open. */
  get openWatches(): readonly OpenWatch[] {
    return this.#cluster.watches.open;
  }

  /** Connections that are open, used or not. */
  get connections(): number {
    return this.#listener.connections;
  }

  /** Connections ever made. */
  get connectionsMade(): number {
    return this.#listener.connectionsMade;
  }

  /** @throws Error that lists the requests for what is not served; they are told once */
  assertNoUnplannedRequests(): void {
    const told = this.#unplanned.splice(0);
    if (told.length > 0) throw new Error(`unplanned requests to the fake API server:\n${told.join('\n')}`);
  }

  // ---------------------------------------------------------------------------------------------- objects

  /** Creates an event; its namespace too, where there is none. Returns it as stored. @throws Error if the name is taken */
  addEvent(event: KubeObject): KubeObject {
    return this.#cluster.writer.create(events, this.#placed(event));
  }

  /**
   * Writes over top-level fields of an event, e.g. `{ count: 2, lastTimestamp: '...' }`. No change, no version. Returns it as stored.
   * @throws Error if there is none
   */
  updateEvent(named: ObjectName, change: Readonly<Record<string, unknown>>): KubeObject {
    const held = this.event(named);
    if (!held) throw new Error(`there is no event ${named.namespace ?? 'default'}/${named.name} to update`);
    return this.#cluster.writer.update(events, { ...held, ...change, metadata: held.metadata }).object;
  }

  /** Creates an event or replaces the one of its name. Returns it as stored. */
  writeEvent(event: KubeObject): KubeObject {
    return this.#cluster.writer.update(events, this.#placed(event)).object;
  }

  /** As a user or the end of its TTL does it: watchers get a DELETED frame of a newer version. @throws Error if there is none */
  deleteEvent({ namespace = 'default', name }: ObjectName): void {
    this.#cluster.writer.delete(events, { namespace, name });
  }

  /** As it is stored now. */
  event(named: ObjectName): KubeObject | undefined {
    return this.#get(events, named);
  }

  /** All that are stored now, in the order of a list. */
  get events(): readonly KubeObject[] {
    return this.#all(events);
  }

  /** Every version of an event that was ever written, oldest first: also those overtaken, deleted, compacted or rewound since. */
  get eventVersions(): readonly EventVersion[] {
    return [...this.#versions];
  }

  /** Creates a namespace, if there is none. */
  addNamespace(name: string): void {
    if (this.#get(namespaces, { name })) return;
    const labels = { 'kubernetes.io/metadata.name': name };
    const object = { metadata: { name, labels }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    this.#cluster.writer.create(namespaces, object, 'kube-apiserver');
  }

  /** As it is stored now. */
  configMap(named: ObjectName): KubeObject | undefined {
    return this.#get(configMaps, named);
  }

  /** As somebody else's hand does it. */
  writeConfigMap({ namespace = 'default', name }: ObjectName, data: Readonly<Record<string, string>>): void {
    const held = this.configMap({ namespace, name });
    const metadata = held?.metadata ?? { namespace, name };
    if (held) this.#cluster.writer.update(configMaps, { ...held, metadata, data });
    else this.#cluster.writer.create(configMaps, { metadata, data });
  }

  /** As it is stored now. */
  lease(named: ObjectName): KubeObject | undefined {
    return this.#get(leases, named);
  }

  /** As somebody else's hand does it: over the fields of its `spec`, or a new one. */
  writeLease({ namespace = 'default', name }: ObjectName, spec: Readonly<Record<string, unknown>>): void {
    const held = this.lease({ namespace, name });
    if (!held) this.#cluster.writer.create(leases, { metadata: { namespace, name }, spec });
    else this.#cluster.writer.update(leases, { ...held, spec: { ...(held['spec'] as object), ...spec } });
  }

  /** @throws Error if there is none */
  deleteLease({ namespace = 'default', name }: ObjectName): void {
    this.#cluster.writer.delete(leases, { namespace, name });
  }

  /**
   * Makes the cluster an OpenShift with these ClusterResourceQuotas, or none again.
   * @param quotas - all there are; undefined: not OpenShift
   * @param level - where they are served: the API group, or OpenShift 3's `/oapi`
   */
  setClusterQuotas(quotas: readonly KubeObject[] | undefined, level: 'group' | 'oapi' = 'group'): void {
    this.#cluster.openShift = quotas ? level : 'none';
    this.#replace(clusterQuotas, quotas ?? []);
  }

  /** Replaces all core ResourceQuotas. Their namespaces are made. */
  setResourceQuotas(quotas: readonly KubeObject[]): void {
    this.#replace(resourceQuotas, quotas);
  }

  /** Replaces all pods: another uid makes it another pod. Their namespaces are made. */
  setPods(all: readonly KubeObject[]): void {
    this.#replace(pods, all);
  }

  /** Replaces all nodes. */
  setNodes(all: readonly KubeObject[]): void {
    this.#replace(nodes, all);
  }

  /** Replaces all jobs. Their namespaces are made. */
  setJobs(all: readonly KubeObject[]): void {
    this.#replace(jobs, all);
  }

  /** Replaces what `/api/v1/componentstatuses` lists: at first scheduler, controller-manager and etcd-0, healthy. */
  setComponentStatuses(statuses: readonly KubeObject[]): void {
    this.#cluster.componentStatuses = statuses;
  }

  /** The readyz checks that fail from now on; none: all pass. */
  setFailingChecks(...names: readonly string[]): void {
    this.#cluster.failingChecks = new Set(names);
  }

  // ---------------------------------------------------------------------------------------------- history

  /** The newest version. */
  get version(): string {
    return `${this.#cluster.history.revision}`;
  }

  /** Versions pass without a write that anyone sees, as leases make them pass. */
  skipVersions(count: number): void {
    for (let n = 0; n < count; n++) this.#cluster.history.skip();
  }

  /**
   * Forgets what was replaced or deleted before a version, as etcd does every five minutes: older versions can be neither listed nor
   * watched from, and older continue tokens have expired.
   * @param version - by default the newest
   */
  compact(version: string = this.version): void {
    this.#cluster.history.compact(BigInt(version));
  }

  /** Continue tokens given out so far have expired, though their versions are held. */
  expireContinueTokens(): void {
    this.#cluster.history.skip();
    this.#cluster.continueFloor = this.#cluster.history.revision;
  }

  /** Everything after a version never happened: etcd restored from a snapshot. Connections are reset, and versions are given anew. */
  rewriteHistory(toVersion: string): void {
    this.#cluster.history.rewind(BigInt(toVersion));
    this.#cluster.continueFloor = 0n;
    this.#listener.closeConnections('reset');
  }

  // ---------------------------------------------------------------------------------------------- rights

  /** Replaces who is known, by bearer token: credentials that rotate. Other tokens are refused with 401. */
  setUsers(users: Readonly<Record<string, string>>): void {
    this.#cluster.users = new Map(Object.entries(users));
  }

  /** Refuses with 403 what the rule is true for, until the returned function is called. */
  deny(rule: DenyRule): () => void {
    this.#cluster.denyRules.add(rule);
    return () => void this.#cluster.denyRules.delete(rule);
  }

  /**
   * Refuses with 403 what these permissions do not cover, beside what every user may read (discovery, `/readyz`, `/version`), until the
   * returned function is called.
   */
  allowOnly(permissions: readonly Permission[]): () => void {
    return this.deny(allExcept(permissions));
  }

  // ---------------------------------------------------------------------------------------------- faults

  /** What happens to the next requests that match. Several faults wait side by side; the oldest that matches a request gets it. */
  fail(fault: Fault): void {
    this.#faults.add(fault);
  }

  /** From now on all is well. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** etcd is away, or only the one that keeps events: reads hang for 60 s, watches are silent, readyz fails after 4 s. */
  stopEtcd(scope: EtcdScope = 'all'): void {
    this.#cluster.etcd.stop(scope);
  }

  /** It is back: what hangs goes on. */
  startEtcd(): void {
    this.#cluster.etcd.start();
  }

  /** Ends all open watches: as a server does that is done with them, or by resetting their connections. */
  cutWatches(how: 'clean' | 'reset' = 'clean'): void {
    this.#cluster.watches.cut(how);
  }

  /**
   * Writes text into all open watches as it is: a frame that can't be read, half a frame. To a watch in protobuf each line is a frame that
   * says the same, or, of what is no JSON, a frame that can't be read.
   */
  writeToWatches(text: string): void {
    this.#cluster.watches.write(text);
  }

  /** Sends all open watches a BOOKMARK of the newest version, as servers with a watch cache do. */
  sendBookmarks(): void {
    const object = { kind: 'Event', apiVersion: 'v1', metadata: { resourceVersion: this.version } };
    this.writeToWatches(frame('BOOKMARK', object));
  }

  /** Closes connections: those that nobody uses just now, or all. */
  closeConnections(which: 'idle' | 'all' = 'idle'): void {
    this.#listener.closeConnections(which);
  }

  // ----------------------------------------------------------------------------------------------

  #placed(event: KubeObject): KubeObject {
    const namespace = event.metadata.namespace ?? 'default';
    this.addNamespace(namespace);
    return { ...event, metadata: { ...event.metadata, namespace } };
  }

  #get(resource: Resource, { namespace = 'default', name }: ObjectName): KubeObject | undefined {
    return this.#cluster.history.get(`${prefixOf(resource, namespace)}${name}`);
  }

  #all(resource: Resource): readonly KubeObject[] {
    const { history } = this.#cluster;
    return [...history.range(resource.prefix, resource.prefix, history.revision)].map(({ object }) => object);
  }

  #replace(resource: Resource, objects: readonly KubeObject[]): void {
    for (const { metadata } of this.#all(resource)) this.#cluster.writer.delete(resource, metadata);
    for (const object of objects)
      this.#cluster.writer.create(resource, resource.namespaced ? this.#placed(object) : object);
  }
}

function versionOf({ metadata }: KubeObject): EventVersion {
  const { uid = '', resourceVersion = '', namespace = '', name } = metadata;
  return { id: `${uid}:${resourceVersion}`, namespace, name, uid, resourceVersion };
}
