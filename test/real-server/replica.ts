/** One of several replicas of a host, in this process: it runs its check again and again until it is stopped, and keeps what came of it. */
import { KubeASCheck, type KubeASCheckConfig, type KubeConfigLike } from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { type InTurn, runInTurn } from './in-turn.ts';

export interface Replica extends InTurn {
  readonly sender: RecordingSender;
}

export function startReplica(kubeConfig: KubeConfigLike, config: KubeASCheckConfig): Replica {
  const sender = new RecordingSender();
  const check = new KubeASCheck({ kubeConfig, sender, config });
  const inTurn = runInTurn(check);
  return { ...inTurn, sender, [Symbol.asyncDispose]: () => inTurn.stop().catch(() => undefined) };
}
