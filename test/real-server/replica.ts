/** One of several replicas of a host, in this process: it runs its check again and again until it is stopped, and keeps what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isKubeCheckError,
  KubeASCheck,
  type KubeASCheckConfig,
  type KubeConfigLike,
  type RunReport,
} from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';

export interface Replica extends AsyncDisposable {
  readonly sender: RecordingSender;
  /** All so far. */
  readonly reports: readonly RunReport[];
  /** As a rolling update ends a pod. Idempotent. Rejects with what a run rejected with. */
  stop(): Promise<void>;
}

export function startReplica(kubeConfig: KubeConfigLike, config: KubeASCheckConfig): Replica {
  const sender = new RecordingSender();
  const check = new KubeASCheck({ kubeConfig, sender, config });
  const reports: RunReport[] = [];
  const stopping = new AbortController();

  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      reports.push(await check.run());
      await sleep(check.intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const ended = keepRunning().catch((error: unknown) => {
    if (!isKubeCheckError(error, 'CHECK_STOPPED')) throw error;
  });
  ended.catch(() => undefined);

  async function stop(): Promise<void> {
    stopping.abort();
    await check.stop();
    await ended;
  }

  return { sender, reports, stop, [Symbol.asyncDispose]: () => stop().catch(() => undefined) };
}
