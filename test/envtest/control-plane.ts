/**
 * A real control plane of one test: etcd and kube-apiserver on free loopback ports, with their own authority, RBAC on, and
 * what a test does to them. Disposing it kills every process and removes every file; so does the end of the test process,
 * however it comes.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, type ApiServerOptions, createApiServer } from './api-server.ts';
import { type Binary, findAssets } from './assets.ts';
import { type Controllers, type ControllersOptions, createControllers } from './controllers.ts';
import { type Users, writeCredentials } from './credentials.ts';
import type { Daemon } from './daemon.ts';
import { createEtcd, type Etcd, type RestoreOptions } from './etcd.ts';
import type { KubeConfigs } from './kubeconfig.ts';
import type { Requests } from './requests.ts';
import { startWatchdog } from './watchdog.ts';

export interface ControlPlaneOptions extends ApiServerOptions {
  /** Users with a token besides `admin` and `kasc`, and their groups. */
  readonly users?: Users;
  /** Events get an etcd of their own, as large clusters do. @defaultValue false */
  readonly separateEvents?: boolean;
}

/** Its own requests and kubeconfigs are those of its first API server. */
export interface ControlPlane extends KubeConfigs, Requests, AsyncDisposable {
  readonly apiServer: ApiServer;
  readonly etcd: Etcd;
  /** The same as `etcd`, unless events are separate. */
  readonly eventsEtcd: Etcd;
  /** All started so far, running or not. */
  readonly daemons: readonly Daemon[];
  /** Where all its files are, logs too. */
  readonly folder: string;
  /** Starts another API server on the same etcd. */
  startApiServer(options?: ApiServerOptions): Promise<ApiServer>;
  /** Starts kube-controller-manager and kube-scheduler. */
  startControllers(options?: ControllersOptions): Promise<Controllers>;
  /** As an administrator does: stops the API servers, restores the etcd from a snapshot of it, starts those that ran. */
  restore(etcd: Etcd, snapshot: string, options?: RestoreOptions): Promise<void>;
}

/** What every control plane needs; controllers and restoring need more. */
export const basicBinaries: readonly Binary[] = ['etcd', 'kube-apiserver'];

/** @throws when binaries are missing, or one of them does not start: the message quotes its log */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const assets = findAssets(basicBinaries);
  if ('missing' in assets) throw new Error(assets.missing);
  const owned = new AsyncDisposableStack();
  try {
    return await assemble(options, assets.folder, owned);
  } catch (cause) {
    await owned.disposeAsync();
    throw cause;
  }
}

async function assemble(options: ControlPlaneOptions, binaries: string, owned: AsyncDisposableStack) {
  const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-'));
  const watchdog = owned.use(startWatchdog(folder));
  const credentials = writeCredentials(folder, options.users ?? {});
  const common = { binaries, folder, watchdog, credentials };
  const daemons: Daemon[] = [];
  owned.defer(async () => {
    await Promise.all(daemons.map((daemon) => daemon.kill()));
  });

  async function started<Kind extends Daemon>(daemon: Kind): Promise<Kind> {
    daemons.push(daemon);
    await daemon.start();
    return daemon;
  }

  const etcd = await started(await createEtcd({ ...common, name: 'etcd' }));
  const eventsEtcd = options.separateEvents
    ? await started(await createEtcd({ ...common, name: 'events-etcd' }))
    : etcd;
  const apiServers: ApiServer[] = [];

  async function startApiServer(apiServerOptions: ApiServerOptions = {}): Promise<ApiServer> {
    const apiServer = await createApiServer({
      ...common,
      ...apiServerOptions,
      name: `kube-apiserver-${apiServers.length + 1}`,
      etcdUrl: etcd.url,
      eventsEtcdUrl: options.separateEvents ? eventsEtcd.url : undefined,
    });
    apiServers.push(owned.use(apiServer));
    return started(apiServer);
  }

  async function startControllers(controllersOptions: ControllersOptions = {}): Promise<Controllers> {
    const { controllerManager, scheduler } = await createControllers({ ...common, ...controllersOptions, apiServer });
    await Promise.all([started(controllerManager), started(scheduler)]);
    return { controllerManager, scheduler };
  }

  async function restore(restored: Etcd, snapshot: string, restoreOptions?: RestoreOptions): Promise<void> {
    const stopped = apiServers.filter((each) => each.pid() !== undefined);
    await Promise.all(stopped.map((each) => each.stop()));
    await restored.restore(snapshot, restoreOptions);
    await Promise.all(stopped.map((each) => each.start()));
  }

  const apiServer = await startApiServer(options);
  const { kubeConfig, kubeconfigPath, request, watch } = apiServer;
  return {
    ...{ kubeConfig, kubeconfigPath, request, watch },
    ...{ apiServer, etcd, eventsEtcd, daemons, folder },
    ...{ startApiServer, startControllers, restore },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  } satisfies ControlPlane;
}
