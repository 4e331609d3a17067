/** What happened in a run, as the judge gets it. */
import type { Delivery } from './delivered.ts';
import type { FaultKind } from './schedule.ts';
import type { Made } from './writer.ts';

/** A fault and what is needed to tell what it excuses. Times are Unix milliseconds. */
export interface FaultRecord {
  readonly kind: FaultKind;
  readonly fromMs: number;
  /** When what was done was over: the server back, the process continued, the token right again. */
  readonly overMs: number;
  /** When something written after it was committed. */
  readonly recoveredMs: number;
  /** To whom it was done. */
  readonly process?: string;
  /**
   * The stored token as it was (`killed`, `paused`: right after it; else right before), or as it was made by hand: whatever is at or below it
   * must not come again for this reason. 0: there was none.
   */
  readonly savedVersion?: number;
}

/** From then on this process reads from the stored token. */
export interface Lead {
  readonly process: string;
  readonly fromMs: number;
}

/** The stored token changed. Undefined: it is away or unreadable. */
export interface TokenSample {
  readonly atMs: number;
  /** When the value before was last seen. */
  readonly sinceMs: number;
  readonly version: number | undefined;
}

export interface Evidence {
  /** What the server has in the end, and what it had before the run: ids. */
  readonly held: readonly string[];
  readonly given: readonly string[];
  readonly made: readonly Made[];
  readonly deliveries: readonly Delivery[];
  readonly faults: readonly FaultRecord[];
  readonly leads: readonly Lead[];
  readonly tokens: readonly TokenSample[];
}
