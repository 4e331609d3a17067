/** One composable measurement, what it is given, and what it needs. */
import type { Clock } from './clock.ts';
import type { KubeApi } from './kube-api.ts';
import type { Fence } from './leader-elector.ts';
import type { EventActivity, EventLedger, UnitOutcome } from './report.ts';
import type { Sender } from './sender.ts';
import type { TagProvider } from './tag-provider.ts';

/** One composable measurement; an instance belongs to one check. */
export interface Unit {
  readonly name: string;
  /** What it asks of the API server: preflight and the RBAC manifest are made from these. */
  readonly permissions?: readonly Permission[];
  /** It commits for itself, so what others handed over is committed before it runs, and its reading ends with the run's budget. @defaultValue false */
  readonly commits?: boolean;
  /** It also runs where the lease can't be asked, as it is what tells of that. @defaultValue false */
  readonly runsUndecided?: boolean;
  /** Resolving to nothing means ok, a throw means failed. Does not commit; only the event collector does, as its token depends on it. */
  run(context: UnitContext): Promise<UnitOutcome | void>;
  /** Ends what it keeps running between runs. */
  stop?(): Promise<void>;
  /**
   * Of a unit that goes on between runs: what happened since its last outcome, for a report of a run in which it has no turn. Where another
   * process leads, what it still has in hand is no longer its own to deliver.
   */
  takeEvents?(now: { readonly ledElsewhere: boolean }): EventActivity;
  /** Of a unit that goes on between runs: how it fares at this moment. Synchronous and cheap, for probes. */
  progress?(): UnitProgress;
}

export interface UnitProgress {
  /** False once it has been silent beyond its own bound: it neither succeeds nor fails any more. */
  readonly live: boolean;
  /** The books since its last outcome. */
  readonly ledger: EventLedger;
  readonly lastReadAtMs?: number;
  readonly lastSaveAtMs?: number;
  /** Since when something is committed whose token is not saved. */
  readonly unsavedSinceMs?: number;
  /** Since it was made. Absent: it has no query. */
  readonly query?: QueryStats;
  /** Since it was made. Absent: it looks nothing up. */
  readonly lookups?: LookupStats;
}

/** What the query of a unit costs, and where it fails. */
export interface QueryStats {
  /** How often it had to be compiled: not where its compiled form was found in the cache. */
  readonly compiles: number;
  readonly compileMs: number;
  readonly evaluations: number;
  /** Evaluations without a value, whose events are kept. */
  readonly failures: number;
}

/** What was asked for about other objects: the pods, nodes and jobs that events are about. */
export interface LookupStats {
  /** Answered from memory. */
  readonly hits: number;
  /** Asked of the API server. */
  readonly misses: number;
  /** Asked in vain, for another reason than that there is no such object. */
  readonly failures: number;
  /** The batch could not wait for the answer, or there were too many at once to ask. */
  readonly late: number;
}

export interface UnitContext {
  readonly api: KubeApi;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly tagProvider: TagProvider;
  readonly clusterName?: string;
  /** Ends this run. */
  readonly signal: AbortSignal;
  /** Ends what outlives a run: aborted by `stop()` and, before another can hold the lease, by loss of leadership. */
  readonly tenure: AbortSignal;
  readonly fence?: Fence;
  /**
   * For how long the lease surely still holds: asked before anything new is begun, as after a pause of the process no timer has told yet.
   * 0: begin nothing. Absent: there is no lease. Milliseconds.
   */
  remainingMs?(): number;
  /** Reported once a run, however often said. */
  warn(message: string): void;
  /** Told of facts on the way, for statistics and signals. Absent in a host's own loop. */
  readonly observer?: UnitObserver;
}

/** What a unit may tell while it works; never needed for correctness. */
export interface UnitObserver {
  /** Frames of a watch arrived. */
  frameRead(): void;
  /** A commit of this many Kubernetes events was acknowledged. */
  committed(batch: { readonly events: number; readonly durationMs: number }): void;
  /** A list has come to its end. */
  relisted(relist: {
    readonly scope: string;
    readonly cause: string;
    readonly read: number;
    readonly durationMs: number;
  }): void;
}

/** One rule of RBAC, as much as a unit needs. */
export type Permission =
  | {
      readonly verbs: readonly string[];
      readonly group: string;
      readonly resource: string;
      readonly namespace?: string;
      readonly name?: string;
    }
  | { readonly verbs: readonly string[]; readonly nonResourceUrl: string };
