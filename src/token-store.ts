/** The event checkpoint, and the port that keeps it. */
import type { Fence } from './leader-elector.ts';

export interface Token {
  /** Everything at or below it is delivered and committed. Empty: nothing is, but a first list has begun (`relist`). */
  readonly resourceVersion: string;
  /** End of the last complete list. Unix milliseconds. Absent: unknown, taken as now. */
  readonly listedAtMs?: number;
  /** Where an unfinished list goes on, and its first page's version. */
  readonly relist?: RelistPlace;
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
}

interface Signalled {
  readonly signal: AbortSignal;
}

/** One token a scope; key `event` for the cluster, `event.<namespace>` for a namespace. @throws KubeCheckError TOKEN_STORE_FAILED, FENCED */
export interface TokenStore {
  /** What is stored, unjudged (the collector judges); undefined only if there is nothing. */
  load(key: string, options: Signalled): Promise<Token | undefined>;
  /** Compares and sets: the newer of both stays, and is returned. A `fence` of an earlier term than the stored one: FENCED. */
  save(key: string, token: Token, options: Signalled & { readonly fence?: Fence }): Promise<Token>;
  remove(key: string, options: Signalled & { readonly fence?: Fence }): Promise<void>;
}
