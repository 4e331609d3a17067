/**
 * The driver of the list + watch machine: it does what the state asks for, feeds the answer to the pure step, and yields what was read.
 * Reading waits for its consumer (nothing is read ahead of the batch in hand), nothing is dropped, and the order is the server's.
 *
 * Guaranteed: every yielded batch says the place that is reached once it *and all before it* are dealt with. Not promised: versions
 * overtaken before a list could read them.
 */
import type { Clock } from '../clock.ts';
import { asKubeCheckError, type KubeCheckError, unreachable } from '../errors.ts';
import type { EventSource } from '../kube/event-source.ts';
import { isNewer } from '../kube/version.ts';
import type { WatchFrame } from '../kube/wire/codec.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Log } from '../log.ts';
import type { Backoff } from './backoff.ts';
import { confirmed, type ListCause, resume, step, type WatchInput, type WatchState } from './state.ts';
import { createWatchdog } from './watchdog.ts';

/** A place in the history. */
export type Place =
  /** Everything at or below the version is dealt with. */
  | { readonly at: 'version'; readonly version: string }
  /** In the middle of a list. */
  | { readonly at: 'list'; readonly continueToken: string; readonly first: string; readonly since?: string };

/** The list that a page belongs to. */
export interface ListProgress {
  readonly cause: ListCause;
  /** The version that the list bridges from. Absent: there was none. */
  readonly from?: string;
  /** The version of its first page. */
  readonly to: string;
  readonly begins: boolean;
  readonly ends: boolean;
}

export type WatchOutput =
  | {
      readonly type: 'page';
      readonly list: ListProgress;
      /** Newer than `since`, not newer than the list's first page. */
      readonly events: readonly KubeEvent[];
      /** Not newer than `since`: dealt with before. */
      readonly repeated: number;
      readonly malformed: number;
      readonly place: Place;
    }
  | {
      readonly type: 'frames';
      readonly events: readonly KubeEvent[];
      readonly malformed: number;
      readonly place: Place;
    }
  | { readonly type: 'interrupted'; readonly error: KubeCheckError; readonly delayMs: number };

export interface ListWatchOptions {
  readonly source: EventSource;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly log: Log;
  readonly pageSize: number;
  /** How long a stream may be silent before its first frame and between frames, and what then. */
  readonly silence: { readonly firstMs: number; readonly nextMs: number; readonly end: 'settle' | 'reopen' };
  /** Failures in a row after which `read` throws; the state is kept, so that a later `read` goes on. */
  readonly maxFailures: number;
}

export interface ListWatch {
  readonly state: WatchState;
  /** Reads until it is settled or the signal is aborted (then it returns), or throws a KubeCheckError. One at a time. */
  read(signal: AbortSignal): AsyncGenerator<WatchOutput, void>;
}

/** Asked of the server, which then closes the watch itself: a bound for connections that nobody remembers. */
const watchSeconds = 300;

