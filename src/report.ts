/** What a run tells its host: outcomes a unit, the books of events, gaps and warnings. All of it survives JSON.stringify. */
import type { KubeCheckError } from './errors.ts';

/**
 * `sole`: election skipped by configuration. `undecided`: the server is unavailable, so the lease can't be asked: only the control plane
 * is checked, or an outage would be silent. `follower`, `skipped` (another agent does this): no units, nothing sent, `ok` is true.
 */
export type RunRole = 'leader' | 'sole' | 'follower' | 'undecided' | 'skipped';

export interface RunReport {
  readonly checkId: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly role: RunRole;
  /** Identity of the lease's holder, where known. */
  readonly leader?: string;
  /** No unit and no commit failed. */
  readonly ok: boolean;
  readonly units: readonly UnitReport[];
  /** Since the last report: in watch mode also what was delivered between two runs. */
  readonly events: EventActivity;
  readonly commitError?: KubeCheckError;
  readonly warnings: readonly Warning[];
}

export interface UnitReport {
  readonly name: string;
  readonly outcome: UnitOutcome;
  readonly durationMs: number;
}

/** How a unit's turn ended. */
export type UnitOutcome = { readonly events?: EventActivity } & (
  | { readonly status: 'ok' }
  | { readonly status: 'skipped'; readonly reason: string }
  | { readonly status: 'failed'; readonly error: KubeCheckError }
);

export interface Warning {
  readonly message: string;
  readonly unit?: string;
}

export interface EventActivity {
  readonly ledger: EventLedger;
  readonly gaps: readonly EventGap[];
  /** Nothing newer was to be seen at the end. */
  readonly caughtUp: boolean;
}

/**
 * The books of a period, counted in events: `carried + read = delivered + filtered + repeated + folded + malformed + quarantined + pending`.
 * An event leaves `pending` once, whatever the number of commits tried. What the server's field selector keeps back is not read.
 */
export interface EventLedger {
  /** The last period's pending. */
  readonly carried: number;
  readonly read: number;
  readonly pending: number;
  /** Handed over and committed. */
  readonly delivered: number;
  readonly filtered: number;
  /** By rule; sums to `filtered`. */
  readonly filteredBy: Readonly<Record<string, number>>;
  /** Delivered before, met again in a relist; or given up with the lease: whoever leads next reads it again. */
  readonly repeated: number;
  readonly folded: number;
  readonly malformed: number;
  readonly quarantined: number;
}

/** A stretch that could not be read as a stream and was bridged by a list. */
export interface EventGap {
  /** `rewound`: the server's versions are below the token (etcd restored): the only case in which a token goes down, by `remove()`. */
  readonly cause: 'expired' | 'rewound' | 'unreadable-token';
  readonly scope: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly spanMs: number;
  readonly recovered: number;
  /**
   * The worst that the bridging may have missed. `overtaken`: versions replaced meanwhile, and events deleted by hand or with their
   * namespace; `expired`: also events that reached their TTL (the span outlived `eventTtlMs`); `rewritten`: the server's history itself changed.
   */
  readonly loss: 'overtaken' | 'expired' | 'rewritten';
}
