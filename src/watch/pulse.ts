/** Signs of life of a reader: when the server was last heard of, and how long its stream has been quiet. */
import type { Clock } from '../clock.ts';

export interface Pulse {
  /** When the server was last heard of, were it a refusal. Unix milliseconds. */
  readonly heardAtMs: number | undefined;
  /** How long ago it last came to an end to ask it, also in vain. Milliseconds. */
  readonly untriedMs: number;
  /** For how long the stream has brought nothing; since its opening, if nothing came. Milliseconds. */
  readonly quietMs: number;
}

export interface PulseTaker extends Pulse {
  heard(): void;
  /** It was asked, and nothing came. */
  tried(): void;
  opened(): void;
  /** Frames came. If they had been waiting for a silent stream to be opened again: how long that one had been silent, in milliseconds. */
  frames(): number | undefined;
  /** The stream is given up, as it was silent for too long. */
  silent(): void;
}

/** Frames that come sooner after the opening were there before it. */
const wokenMs = 1000;

export function createPulse(clock: Clock): PulseTaker {
  let heardAtMs: number | undefined;
  let lastTriedMs = clock.monotonicMs();
  let quietSinceMs = clock.monotonicMs();
  let silentMs: number | undefined;
  const quietMs = () => clock.monotonicMs() - quietSinceMs;
  return {
    get heardAtMs() {
      return heardAtMs;
    },
    get untriedMs() {
      return clock.monotonicMs() - lastTriedMs;
    },
    get quietMs() {
      return quietMs();
    },
    heard() {
      heardAtMs = clock.nowMs();
      lastTriedMs = clock.monotonicMs();
    },
    tried() {
      lastTriedMs = clock.monotonicMs();
    },
    opened() {
      quietSinceMs = clock.monotonicMs();
    },
    frames() {
      const woken = quietMs() < wokenMs ? silentMs : undefined;
      silentMs = undefined;
      quietSinceMs = clock.monotonicMs();
      return woken;
    },
    silent() {
      silentMs = quietMs();
    },
  };
}
