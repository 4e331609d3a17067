/**
 * When the server may be asked again, and for how long it has not answered. All of it outlives a run: a run that ends while waiting
 * gives the next one no right to ask at once.
 */
import type { Clock } from '../clock.ts';
import type { Backoff } from './backoff.ts';

export interface PatienceOptions {
  readonly clock: Clock;
  /** Between failures in a row. */
  readonly backoff: Backoff;
  /** Between lists in a row without a stream that got anywhere: a server that forgets faster than it can be read. */
  readonly relistBackoff: Backoff;
}

export interface Patience {
  /** Waits until the server may be asked again. Rejects with the signal's reason. */
  rest(signal: AbortSignal): Promise<void>;
  /** The answer, and a note of how long the wait for it was. */
  answer<T>(answer: Promise<T>, signal: AbortSignal): Promise<T>;
  /** How long the server was asked without any answer since the last one, as long as runs ended first. Milliseconds. */
  readonly unansweredMs: number;
  readonly failures: number;
  /** Something failed that is to be tried again. Returns how long to wait, in milliseconds. */
  failed(retryAfterMs?: number): number;
  /** A list is to be read. The first is ordinary and waits for nothing. */
  relisting(): void;
  /** It works: failures are forgotten. */
  works(): void;
  /** The stream got somewhere: lists before it are forgotten. */
  flows(): void;
}

export function createPatience({ clock, backoff, relistBackoff }: PatienceOptions): Patience {
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let unansweredMs = 0;
  return {
    async rest(signal) {
      const restMs = notBeforeMs - clock.monotonicMs();
      if (restMs > 0) await clock.sleep(restMs, { signal });
    },
    async answer(answer, signal) {
      const askedAtMs = clock.monotonicMs();
      try {
        const given = await answer;
        unansweredMs = 0;
        return given;
      } catch (error) {
        unansweredMs = signal.aborted ? unansweredMs + clock.monotonicMs() - askedAtMs : 0;
        throw error;
      }
    },
    get unansweredMs() {
      return unansweredMs;
    },
    get failures() {
      return backoff.failures;
    },
    failed(retryAfterMs) {
      const delayMs = backoff.next(retryAfterMs);
      notBeforeMs = clock.monotonicMs() + delayMs;
      return delayMs;
    },
    relisting() {
      const another = relistBackoff.failures > 0;
      const delayMs = relistBackoff.next();
      if (another) notBeforeMs = Math.max(notBeforeMs, clock.monotonicMs() + delayMs);
    },
    works: () => backoff.reset(),
    flows: () => relistBackoff.reset(),
  };
}
