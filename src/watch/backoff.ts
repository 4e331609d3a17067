/** How long to wait after failures in a row: exponential with jitter, never less than the server asked for, forgotten after success. */

export interface Backoff {
  /** The next delay in milliseconds. `retryAfterMs` is what the server asked for. */
  next(retryAfterMs?: number): number;
  /** Failures since the last {@link reset}. */
  readonly failures: number;
  reset(): void;
}

export interface BackoffOptions {
  /** 0 ≤ x < 1 */
  readonly random: () => number;
  /** @defaultValue 800, as client-go's reflector */
  readonly firstMs?: number;
  /** @defaultValue 30000 */
  readonly maxMs?: number;
}

export function createBackoff({ random, firstMs = 800, maxMs = 30_000 }: BackoffOptions): Backoff {
  let failures = 0;
  return {
    next(retryAfterMs = 0) {
      const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures++, 30));
      // Half fixed, half random, so that many clients of one restarted server do not come back together.
      const jittered = full * (0.5 + random() / 2);
      return Math.ceil(Math.max(jittered, retryAfterMs * (1 + random() / 10)));
    },
    get failures() {
      return failures;
    },
    reset() {
      failures = 0;
    },
  };
}
