/** What the command line asks for. */
import { parseArgs } from 'node:util';

export const usage = `usage: npm start                                              a story on a fake API server
       npm start -- --kubeconfig PATH [options]              one run on a real cluster

  --kubeconfig PATH     the kubeconfig file
  --context NAME        one of its contexts; without it the current one
  --token-store WHERE   memory: nothing is written to the cluster (default)
                        configmap: how far events were read is kept in the ConfigMap kube-apiserver-check,
                        and the next run goes on from there
  --help`;

/** An argument, or what it names, is wrong: the message says which and why. */
export class WrongArgument extends Error {}

const tokenStores = ['memory', 'configmap'] as const;

export interface ClusterRun {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly tokenStore: (typeof tokenStores)[number];
}

export type Asked =
  | { readonly show: 'story' }
  | { readonly show: 'help' }
  | ({ readonly show: 'cluster' } & ClusterRun);

/** @throws WrongArgument */
export function parseArguments(args: readonly string[]): Asked {
  const { help, kubeconfig, context, 'token-store': store = 'memory' } = parsed(args);
  if (help) return { show: 'help' };
  if (kubeconfig === undefined) {
    const [alone] = args;
    if (alone === undefined) return { show: 'story' };
    throw new WrongArgument(`${alone.split('=')[0]} needs --kubeconfig PATH: the story has no options`);
  }
  if (kubeconfig === '') throw new WrongArgument('--kubeconfig needs the path of a file');
  const tokenStore = tokenStores.find((known) => known === store);
  if (!tokenStore) throw new WrongArgument(`--token-store is ${tokenStores.join(' or ')}, not "${store}"`);
  return { show: 'cluster', kubeconfig, tokenStore, ...(context === undefined ? {} : { context }) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        'token-store': { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new WrongArgument(error instanceof Error ? error.message : String(error));
  }
}
