/** What a collector holds from its first run on: the reader with its place, the token, the delivery. Made once the token could be loaded. */
import { createEventSource } from '../kube/event-source.ts';
import { logger } from '../log.ts';
import type { CountingQuery } from '../query/counting.ts';
import type { Token, TokenStore } from '../token-store.ts';
import type { UnitContext } from '../unit.ts';
import { createBackoff } from '../watch/backoff.ts';
import { createListWatch, type ListWatch } from '../watch/list-watch.ts';
import { Checkpoint } from './checkpoint.ts';
import { CountsAlone } from './counts-alone.ts';
import { Delivery, type DeliveryRun } from './delivery.ts';
import { type DeliveryPorts, deliveryRun } from './delivery-run.ts';
import { Fold } from './fold.ts';
import { Intake } from './intake.ts';
import type { Ledger } from './ledger.ts';
import type { LookUp } from './look-up/look-up.ts';
import type { ResolvedEventOptions } from './resolve-options.ts';
import { loadToken, type Scope, storeOf } from './scope.ts';
import { appliedSelector } from './select/field-selector.ts';
import { judgeToken } from './start.ts';
import { boundedStore } from './store-port.ts';
import { createEventTelemetry } from './telemetry.ts';
import { eventTransform } from './transform/transform.ts';

export interface Session {
  readonly reader: ListWatch;
  readonly checkpoint: Checkpoint;
  readonly delivery: Delivery;
  readonly intake: Intake;
  readonly counts: CountsAlone;
  /** Absent: repeats are not folded. */
  readonly fold?: Fold;
  deliveryRun(ports: DeliveryPorts): DeliveryRun;
}

/** What all scopes of a unit have together. */
export interface SharedPorts {
  readonly lookUp: LookUp;
  /** The options' query, compiled. */
  readonly query?: CountingQuery | undefined;
}

export interface SessionOptions extends SharedPorts {
  readonly options: ResolvedEventOptions;
  readonly scope: Scope;
  readonly ledger: Ledger;
  /** What this process had committed in an earlier session. */
  readonly remembered?: Token | undefined;
}

/** In poll mode a failing server is asked so often in a run; the next run goes on where this one stopped. */
const maxFailuresInRow = 3;
/** In watch mode a stream that is silent for so long may be dead: it is opened again, and the history proven again. */
const inactivityMs = 60_000;

/** @throws KubeCheckError TOKEN_STORE_FAILED, FENCED, ABORTED, CONFIG_INVALID */
export async function beginSession(
  { options, scope, ledger, lookUp, query, remembered }: SessionOptions,
  tokenStore: TokenStore,
  { api, clock, clusterName, fence, signal, warn }: UnitContext,
): Promise<Session> {
  const log = logger('events');
  const store = storeOf(boundedStore(tokenStore, clock), scope);
  const { token: stored, warning } = await loadToken(store, scope, { signal, ...(fence ? { fence } : {}) });
  if (warning) warn(warning);
  // Only poll mode lists by the clock.
  const resyncPeriodMs = options.mode === 'watch' ? 0 : options.resyncPeriodMs;
  const { text: fieldSelector } = appliedSelector(options);
  const selector = fieldSelector === '' ? {} : { selector: fieldSelector };
  const start = judgeToken(stored, { ...options, ...selector, resyncPeriodMs }, clock.nowMs(), remembered);
  if (start.warning) warn(start.warning);
  log('%s: starting at %o', scope.name, start.state);
  const { namespace } = scope;
  const backoff = () => createBackoff({ random: () => clock.random() });
  const unreadable = start.unreadable === undefined ? {} : { unreadable: start.unreadable };
  const checkpoint = new Checkpoint({
    store,
    key: scope.tokenKey,
    clock,
    intervalMs: options.checkpointIntervalMs,
    ...selector,
    ...(stored ? { listedAtMs: start.listedAtMs ?? clock.nowMs() } : {}),
    ...unreadable,
  });
  const windowMs = options.foldRepeatsMs;
  const folding = windowMs > 0 ? { fold: new Fold({ windowMs, clock, ledger, checkpoint }) } : {};
  const { heldBack } = folding.fold ?? {};
  const delivery = new Delivery({
    ...options,
    clock,
    ledger,
    backoff: backoff(),
    reached: (place) => (heldBack ?? checkpoint).reached(place),
    ...(heldBack ? { committed: (events) => heldBack.committed(events) } : {}),
  });
  const stages = {
    lookUp,
    telemetry: createEventTelemetry(),
    transform: eventTransform({ ...options, query, ...(clusterName === undefined ? {} : { clusterName }) }),
  };
  const wholeAtMs = start.wholeAtMs ?? start.listedAtMs;
  return {
    reader: createListWatch(start.state, {
      source: createEventSource({
        ...{ api, clock, fieldSelector, wire: options.wire },
        ...(namespace === undefined ? {} : { namespace }),
      }),
      clock,
      log,
      backoff: backoff(),
      relistBackoff: backoff(),
      pageSize: options.pageSize,
      // In watch mode reading waits for no commit anyway, as long as there is room.
      readAhead: options.mode === 'poll' && options.maxPerCommit + 2 * options.pageSize <= options.bufferSize,
      ...(options.mode === 'watch'
        ? {
            silence: { firstMs: inactivityMs, nextMs: inactivityMs, end: 'reopen' },
            maxFailures: Number.POSITIVE_INFINITY,
          }
        : {
            silence: { firstMs: options.readTimeoutMs, nextMs: options.readQuietMs, end: 'settle' },
            maxFailures: maxFailuresInRow,
          }),
    }),
    checkpoint,
    delivery,
    counts: new CountsAlone({ ...options, clock, telemetry: stages.telemetry }),
    ...folding,
    intake: new Intake({
      scope: scope.name,
      clock,
      ledger,
      checkpoint,
      waiting: delivery.waiting,
      ...folding,
      eventTtlMs: options.eventTtlMs,
      ...(typeof options.startFrom === 'object' ? { oldestMs: clock.nowMs() - options.startFrom.agoMs } : {}),
      ...unreadable,
      ...(wholeAtMs === undefined ? {} : { wholeAtMs }),
    }),
    deliveryRun: (ports) => deliveryRun(stages, ports),
  };
}
