/** How one task waits for another: for a ring, for a time, or for the end, whichever comes first. */
import type { Clock } from '../clock.ts';

export interface Bell {
  /** Wakes who waits. A ring that nobody waits for is lost: look first, then wait. */
  ring(): void;
  /** One at a time; never rejects. `ms`: at most so long. */
  wait(ended: AbortSignal, ms?: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let wake = (): void => undefined;
  return {
    ring: () => wake(),
    wait: (ended, ms) =>
      new Promise((resolve) => {
        if (ended.aborted) return resolve();
        const awake = new AbortController();
        wake = () => {
          wake = () => undefined;
          ended.removeEventListener('abort', wakeAtEnd);
          awake.abort();
          resolve();
        };
        const wakeAtEnd = wake;
        ended.addEventListener('abort', wakeAtEnd, { once: true });
        if (ms !== undefined) clock.sleep(ms, { signal: awake.signal }).then(wakeAtEnd, () => undefined);
      }),
  };
}
