/** How one task waits for another: for a ring, for a time, or for the end, whichever comes first. */
import type { Clock } from '../clock.ts';

export interface Bell {
  /** Wakes who waits. A ring that nobody waits for is lost: look first, then wait. */
  ring(): void;
  /** One at a time; never rejects. `ms`: at most so long. */
  wait(ended: AbortSignal, ms?: number): Promise<void>;
}

/** Given as the reason, as making one anew costs a stack trace. */
const woken = new Error('woken');

export function createBell(clock: Clock): Bell {
  const nobody = (): void => undefined;
  let wake = nobody;
  return {
    ring: () => wake(),
    wait: (ended, ms) =>
      new Promise((resolve) => {
        if (ended.aborted) return resolve();
        let timed: AbortController | undefined;
        const mine = () => {
          // Rung, timed and ended at once: the others come too late, and must not wake who waits next.
          if (wake !== mine) return;
          wake = nobody;
          ended.removeEventListener('abort', mine);
          timed?.abort(woken);
          resolve();
        };
        wake = mine;
        ended.addEventListener('abort', mine, { once: true });
        if (ms === undefined) return;
        timed = new AbortController();
        clock.sleep(ms, { signal: timed.signal }).then(mine, () => undefined);
      }),
  };
}