export function createListWatch(start: WatchState, options: ListWatchOptions): ListWatch {
  const { source, clock, backoff, log, pageSize, silence, maxFailures } = options;
  let state = start;
  /** Not before this instant (monotonic) is the server asked again: it outlives a run that ended while waiting. */
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let lastError: KubeCheckError | undefined;

  async function* listPages(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    while (state.at === 'listing') {
      const { place } = state;
      const page = await source.page({
        limit: pageSize,
        ...(place ? { continueToken: place.continueToken } : {}),
        signal,
      });
      backoff.reset();
      const first = place?.first ?? page.version;
      const list = confirmed(state, first);
      state = list;
      apply({
        type: 'page',
        version: page.version,
        ...(page.continueToken ? { continueToken: page.continueToken } : {}),
      });
      yield {
        type: 'page',
        list: { cause: list.cause, ...fromOf(list), to: first, begins: !place, ends: state.at !== 'listing' },
        ...sift(page.events, list.since, first),
        malformed: page.malformed,
        place: placeOf(state, list.since),
      };
    }
  }

  async function* stream(version: string, signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    const openedAtMs = clock.monotonicMs();
    const ended = new AbortController();
    const watchdog = createWatchdog(clock, silence, () => ended.abort(new Error('silent')));
    let heard = false;
    try {
      const frames = await source.watch({
        version,
        timeoutSeconds: watchSeconds,
        signal: AbortSignal.any([signal, ended.signal]),
      });
      apply({ type: 'opened' });
      watchdog.wait();
      for await (const chunk of frames) {
        watchdog.heard();
        heard = true;
        yield readFrames(chunk);
        const last = chunk.at(-1);
        if (last?.type === 'status') throw source.failure(last.status);
        watchdog.wait();
      }
      const early = clock.monotonicMs() - openedAtMs < (watchSeconds * 1000) / 2;
      apply({ type: 'closed', hollow: !heard && early });
    } catch (error) {
      if (!watchdog.silent) throw error;
      apply({ type: 'silent', end: silence.end });
    } finally {
      watchdog.stop();
      ended.abort();
    }
  }

  function readFrames(chunk: readonly WatchFrame[]): WatchOutput {
    const events: KubeEvent[] = [];
    let malformed = 0;
    for (const frame of chunk) {
      if (frame.type === 'status') break;
      if (frame.type === 'malformed') {
        malformed++;
        log('malformed frame: %s', frame.why);
        continue;
      }
      backoff.reset();
      apply({ type: 'moved', version: frame.type === 'event' ? frame.event.version : frame.version });
      if (frame.type === 'event') events.push(frame.event);
    }
    return { type: 'frames', events, malformed, place: placeOf(state, undefined) };
  }

  function apply(input: WatchInput): void {
    state = step(state, input).next;
    lastError = undefined;
  }

  /** What the state asks for, until it has become another. */
  async function* act(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    switch (state.at) {
      case 'locating': {
        const page = await source.page({ limit: 1, signal });
        apply({ type: 'page', version: page.version });
        yield { type: 'frames', events: [], malformed: 0, place: { at: 'version', version: page.version } };
        return;
      }
      case 'listing':
        return yield* listPages(signal);
      case 'guarding':
        await source.guard({ version: state.version, signal });
        return apply({ type: 'held' });
      case 'opening':
        return yield* stream(state.version, signal);
      case 'streaming':
      case 'settled':
        throw new TypeError(`watch: nothing to do at '${state.at}'`);
      default:
        return unreachable(state);
    }
  }

  async function* read(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    let lists = 0;
    state = resume(state);
    while (!signal.aborted && state.at !== 'settled') {
      try {
        await patience(signal);
        yield* act(signal);
      } catch (thrown) {
        if (signal.aborted) break;
        const wasListing = state.at === 'listing';
        yield* recover(asKubeCheckError(thrown, 'API_MALFORMED', 'events'));
        // One list a run is ordinary. More of them are a server that forgets faster than it can be read: politely, then.
        if (state.at === 'listing' && !wasListing && ++lists > 1) notBeforeMs = clock.monotonicMs() + backoff.next();
      }
    }
    if (signal.aborted && lastError) throw lastError;
  }

  async function patience(signal: AbortSignal): Promise<void> {
    const restMs = notBeforeMs - clock.monotonicMs();
    if (restMs > 0) await clock.sleep(restMs, { signal });
  }

  function* recover(error: KubeCheckError): Generator<WatchOutput, void> {
    const { next, retry, fatal } = step(state, { type: 'failed', error });
    state = next;
    if (fatal) throw fatal;
    if (!retry) return;
    lastError = retry;
    const delayMs = backoff.next(retry.retryAfterMs);
    notBeforeMs = clock.monotonicMs() + delayMs;
    log('%s; again in %d ms', retry.message, delayMs);
    yield { type: 'interrupted', error: retry, delayMs };
    if (backoff.failures >= maxFailures) throw retry;
  }

  return {
    get state() {
      return state;
    },
    read,
  };
}

const fromOf = (state: { readonly since?: string; readonly lostVersion?: string }): { readonly from?: string } => {
  const from = state.since ?? state.lostVersion;
  return from === undefined ? {} : { from };
};

/** What is newer than the list's first page comes again by the watch, and would be twice; what is not newer than `since` was dealt with before. */
function sift(
  listed: readonly KubeEvent[],
  since: string | undefined,
  first: string,
): { readonly events: readonly KubeEvent[]; readonly repeated: number } {
  const upTo = listed.filter(({ version }) => !isNewer(version, first));
  const events = since === undefined ? upTo : upTo.filter(({ version }) => isNewer(version, since));
  return { events, repeated: upTo.length - events.length };
}

function placeOf(state: WatchState, since: string | undefined): Place {
  if (state.at === 'listing' && state.place)
    return { at: 'list', ...state.place, ...(since === undefined ? {} : { since }) };
  if (state.at === 'listing' || state.at === 'locating') throw new TypeError('watch: no place yet');
  return { at: 'version', version: state.version };
}
