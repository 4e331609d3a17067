/**
 * Notices a stream that is silent, and one that nobody reads: a stream left unread makes the API server hold what it can't send. One
 * timer a while, not one a frame.
 */
import type { Clock } from '../clock.ts';

export interface Watchdog {
  /** The wait for the next frame begins. */
  wait(): void;
  /** A frame came, and is the consumer's until the next wait. */
  heard(): void;
  /** Barks at once: the consumer has no room. */
  noRoom(): void;
  /** Why it has barked. */
  readonly verdict: 'silent' | 'unread' | undefined;
  stop(): void;
}

export interface WatchdogBounds {
  /** Silence before the first frame, and after one. Milliseconds. */
  readonly firstMs: number;
  readonly nextMs: number;
  /** How long a consumer may keep the stream waiting. Milliseconds. */
  readonly unreadMs: number;
}

/** `bark` is called once. Nothing runs before the first `wait`. */
export function createWatchdog(clock: Clock, bounds: WatchdogBounds, bark: () => void): Watchdog {
  let phase: 'silent' | 'unread' = 'silent';
  let verdict: 'silent' | 'unread' | undefined;
  let heardOnce = false;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let wakesAtMs = Number.POSITIVE_INFINITY;
  let sleeping = new AbortController();
  let stopped = false;

  function expect(next: 'silent' | 'unread', withinMs: number): void {
    if (stopped || verdict !== undefined) return;
    phase = next;
    dueAtMs = clock.monotonicMs() + withinMs;
    // A sleeper that wakes early looks and sleeps on; only one that would wake late is replaced.
    if (dueAtMs >= wakesAtMs) return;
    sleeping.abort();
    sleeping = new AbortController();
    // The only rejection is the end of a sleep by abort, which is how a look ends.
    look(sleeping.signal).catch(() => undefined);
  }

  async function look(signal: AbortSignal): Promise<void> {
    for (;;) {
      wakesAtMs = dueAtMs;
      await clock.sleep(dueAtMs - clock.monotonicMs(), { signal });
      if (signal.aborted) return;
      if (clock.monotonicMs() >= dueAtMs) break;
    }
    verdict = phase;
    bark();
  }

  return {
    wait: () => expect('silent', heardOnce ? bounds.nextMs : bounds.firstMs),
    heard() {
      heardOnce = true;
      expect('unread', bounds.unreadMs);
    },
    noRoom() {
      if (stopped || verdict !== undefined) return;
      verdict = 'unread';
      sleeping.abort();
      bark();
    },
    get verdict() {
      return verdict;
    },
    stop() {
      stopped = true;
      sleeping.abort();
    },
  };
}
