/** How one task waits for another: for a ring, for a time, or for the end, whichever comes first. */
import type { Clock } from '../clock.ts';

export interface Bell {
  /** Wakes who waits. A ring that nobody waits for is lost: look first, then wait. */
  ring(): void;
  /** One at a time; never rejects. `ms`: at most so long. */
  wait(ended: AbortSignal, ms?: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  const nobody = (): void => undefined;
  let wake = nobody;
  return {
    ring: () => wake(),
    wait: (ended, ms) =>
      new Promise((resolve) => {
        if (ended.aborted) return resolve();
        const awake = new AbortController();
        const mine = () => {
          // Rung, timed and ended at once: the others come too late, and must not wake who waits next.
          if (wake !== mine) return;
          wake = nobody;
          ended.removeEventListener('abort', mine);
          awake.abort();
          resolve();
        };
        wake = mine;
        ended.addEventListener('abort', mine, { once: true });
        if (ms !== undefined) clock.sleep(ms, { signal: awake.signal }).then(mine, () => undefined);
      }),
  };
}
