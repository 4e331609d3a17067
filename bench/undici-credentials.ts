/** The kubeconfig that the control plane of the tests writes (JSON: a cluster, an authority, a token), in the words of undici. */
import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher } from 'undici';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

export interface Credentials {
  readonly server: string;
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
}

export function credentials(options: Omit<Agent.Options, 'connect'> = {}): Credentials {
  const kubeconfig = JSON.parse(readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8')) as Kubeconfig;
  const { server, 'certificate-authority-data': authority } = kubeconfig.clusters[0].cluster;
  const { token } = kubeconfig.users[0].user;
  return {
    server,
    dispatcher: new Agent({ ...options, connect: { ca: Buffer.from(authority, 'base64') } }),
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  };
}
