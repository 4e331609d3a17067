/**
 * What to do about a lease as it was last seen. Pure, and the one place where that is decided.
 *
 * Only monotonic time of this process is trusted: a lease has expired when it has stayed as it is for its own duration since it was first
 * seen so *here*. What its times say is never compared with a clock, as the clocks of two machines may differ by hours.
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */

/** What a Lease object says, as far as it is readable. */
export interface LeaseRecord {
  /** Empty: given back, or never taken. */
  readonly holder: string;
  /** Undefined: absent, or no duration that a server would accept. */
  readonly durationMs?: number;
  /** Counts changes of the holder. */
  readonly transitions: number;
}

/** A lease as last read, and since when it is known to be like that. */
export interface Observation {
  /** Undefined: there is no lease. */
  readonly record: LeaseRecord | undefined;
  /** When this content was first seen here, *after* the answer had come. Monotonic milliseconds. */
  readonly firstSeenMs: number;
}

/** Who wants to lead. */
export interface Candidate {
  readonly identity: string;
  /** Stands in where a lease does not say its own. Milliseconds. */
  readonly durationMs: number;
}

/** How the lease becomes ours, with the term that this begins or goes on with; or whose it is. */
export type Decision =
  | { readonly act: 'create' | 'adopt' | 'take' | 'renew'; readonly transitions: number }
  | { readonly act: 'follow'; readonly holder: string };

/**
 * - `create`: there is none;
 * - `adopt`: nobody holds it;
 * - `renew`: it is ours, also if it has expired: the same identity begins no new term;
 * - `take`: its holder let it expire;
 * - `follow`: its holder may still work.
 */
export function decide(
  { record, firstSeenMs }: Observation,
  { identity, durationMs }: Candidate,
  nowMs: number,
): Decision {
  if (!record) return { act: 'create', transitions: 0 };
  const { holder, transitions } = record;
  if (holder === identity) return { act: 'renew', transitions };
  if (holder === '') return { act: 'adopt', transitions: transitions + 1 };
  const expired = nowMs - firstSeenMs > (record.durationMs ?? durationMs);
  return expired ? { act: 'take', transitions: transitions + 1 } : { act: 'follow', holder };
}
