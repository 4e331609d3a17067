/**
 * From a kubeconfig source to what one request needs: the server's address, TLS material and headers. The one importer of client-node,
 * and only when no kubeconfig was injected: its value import costs hundreds of milliseconds.
 *
 * Credentials rotate, so they are asked for at each request. client-node's `applySecurityAuthentication` is not used: it makes a new
 * connection pool at each call.
 */
import type { RequestOptions } from 'node:https';
import { KubeCheckError } from '../errors.ts';
import type { KubeConfigLike, KubeConfigSource } from '../kube-api.ts';
import { saying } from './secrets.ts';

/** What one request needs. */
export interface Connection {
  readonly server: URL;
  /** TLS material, headers, perhaps `auth` and a proxy's agent. */
  readonly options: RequestOptions;
}

export interface Connector {
  /** @throws KubeCheckError CLIENT_UNAVAILABLE; the next call tries anew. */
  connection(): Promise<Connection>;
  /** The same after a 401: a source that is a function is called again. @throws KubeCheckError CLIENT_UNAVAILABLE */
  renewed(): Promise<Connection>;
}

async function loadDefault(): Promise<KubeConfigLike> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return kubeConfig;
}

export function createConnector(source: KubeConfigSource = loadDefault): Connector {
  let loading: Promise<KubeConfigLike> | undefined;
  const load = (): Promise<KubeConfigLike> => {
    if (typeof source !== 'function') return Promise.resolve(source);
    loading ??= Promise.resolve().then(source);
    return loading;
  };
  const attempt = async (use: (kubeConfig: KubeConfigLike) => Promise<Connection>): Promise<Connection> => {
    try {
      return await use(await load());
    } catch (error) {
      loading = undefined;
      throw unavailable(error);
    }
  };
  return {
    connection: () => attempt(connectionOf),
    renewed: () => {
      loading = undefined;
      return attempt(connectionOf);
    },
  };
}

async function connectionOf(kubeConfig: KubeConfigLike): Promise<Connection> {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig has no current cluster');
  const server = serverOf(cluster.server);
  const options: RequestOptions = { headers: {} };
  await kubeConfig.applyToHTTPSOptions(options);
  const token = await fileToken(kubeConfig);
  if (token) options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
  return { server, options };
}

function serverOf(address: string): URL {
  if (!URL.canParse(address) || !/^https?:/i.test(address))
    throw new Error("the cluster's server in the kubeconfig is no http(s) address");
  return new URL(address);
}

/**
 * client-node keeps a token file's content for a minute, with the line break at its end, while the server may refuse the old token at
 * once. So the file itself is asked (in-cluster service accounts, and users with `authProvider.config.tokenFile`). A file that is away or
 * empty for a moment is being replaced: what client-node has read stays.
 */
async function fileToken(kubeConfig: KubeConfigLike): Promise<string | undefined> {
  const user = (kubeConfig as { getCurrentUser?(): unknown }).getCurrentUser?.() as
    | { readonly authProvider?: { readonly config?: { readonly tokenFile?: unknown } } }
    | null
    | undefined;
  const path = user?.authProvider?.config?.tokenFile;
  if (typeof path !== 'string') return undefined;
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

function unavailable(thrown: unknown): KubeCheckError {
  return new KubeCheckError('CLIENT_UNAVAILABLE', `no client could be made from the kubeconfig: ${saying(thrown)}`, {
    remedy:
      'check KUBECONFIG or ~/.kube/config, its current context and its credential plugin; it is tried again on the next run',
  });
}
