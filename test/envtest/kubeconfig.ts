/** How the code under test reaches an API server: client-node's KubeConfig, or a kubeconfig file for another process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { type CertificateFiles, readAuthority } from './certificates.ts';
import { type Tokens, tokenOf } from './credentials.ts';

/** What a test may give a wrong value on purpose. */
export interface Overrides {
  /** PEM; the authority to trust instead of the control plane's own. */
  readonly ca?: string;
  /** Instead of the user's. */
  readonly token?: string;
}

export interface KubeConfigs {
  kubeConfig(user: string, overrides?: Overrides): Promise<KubeConfig>;
  /** Writes a kubeconfig file for this user and returns its path. */
  kubeconfigPath(user: string, overrides?: Overrides): string;
}

export interface KubeConfigsSpec {
  /** Of the API server; the files are named after it. */
  readonly name: string;
  readonly url: string;
  readonly folder: string;
  readonly certificates: CertificateFiles;
  readonly tokens: Tokens;
}

export function createKubeConfigs(spec: KubeConfigsSpec): KubeConfigs {
  /** JSON is YAML too. */
  function kubeconfig(user: string, { ca, token }: Overrides = {}): string {
    const authority = Buffer.from(ca ?? readAuthority(spec.certificates)).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'envtest', cluster: { server: spec.url, 'certificate-authority-data': authority } }],
      users: [{ name: user, user: { token: token ?? tokenOf(spec.tokens, user) } }],
      contexts: [{ name: 'envtest', context: { cluster: 'envtest', user } }],
      'current-context': 'envtest',
    });
  }

  return {
    async kubeConfig(user, overrides) {
      const { KubeConfig } = await import('@kubernetes/client-node');
      const config = new KubeConfig();
      config.loadFromString(kubeconfig(user, overrides));
      return config;
    },
    kubeconfigPath(user, overrides) {
      const file = join(spec.folder, `${spec.name}-${user.replaceAll(':', '-')}.kubeconfig`);
      writeFileSync(file, kubeconfig(user, overrides), { mode: 0o600 });
      return file;
    },
  };
}
