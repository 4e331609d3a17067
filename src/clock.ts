/** The only door to time, timers and randomness: everything that waits takes a {@link Clock}, so that tests own time. */

/** `monotonicMs` measures (leases, deadlines), `nowMs` dates. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** 0 ≤ x < 1 */
  random(): number;
  /** Rejects with the signal's reason. `background`: keeps no process alive. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal; readonly background?: boolean }): Promise<void>;
}

/** Longest delay a Node timer takes; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, { signal, background = false } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        Math.min(Math.max(ms, 0), maxTimerMs),
      );
      if (background) timer.unref();
      signal?.addEventListener('abort', abort, { once: true });
    }),
};

/** For work that is bounded otherwise, and that the end of a run must not cut off: a commit, a save. */
export const neverAborted = (): AbortSignal => {
  // Node loads what it takes with the first one: importing this library must not pay for it.
  never ??= new AbortController().signal;
  return never;
};

let never: AbortSignal | undefined;

/** Given as the reason, as making one anew costs a stack trace. */
const cleared = new Error('the deadline was cleared');

/** A deadline as an abort signal. `clear()` must be called when the work is over: it ends the timer. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether the deadline itself (and not an outer signal) has passed. */
  readonly passed: boolean;
  clear(): void;
}

/** Aborts after `ms`, or when any of the outer signals does, with the reason of whichever came first. */
export const deadline = (
  clock: Clock,
  ms: number,
  reason: () => unknown,
  ...outer: readonly (AbortSignal | undefined)[]
): Deadline => new RunningDeadline(clock, ms, reason, outer);

/**
 * A class, as an object literal with a getter makes a hidden class of its own each time; that, and all the work it refers to, would stay until
 * the next full collection. So would what is left to addEventListener's `signal` to remove, and some of it for good: Node holds it weakly.
 */
class RunningDeadline implements Deadline {
  readonly #controller = new AbortController();
  readonly #cleared = new AbortController();
  #passed = false;

  constructor(clock: Clock, ms: number, reason: () => unknown, outer: readonly (AbortSignal | undefined)[]) {
    for (const signal of outer) if (signal) this.#follow(signal);
    if (ms === Number.POSITIVE_INFINITY) return;
    clock.sleep(ms, { signal: this.#cleared.signal }).then(
      () => {
        this.#passed = !this.#controller.signal.aborted;
        this.#controller.abort(reason());
      },
      () => undefined,
    );
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get passed(): boolean {
    return this.#passed;
  }

  clear(): void {
    this.#cleared.abort(cleared);
  }

  #follow(signal: AbortSignal): void {
    const abort = () => this.#controller.abort(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    this.#cleared.signal.addEventListener('abort', () => signal.removeEventListener('abort', abort), { once: true });
  }
}
