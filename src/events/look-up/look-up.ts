/** What is asked of the API server about the objects of events, so that the transforms find it in memory. */
import type { Clock } from '../../clock.ts';
import type { KubeEvent } from '../../kube/wire/event.ts';
import type { KubeApi } from '../../kube-api.ts';
import type { LookupStats } from '../../unit.ts';
import { noLookups, type ObjectLookups } from '../transform/lookups.ts';

/** What a run brings along. */
export interface LookUpRun {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Ends the waiting for answers. */
  readonly signal: AbortSignal;
  warn(message: string): void;
}

export interface LookUp {
  /** What is known of the objects of these events within a bounded time, to be used at once. Never rejects. */
  about(events: readonly KubeEvent[], run: LookUpRun): Promise<ObjectLookups>;
  /** Ends the requests that no batch waits for any more. What is known stays. */
  stop(): void;
  /** Undefined where nothing is ever asked. */
  readonly stats: LookupStats | undefined;
}

/** Asks nothing. */
export const noLookUp: LookUp = {
  about: () => Promise.resolve(noLookups),
  stop: () => undefined,
  stats: undefined,
};
