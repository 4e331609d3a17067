/** kube-controller-manager and kube-scheduler, under the users and with the rights that a cluster gives them. */
import { join } from 'node:path';
import type { ApiServer } from './api-server.ts';
import { certificateFiles } from './certificates.ts';
import { ADMIN, CONTROLLER_MANAGER, type Credentials, SCHEDULER } from './credentials.ts';
import { createDaemon, type Daemon } from './daemon.ts';
import { freePort } from './ports.ts';
import { createRequests } from './requests.ts';
import type { Watchdog } from './watchdog.ts';

/** Further flags; they win over the harness's own. */
export interface ControllersOptions {
  readonly controllerManagerFlags?: readonly string[];
  readonly schedulerFlags?: readonly string[];
}

export interface ControllersSpec extends ControllersOptions {
  readonly binaries: string;
  readonly folder: string;
  readonly watchdog: Watchdog;
  readonly credentials: Credentials;
  readonly apiServer: ApiServer;
}

export interface Controllers {
  readonly controllerManager: Daemon;
  readonly scheduler: Daemon;
}

export async function createControllers(spec: ControllersSpec): Promise<Controllers> {
  return {
    controllerManager: await createController(spec, 'kube-controller-manager', CONTROLLER_MANAGER, [
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${spec.credentials.signingKeyFile}`,
      ...(spec.controllerManagerFlags ?? []),
    ]),
    scheduler: await createController(spec, 'kube-scheduler', SCHEDULER, spec.schedulerFlags ?? []),
  };
}

async function createController(
  { binaries, folder, watchdog, credentials, apiServer }: ControllersSpec,
  name: 'kube-controller-manager' | 'kube-scheduler',
  user: string,
  flags: readonly string[],
): Promise<Daemon> {
  const port = await freePort();
  const certificates = certificateFiles(folder);
  return createDaemon({
    name,
    command: join(binaries, name),
    arguments: [
      `--kubeconfig=${apiServer.kubeconfigPath(user)}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${certificates.certificate}`,
      `--tls-private-key-file=${certificates.key}`,
      '--leader-elect=false',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      ...flags,
    ],
    logFile: join(folder, `${name}.log`),
    watchdog,
    async isReady() {
      using own = createRequests({ url: `https://127.0.0.1:${port}`, certificates, tokens: credentials.tokens });
      return (await own.request(ADMIN, 'GET', '/healthz')).status === 200;
    },
  });
}
