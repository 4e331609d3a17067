/**
 * For how long a lease that was written still holds, by the clocks of its holder. Pure.
 *
 * It is counted from *before* the write was sent, others count from after they have read it: so it is over here before it is over for them.
 */
import type { Clock } from '../clock.ts';

/** One moment on both clocks. Milliseconds. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export const instantOf = (clock: Clock): Instant => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() });

/**
 * What is left of a span that began at an instant, by the clock that says less. The monotonic one may stand still while a machine is
 * suspended, so the wall clock is asked, too. Where that one is set back it extends nothing; where it is set forward (NTP) a lease may end
 * early, which costs a question to the server.
 */
export function leftMs(since: Instant, spanMs: number, now: Instant): number {
  const passedMs = Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
  return Math.max(spanMs - passedMs, 0);
}
