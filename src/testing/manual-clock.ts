/**
 * Time in a test's hands. It stands still until it is moved, and then stops at every sleep that ends on the way, in order.
 * No sleep of a ManualClock keeps a process alive.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { eventLoopCalm } from './event-loop.ts';

/** What a {@link ManualClock} may be told. */
export interface ManualClockOptions {
  /** What `nowMs()` says at first. Unix milliseconds. @defaultValue 2026-01-01T00:00:00Z */
  readonly startAtMs?: number;
  /** Where `random()` begins its sequence: the same seed, the same numbers. @defaultValue 1 */
  readonly seed?: number;
  /** Makes `random()` say this alone, e.g. 0 for no jitter. 0 ≤ x < 1. */
  readonly random?: number;
}

/** Somebody who sleeps. */
export interface Sleeper {
  /** How long it asked for. Milliseconds. */
  readonly ms: number;
  /** When it wakes, on `monotonicMs()`. */
  readonly dueAtMs: number;
  readonly background: boolean;
}

/** How time moves on. */
export interface MoveOptions {
  /**
   * Awaited before each step of time: resolves when nothing more happens without the clock. With a FakeApiServer
   * `() => server.idle()`.
   */
  readonly idle?: () => Promise<void>;
}

interface Waking extends Sleeper {
  wake(): void;
}

/**
 * A `Clock` that a test moves:
 *
 * ```ts
 * const clock = new ManualClock();
 * const work = retryThreeTimes({ clock });
 * await clock.whenSleeping();
 * await clock.advance(1000);
 * ```
 *
 * **With real I/O** (a FakeApiServer), a deadline is a sleep too, and moving time while an answer is on its way would end it. So let
 * the clock find out itself when time may pass:
 *
 * ```ts
 * const report = await clock.runUntil(check.run(), { idle: () => server.idle() });
 * ```
 *
 * goes from sleep to sleep, each time only after the process has come to rest, until the promise is settled. Ten minutes pass in
 * milliseconds, and a deadline passes only where the server really is silent.
 */
export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #randomState: number;
  readonly #fixedRandom: number | undefined;
  /** In the order of waking; those that wake together, in the order of asking. */
  readonly #sleepers: Waking[] = [];
  readonly #observers = new Set<() => void>();
  #moving: Promise<void> = Promise.resolve();

  /** Starts nothing. */
  constructor(options: ManualClockOptions = {}) {
    this.#wallMs = options.startAtMs ?? Date.UTC(2026, 0, 1);
    this.#randomState = options.seed ?? 1;
    this.#fixedRandom = options.random;
  }

  /** Unix milliseconds. */
  nowMs(): number {
    return this.#wallMs;
  }

  /** Milliseconds since construction. */
  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** 0 ≤ x < 1, the same sequence each time (mulberry32). */
  random(): number {
    if (this.#fixedRandom !== undefined) return this.#fixedRandom;
    this.#randomState = (this.#randomState + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#randomState ^ (this.#randomState >>> 15), this.#randomState | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Ends when time has been moved that far; also a sleep of 0 waits for `advance(0)`. Rejects with the signal's reason. */
  sleep(ms: number, options: { readonly signal?: AbortSignal; readonly background?: boolean } = {}): Promise<void> {
    const { signal, background = false } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Waking = { ms, dueAtMs: this.#monotonicMs + Math.max(ms || 0, 0), background, wake };
      signal?.addEventListener('abort', abort, { once: true });
      const later = this.#sleepers.findIndex((other) => other.dueAtMs > sleeper.dueAtMs);
      this.#sleepers.splice(later === -1 ? this.#sleepers.length : later, 0, sleeper);
      for (const observe of [...this.#observers]) observe();
    });
  }

  /** Who sleeps now, in the order of waking. Deadlines are among them. */
  get sleepers(): readonly Sleeper[] {
    return this.#sleepers.map(({ ms, dueAtMs, background }) => ({ ms, dueAtMs, background }));
  }

  /** How many sleep. */
  get pending(): number {
    return this.#sleepers.length;
  }

  /** Resolves with the first sleeper that meets the condition (by default any): at once if it sleeps already. */
  whenSleeping(condition: (sleeper: Sleeper) => boolean = () => true): Promise<Sleeper> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.sleepers.find(condition);
        if (!found) return;
        this.#observers.delete(look);
        resolve(found);
      };
      this.#observers.add(look);
      look();
    });
  }

  /**
   * Moves time on. Whoever wakes on the way does so at its own instant, one after the other, and what it does at once (microtasks, or
   * all that `idle` waits for) is done before time moves further; it may sleep again and wake again within the same call.
   * A second call begins when the first has ended.
   * @param ms - 0 or more; 0 wakes who is due
   * @throws RangeError if `ms` is negative or no number
   */
  advance(ms: number, options: MoveOptions = {}): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`time can't be moved by ${ms} ms`);
    const moved = this.#moving.then(() => this.#moveTo(this.#monotonicMs + ms, options));
    this.#moving = moved.catch(() => undefined);
    return moved;
  }

  /** Moves the wall clock alone, also back: an adjusted clock, or one that went on while the machine was suspended. */
  shiftWall(ms: number): void {
    this.#wallMs += ms;
  }

  /**
   * Lets time pass until the promise is settled, and settles like it. Before each step `idle` is awaited, then time moves to the next
   * sleeper. Where nobody sleeps it waits for somebody to.
   * @param promise - what time passes for
   * @param options - `idle`: by default the event loop of this process is calm; `limitMs`: most time to pass, by default a day
   * @throws Error if the promise is still pending after `limitMs`
   */
  async runUntil<T>(promise: PromiseLike<T>, options: MoveOptions & { readonly limitMs?: number } = {}): Promise<T> {
    const { idle = eventLoopCalm, limitMs = 86_400_000 } = options;
    const endMs = this.#monotonicMs + limitMs;
    let settled = false;
    const end = () => {
      settled = true;
    };
    const ended = promise.then(end, end);
    while (!settled) {
      await idle();
      if (settled) break;
      const dueMs = this.#sleepers[0]?.dueAtMs ?? Number.POSITIVE_INFINITY;
      if (dueMs === Number.POSITIVE_INFINITY)
        await Promise.race([ended, this.whenSleeping(({ ms }) => ms < Number.POSITIVE_INFINITY)]);
      else if (dueMs > endMs) throw new Error(`still pending after ${limitMs} ms: ${describe(this.sleepers)}`);
      else this.#wakeNext();
    }
    return promise;
  }

  async #moveTo(targetMs: number, { idle = nextTurn }: MoveOptions): Promise<void> {
    for (;;) {
      await idle();
      const next = this.#sleepers[0];
      if (!next || next.dueAtMs > targetMs) break;
      this.#wakeNext();
    }
    this.#passTo(targetMs);
  }

  #wakeNext(): void {
    const next = this.#sleepers.shift();
    if (!next) return;
    this.#passTo(next.dueAtMs);
    next.wake();
  }

  #passTo(monotonicMs: number): void {
    const passedMs = Math.max(monotonicMs - this.#monotonicMs, 0);
    this.#monotonicMs += passedMs;
    this.#wallMs += passedMs;
  }
}

function describe(sleepers: readonly Sleeper[]): string {
  return `${sleepers.length} asleep, due at ${sleepers.map(({ dueAtMs }) => dueAtMs).join(', ')} ms`;
}
