/** A scheduled measurement as its host sees it. */
import type { EventGap, EventLedger, RunReport, RunRole, Warning } from './report.ts';
import type { LookupStats, QueryStats } from './unit.ts';

/** A scheduled measurement. A host keeps a list of these and calls `run()` every `intervalMs`. */
export interface Check {
  /** `kubernetes_apiserver` */
  readonly name: string;
  /** Unique and stable for a configured instance. @defaultValue `kubernetes_apiserver:` + 16 hex digits of the resolved config's SHA-256 */
  readonly id: string;
  /** How often to call `run()`. Milliseconds. @defaultValue 15000 */
  readonly intervalMs: number;
  /**
   * One round. A failing unit, a follower's turn, an unreachable server and a failed commit are *in the report*, not thrown.
   * A call while one is running gets the same promise; any caller's signal ends it: reading stops, the commit in flight is awaited, it resolves.
   * @throws KubeCheckError only if no unit was tried: CHECK_STOPPED, CLIENT_UNAVAILABLE, LEADER_ELECTION_DISABLED, LEADER_ELECTION_FAILED
   */
  run(options?: { readonly signal?: AbortSignal }): Promise<RunReport>;
  /** Ends the run and any watch, commits what was handed over, saves the token, gives the lease back. Idempotent, final, never rejects. */
  stop(): Promise<void>;
  /** Totals since construction and how fresh things are: synchronous and cheap, for probes. */
  stats(): CheckStats;
}

export interface CheckStats {
  readonly runs: number;
  readonly events: EventLedger;
  readonly role?: RunRole;
  /** False once watch, lease or token save has been silent beyond its own bound: what a liveness probe asks. */
  readonly live: boolean;
  readonly lastFrameAtMs?: number;
  readonly lastListAtMs?: number;
  readonly lastCommitAtMs?: number;
  /** When the reading of events last heard of the server, were it a refusal. */
  readonly lastReadAtMs?: number;
  readonly lastSaveAtMs?: number;
  /** Since when something is committed whose token is not saved: after a kill it would come again. Absent: nothing is. */
  readonly unsavedSinceMs?: number;
  /** When the lease was last asked for or renewed. */
  readonly lastLeaseAtMs?: number;
  /** Absent: no unit has a query. */
  readonly query?: QueryStats;
  /** Absent: no unit looks anything up. */
  readonly lookups?: LookupStats;
}

/** Facts, after they happened: for telemetry, never needed for correctness. A listener that throws is logged and ignored. */
export interface CheckSignals {
  ran: (report: RunReport) => void;
  roleChanged: (change: { readonly role: RunRole; readonly leader?: string }) => void;
  relisted: (relist: {
    readonly scope: string;
    readonly cause: string;
    readonly read: number;
    readonly durationMs: number;
  }) => void;
  gapFound: (gap: EventGap) => void;
  committed: (batch: { readonly events: number; readonly durationMs: number }) => void;
  warned: (warning: Warning) => void;
}

/** Of `KubeASCheck.statistics`. */
export interface StatsSignals {
  /** Every `statsIntervalMs` while somebody listens, and a last time when the check has stopped. */
  published: (stats: CheckStats) => void;
}
