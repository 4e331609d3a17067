/** Leadership as a port of two methods, so that an operator lends its own lease in a few lines. */

/** Who writes, in which term of the lease (its `leaseTransitions`). */
export interface Fence {
  readonly holder: string;
  readonly term: number;
  /** The lease's uid: terms of one lease can be compared, a lease that was deleted and made anew counts from the beginning. */
  readonly lease?: string;
}

export type Leadership =
  | {
      readonly role: 'leader';
      readonly fence: Fence;
      /** Aborted before another can hold it. */
      readonly lost: AbortSignal;
      /**
       * For how long it surely still holds, by the clocks as they are at this call: asked before anything new is begun, as timers come late
       * in a process that was stopped or a machine that was suspended. 0: no longer, and `lost` is aborted. Absent: `lost` alone tells.
       */
      remainingMs?(): number;
    }
  | { readonly role: 'follower'; readonly holder: string };

/** Renewal between runs is the elector's affair; its timer keeps no process alive. */
export interface LeaderElector {
  /** Asked at the start of each run. @throws KubeCheckError API_UNAVAILABLE makes the role `undecided`; anything else is LEADER_ELECTION_FAILED */
  acquire(options: { readonly signal: AbortSignal }): Promise<Leadership>;
  release(): Promise<void>;
  /**
   * Begins a term later than this one, if it leads. Asked where a token is stored under a term that the lease no longer knows, as etcd was
   * restored from a backup: its terms were counted before. Absent: the token stays fenced until its annotation is removed.
   */
  outrank?(term: number, options: { readonly signal: AbortSignal }): Promise<void>;
  /** When the lease was last asked for or renewed, whatever the answer. Unix milliseconds. */
  readonly lastAskedAtMs?: number | undefined;
  /** False once renewal has been silent beyond its own bound. */
  live?(): boolean;
}
