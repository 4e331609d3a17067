/** One run on a real cluster: what is measured and read goes to the console, and nothing to the cluster, unless the token is to be kept. */
import { formatReport, isKubeCheckError, KubeASCheck, MemoryTokenStore } from 'kube-apiserver-check';
import { consoleSender } from 'kube-apiserver-check/senders/console';
import { type ClusterRun, WrongArgument } from './arguments.ts';

/** Resolves to whether all went well. @throws WrongArgument */
export async function runOnCluster({ kubeconfig, context, tokenStore }: ClusterRun): Promise<boolean> {
  const check = new KubeASCheck({
    kubeConfig: await loadKubeConfig(kubeconfig, context),
    sender: consoleSender(),
    config: { leader: { skip: true }, events: {} },
    // Left out, it is a ConfigMap on the cluster itself.
    ...(tokenStore === 'memory' ? { tokenStore: new MemoryTokenStore() } : {}),
  });
  try {
    const report = await check.run();
    console.log(`\n${formatReport(report)}`);
    return report.ok;
  } catch (error) {
    if (!isKubeCheckError(error)) throw error;
    console.error(`${error.code}: ${error.message}${error.remedy ? ` → ${error.remedy}` : ''}`);
    return false;
  } finally {
    await check.stop();
  }
}

/** @throws WrongArgument */
export async function loadKubeConfig(path: string, context: string | undefined) {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(path);
  } catch (error) {
    // What a parser says of a file that holds credentials is not for the terminal: it quotes the line.
    const code =
      error instanceof Error && 'code' in error ? ` (${error.code})` : ': it is no kubeconfig in YAML or JSON';
    throw new WrongArgument(`--kubeconfig ${path} can't be read${code}`);
  }
  if (context !== undefined) kubeConfig.setCurrentContext(context);
  const current = kubeConfig.getCurrentContext();
  if (!kubeConfig.getContextObject(current)) {
    const known = kubeConfig.getContexts().map(({ name }) => name);
    const what = current ? `has no context "${current}"` : 'has no current context: choose one with --context';
    throw new WrongArgument(`${path} ${what}; it has ${known.length > 0 ? known.join(', ') : 'none'}`);
  }
  return kubeConfig;
}
