/**
 * One kube-apiserver on a loopback port that stays its own over restarts. At its first start it makes an authority and a
 * serving certificate; API servers of one control plane share both.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFiles } from './certificates.ts';
import { ADMIN, type Credentials } from './credentials.ts';
import { createDaemon, type Daemon } from './daemon.ts';
import { createKubeConfigs, type KubeConfigs } from './kubeconfig.ts';
import { freePort } from './ports.ts';
import { createRequests, type Requests } from './requests.ts';
import type { Watchdog } from './watchdog.ts';

export interface ApiServerOptions {
  /**
   * Whole seconds that open watches may go on after SIGTERM before they are closed. `'server-default'` leaves the flag
   * out: a watch that nobody closes then holds the process for up to 60 s.
   * @defaultValue 1
   */
  readonly watchGraceSeconds?: number | 'server-default';
  /**
   * Pods need their service account, and get its token mounted, as in a cluster: it must be there before them, or be made by the
   * controllers. @defaultValue false
   */
  readonly serviceAccountAdmission?: boolean;
  /** Further flags; they win over the harness's own. */
  readonly apiServerFlags?: readonly string[];
}

export interface ApiServer extends Daemon, KubeConfigs, Requests, Disposable {
  readonly url: string;
}

export interface ApiServerSpec extends ApiServerOptions {
  readonly name: string;
  readonly binaries: string;
  readonly folder: string;
  readonly watchdog: Watchdog;
  readonly credentials: Credentials;
  readonly etcdUrl: string;
  /** Where events are kept, if not with all the rest. */
  readonly eventsEtcdUrl: string | undefined;
}

export async function createApiServer(spec: ApiServerSpec): Promise<ApiServer> {
  const { name, folder, credentials } = spec;
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const certificates = certificateFiles(folder);
  const requests = createRequests({ url, certificates, tokens: credentials.tokens });

  async function isReady(): Promise<boolean> {
    if (!existsSync(certificates.certificate)) return false;
    const readyz = await requests.request(ADMIN, 'GET', '/readyz');
    if (readyz.status !== 200) return false;
    // The default namespace is made a moment after readyz turns good.
    const namespace = await requests.request(ADMIN, 'GET', '/api/v1/namespaces/default');
    return namespace.status === 200;
  }

  const daemon = createDaemon({
    name,
    command: join(spec.binaries, 'kube-apiserver'),
    arguments: [...flags(spec, port, certificates.folder), ...(spec.apiServerFlags ?? [])],
    logFile: join(folder, `${name}.log`),
    watchdog: spec.watchdog,
    isReady,
  });
  const kubeConfigs = createKubeConfigs({ name, url, folder, certificates, tokens: credentials.tokens });
  return { url, ...daemon, ...kubeConfigs, ...requests };
}

function flags(spec: ApiServerSpec, port: number, certificateFolder: string): string[] {
  const { credentials, etcdUrl, eventsEtcdUrl, watchGraceSeconds = 1 } = spec;
  const always = [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${certificateFolder}`,
    // The service "kubernetes" must not have a loopback address, and nobody here needs it.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=RBAC',
    `--token-auth-file=${credentials.tokenFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.verifyingKeyFile}`,
    `--service-account-signing-key-file=${credentials.signingKeyFile}`,
    // Priority and fairness stay on, with room enough that tests which write fast are not put off.
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
  ];
  // Pods can be made without waiting for the controller that makes service accounts.
  if (!spec.serviceAccountAdmission) always.push('--disable-admission-plugins=ServiceAccount');
  if (eventsEtcdUrl !== undefined) always.push(`--etcd-servers-overrides=/events#${eventsEtcdUrl}`);
  if (watchGraceSeconds === 'server-default') return always;
  return [...always, `--shutdown-watch-termination-grace-period=${watchGraceSeconds}s`];
}
