/** A check that is run in turn in this process, as a host does it, until it is disposed of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isKubeCheckError, type KubeASCheck, type RunReport } from '../../src/index.ts';

export interface InTurn extends AsyncDisposable {
  /** All so far. */
  readonly reports: readonly RunReport[];
  /** As a host stops it, or a rolling update ends a pod. Idempotent. Rejects with what a run rejected with. */
  stop(): Promise<void>;
}

export function runInTurn(check: KubeASCheck): InTurn {
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
  return { reports, stop, [Symbol.asyncDispose]: stop };
}
