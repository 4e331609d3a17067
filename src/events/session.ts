/** What a collector holds from its first run on: the reader with its place, the token, the delivery. Made once the token could be loaded. */
import { createEventSource } from '../kube/event-source.ts';
import { logger } from '../log.ts';
import type { TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import { createBackoff } from '../watch/backoff.ts';
import { createListWatch, type ListWatch } from '../watch/list-watch.ts';
import { Checkpoint } from './checkpoint.ts';
import { Delivery } from './delivery.ts';
import { Intake } from './intake.ts';
import type { Ledger } from './ledger.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import { judgeToken } from './start.ts';
import { boundedStore } from './store-port.ts';
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
  readonly intake: Intake;
  readonly transform: EventTransform;
}

/** In poll mode a failing server is asked so often in a run; the next run goes on where this one stopped. */
const maxFailuresInRow = 3;

/** @throws KubeCheckError TOKEN_STORE_FAILED, ABORTED */
export async function beginSession(
  options: ResolvedEventOptions,
  scope: Scope,
  tokenStore: TokenStore,
  { api, clock, clusterName, signal, warn }: UnitContext,
  ledger: Ledger,
): Promise<Session> {
  const log = logger('events');
  const store = boundedStore(tokenStore, clock);
  const stored = await store.load(scope.tokenKey, { signal });
  const start = judgeToken(stored, options, clock.nowMs());
  if (start.warning) warn(start.warning);
  log('%s: starting at %o', scope.name, start.state);
  const { namespace } = scope;
  const backoff = () => createBackoff({ random: () => clock.random() });
  const checkpoint = new Checkpoint({
    store,
    key: scope.tokenKey,
    clock,
    intervalMs: options.checkpointIntervalMs,
    ...(stored ? { listedAtMs: start.listedAtMs ?? clock.nowMs() } : {}),
  });
  const delivery = new Delivery({
    ...options,
    clock,
    ledger,
    backoff: backoff(),
    reached: (place) => checkpoint.reached(place),
  });
  return {
    reader: createListWatch(start.state, {
      source: createEventSource({ api, clock, ...(namespace === undefined ? {} : { namespace }) }),
      clock,
      log,
      backoff: backoff(),
      relistBackoff: backoff(),
      // A page is one batch: so a list has a place after each commit, and a graceful stop repeats nothing of it.
      pageSize: Math.min(options.pageSize, options.maxPerCommit),
      silence: { firstMs: options.readTimeoutMs, nextMs: options.readQuietMs, end: 'settle' },
      maxFailures: maxFailuresInRow,
    }),
    checkpoint,
    delivery,
    intake: new Intake({
      scope: scope.name,
      clock,
      ledger,
      checkpoint,
      waiting: delivery.waiting,
      eventTtlMs: options.eventTtlMs,
      ...(typeof options.startFrom === 'object' ? { oldestMs: clock.nowMs() - options.startFrom.agoMs } : {}),
      ...(start.unreadable === undefined ? {} : { unreadable: start.unreadable }),
      ...(start.listedAtMs === undefined ? {} : { wholeAtMs: start.listedAtMs }),
    }),
    transform: eventTransform({ ...options, ...(clusterName === undefined ? {} : { clusterName }) }),
  };
}
