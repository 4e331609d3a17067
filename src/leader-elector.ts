/** Leadership as a port of two methods, so that an operator lends its own lease in a few lines. */

/** Who writes, in which term of the lease (its `leaseTransitions`). */
export interface Fence {
  readonly holder: string;
  readonly term: number;
}

export type Leadership =
  | {
      readonly role: 'leader';
      readonly fence: Fence;
      /** Aborted before another can hold it. */
      readonly lost: AbortSignal;
    }
  | { readonly role: 'follower'; readonly holder: string };

/** Renewal between runs is the elector's affair; its timer keeps no process alive. */
export interface LeaderElector {
  /** Asked at the start of each run. @throws KubeCheckError API_UNAVAILABLE makes the role `undecided`; anything else is LEADER_ELECTION_FAILED */
  acquire(options: { readonly signal: AbortSignal }): Promise<Leadership>;
  release(): Promise<void>;
}
