/** Notices a stream that is silent for longer than was agreed: one timer a silence, not one a frame. */
import type { Clock } from '../clock.ts';

export interface Watchdog {
  /** The wait for the next frame begins. */
  wait(): void;
  /** A frame came. Until the next wait, silence is the consumer's and does not count. */
  heard(): void;
  readonly silent: boolean;
  stop(): void;
}

/** `bark` is called once, when a wait has lasted `firstMs` before the first frame, or `nextMs` after one. */
export function createWatchdog(
  clock: Clock,
  bounds: { readonly firstMs: number; readonly nextMs: number },
  bark: () => void,
): Watchdog {
  let sleeping = new AbortController();
  let stopped = false;
  let silent = false;
  let waitingSinceMs: number | undefined;
  let boundMs = bounds.firstMs;

  async function look(): Promise<void> {
    const { signal } = sleeping;
    while (!signal.aborted) {
      const waitedMs = waitingSinceMs === undefined ? 0 : clock.monotonicMs() - waitingSinceMs;
      if (waitedMs >= boundMs) {
        silent = true;
        return bark();
      }
      await clock.sleep(boundMs - waitedMs, { signal });
    }
  }

  function start(): void {
    // The only rejection is the end of a sleep by abort, which is how a look ends.
    look().catch(() => undefined);
  }

  start();
  return {
    wait() {
      waitingSinceMs = clock.monotonicMs();
    },
    heard() {
      waitingSinceMs = undefined;
      if (boundMs === bounds.nextMs || stopped) return;
      boundMs = bounds.nextMs;
      sleeping.abort();
      sleeping = new AbortController();
      start();
    },
    get silent() {
      return silent;
    },
    stop() {
      stopped = true;
      sleeping.abort();
    },
  };
}
