/** What a collector holds from its first run on: the reader with its place, the token, the delivery. Made once the token could be loaded. */
import { createEventSource } from '../kube/event-source.ts';
import { logger } from '../log.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import { createBackoff } from '../watch/backoff.ts';
import { createListWatch, type ListWatch } from '../watch/list-watch.ts';
import { Checkpoint } from './checkpoint.ts';
import { Delivery } from './delivery.ts';
import type { Ledger } from './ledger.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import { judgeToken } from './start.ts';
import { type EventTransform, eventTransform } from './transform/transform.ts';

/** What is collected: the whole cluster, or one namespace. */
export interface Scope {
  /** As reports name it. */
  readonly name: string;
  readonly tokenKey: string;
  readonly namespace?: string;
}

export interface Session {
  readonly reader: ListWatch;
  readonly checkpoint: Checkpoint;
  readonly delivery: Delivery;
  readonly transform: EventTransform;
  /** `startFrom`: in a first list, only what happened since is wanted. Unix milliseconds. */
  readonly oldestMs?: number;
  /** The stored text that was no version. */
  readonly unreadable?: string;
  /** When reading was last known to be complete. Unix milliseconds. */
  wholeAtMs: number | undefined;
  /** The list that is being read. */
  list: { readonly startedAtMs: number; read: number; recovered: number } | undefined;
}

/** In poll mode a failing server is asked so often in a run; the next run goes on where this one stopped. */
const maxFailuresInRow = 3;

/** @throws KubeCheckError TOKEN_STORE_FAILED, ABORTED */
export async function beginSession(
  options: ResolvedEventOptions,
  scope: Scope,
  store: TokenStore,
  { api, clock, clusterName, signal, warn }: UnitContext,
  ledger: Ledger,
): Promise<Session> {
  const log = logger('events');
  const stored = await store.load(scope.tokenKey, { signal });
  const start = judgeToken(stored, options, clock.nowMs());
  if (start.warning) warn(start.warning);
  log('%s: starting at %o', scope.name, start.state);
  const { namespace } = scope;
  const random = () => clock.random();
  const checkpoint = new Checkpoint({
    store,
    key: scope.tokenKey,
    clock,
    intervalMs: options.checkpointIntervalMs,
    ...(stored ? { listedAtMs: start.listedAtMs ?? clock.nowMs() } : {}),
  });
  return {
    reader: createListWatch(start.state, {
      source: createEventSource({ api, clock, ...(namespace === undefined ? {} : { namespace }) }),
      clock,
      log,
      backoff: createBackoff({ random }),
      // A page is one batch: so a list has a place after each commit, and a graceful stop repeats nothing of it.
      pageSize: Math.min(options.pageSize, options.maxPerCommit),
      silence: { firstMs: options.readTimeoutMs, nextMs: options.readQuietMs, end: 'settle' },
      maxFailures: maxFailuresInRow,
    }),
    checkpoint,
    delivery: new Delivery({
      ...options,
      clock,
      ledger,
      backoff: createBackoff({ random }),
      reached: (place) => checkpoint.reached(place),
    }),
    transform: eventTransform({ ...options, ...(clusterName === undefined ? {} : { clusterName }) }),
    ...(typeof options.startFrom === 'object' ? { oldestMs: clock.nowMs() - options.startFrom.agoMs } : {}),
    ...(start.unreadable === undefined ? {} : { unreadable: start.unreadable }),
    wholeAtMs: start.listedAtMs,
    list: undefined,
  };
}
