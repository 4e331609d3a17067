/** The event checkpoint, and the port that keeps it. */
import type { Fence } from './leader-elector.ts';

export interface Token {
  /** Everything at or below it is delivered and committed. Empty: nothing is, but a first list has begun (`relist`). */
  readonly resourceVersion: string;
  /** End of the last complete list. Unix milliseconds. Absent: unknown, taken as now. */
  readonly listedAtMs?: number;
  /** Where an unfinished list goes on, and its first page's version. */
  readonly relist?: RelistPlace;
  /** Proves that the server's history is still the one that the token is about. Absent: nothing is known that could. */
  readonly witness?: Witness;
  /** When reading was last known to be complete up to the token. Unix milliseconds. Absent: unknown. */
  readonly wholeAtMs?: number;
}

/**
 * An event object that had this version at the token's version. The server's history at a version never changes, so where it is not there
 * the history is another one: etcd was restored from a backup, and has since been written beyond the token.
 */
export interface Witness {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Its own resource version, not newer than the token's. */
  readonly version: string;
}

/**
 * The place in an unfinished list. The server accepts a `continue` for another selector or namespace *without error*, so the place says
 * what it belongs to; where that differs, the list starts over.
 */
export interface RelistPlace {
  readonly continueToken: string;
  /** The version of the list's first page: what the token becomes when the list ends. */
  readonly resourceVersion: string;
  /** The token that the list goes above. Absent: none, everything is delivered. */
  readonly since?: string;
  /** The field selector it was read with. Absent: none. */
  readonly selector?: string;
  /** Why the list is read. Absent: to go above `since`, or because there was no token. */
  readonly cause?: 'hollow' | 'resync' | 'rewound' | 'unreadable-token';
  /** The version that is said to be bridged, where that is another than `since`: of a history that was rewritten, or text that is none. */
  readonly from?: string;
}

interface Signalled {
  readonly signal: AbortSignal;
}

/** One token a scope; key `event` for the cluster, `event.<namespace>` for a namespace. @throws KubeCheckError TOKEN_STORE_FAILED, FENCED */
export interface TokenStore {
  /**
   * What is stored, unjudged (the collector judges); undefined only if there is nothing. With a `fence` it claims: the writer's term is
   * stored *before* the token is read, so that no earlier writer can change the token afterwards.
   */
  load(key: string, options: Signalled & { readonly fence?: Fence }): Promise<Token | undefined>;
  /** Compares and sets: the newer of both stays, and is returned. A `fence` of an earlier term than the stored one: FENCED. */
  save(key: string, token: Token, options: Signalled & { readonly fence?: Fence }): Promise<Token>;
  remove(key: string, options: Signalled & { readonly fence?: Fence }): Promise<void>;
  /** The keys under which there is a token, so that a scope can start where another one ended. Absent: each scope knows only its own. */
  keys?(options: Signalled): Promise<readonly string[]>;
}
