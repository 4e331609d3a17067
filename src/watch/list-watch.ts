/**
 * The driver of the list + watch machine: it does what the state asks for, feeds the answer to the pure step, and yields what was read.
 * Reading waits for its consumer (nothing is read ahead of the batch in hand), nothing is dropped, and the order is the server's.
 *
 * Guaranteed: every yielded batch says the place that is reached once it *and all before it* are dealt with. What was yielded is the
 * consumer's: it does not come again. Not promised: versions overtaken before a list could read them.
 */
import { asKubeCheckError, type KubeCheckError, unreachable } from '../errors.ts';
import type { EventSource } from '../kube/event-source.ts';
import type { WatchFrame } from '../kube/wire/codec.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Log } from '../log.ts';
import { placeOf, type WatchOutput } from './output.ts';
import { createPatience, type PatienceOptions } from './patience.ts';
import { judged, type ListingState, resume, resync, step, type WatchInput, type WatchState } from './state.ts';
import { wantedOf } from './wanted.ts';
import { createWatchdog } from './watchdog.ts';

export interface ListWatchOptions extends PatienceOptions {
  readonly source: EventSource;
  readonly log: Log;
  readonly pageSize: number;
  /** How long a stream may be silent before its first frame and between frames, and what then. */
  readonly silence: { readonly firstMs: number; readonly nextMs: number; readonly end: 'settle' | 'reopen' };
  /** Failures in a row after which `read` throws; the state is kept, so that a later `read` goes on. */
  readonly maxFailures: number;
}

export interface ListWatch {
  readonly state: WatchState;
  /** How long the server was asked without any answer since the last one, as long as reads were ended first. Milliseconds. */
  readonly unansweredMs: number;
  /** Reads until it is settled or the signal is aborted (then it returns), or throws a KubeCheckError. One at a time. */
  read(signal: AbortSignal): AsyncGenerator<WatchOutput, void>;
  /** The next read begins with a list. Between two reads. */
  resync(): void;
}

/** Asked of the server, which then closes the watch itself: a bound for connections that nobody remembers. */
const watchSeconds = 300;
/** A watch left unread for longer is closed, and opened again where reading stands when there is room. */
const unreadMs = 5000;

export function createListWatch(start: WatchState, options: ListWatchOptions): ListWatch {
  const { source, clock, log, pageSize, silence, maxFailures } = options;
  const patience = createPatience(options);
  let state = start;
  let lastError: KubeCheckError | undefined;

  function apply(input: WatchInput): void {
    state = step(state, input).next;
    lastError = undefined;
  }

  async function* listPages(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    while (state.at === 'listing' && !signal.aborted) {
      const { place } = state;
      const at = place ? { continueToken: place.continueToken } : {};
      const page = await patience.answer(source.page({ limit: pageSize, ...at, signal }), signal);
      patience.works();
      const first = place?.first ?? page.version;
      const list = judged(state, first);
      apply({
        type: 'page',
        version: page.version,
        ...(page.continueToken ? { continueToken: page.continueToken } : {}),
      });
      yield {
        type: 'page',
        list: { cause: list.cause, ...fromOf(list), to: first, begins: !place, ends: state.at !== 'listing' },
        ...wantedOf(page.events, list.since, first),
        malformed: page.malformed,
        place: placeOf(state),
      };
    }
  }

  async function* stream(version: string, signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    const openedAtMs = clock.monotonicMs();
    const ended = new AbortController();
    const watchdog = createWatchdog(clock, { ...silence, unreadMs }, () => ended.abort(new Error('ended by us')));
    try {
      const both = AbortSignal.any([signal, ended.signal]);
      const frames = await patience.answer(
        source.watch({ version, timeoutSeconds: watchSeconds, signal: both }),
        signal,
      );
      apply({ type: 'opened' });
      watchdog.wait();
      for await (const chunk of frames) {
        watchdog.heard();
        const last = chunk.find((frame) => frame.type === 'status');
        if (last !== chunk[0]) yield readFrames(chunk);
        if (last) throw source.failure(last.status);
        watchdog.wait();
      }
    } catch (error) {
      if (signal.aborted || watchdog.verdict === undefined) throw error;
    } finally {
      watchdog.stop();
      ended.abort();
    }
    if (watchdog.verdict === 'silent') {
      patience.works();
      patience.flows();
      return apply({ type: 'silent', end: silence.end });
    }
    const early = clock.monotonicMs() - openedAtMs < (watchSeconds * 1000) / 2;
    const moved = 'version' in state && state.version !== version;
    apply({ type: 'closed', hollow: early && !moved && watchdog.verdict === undefined });
  }

  function readFrames(chunk: readonly WatchFrame[]): WatchOutput {
    const before = state;
    const events: KubeEvent[] = [];
    let malformed = 0;
    for (const frame of chunk) {
      if (frame.type === 'status') break;
      if (frame.type === 'malformed') {
        malformed++;
        log('malformed frame: %s', frame.why);
        continue;
      }
      patience.works();
      apply({ type: 'moved', version: frame.type === 'event' ? frame.event.version : frame.version });
      if (frame.type === 'event') events.push(frame.event);
    }
    if (state !== before) patience.flows();
    return { type: 'frames', events, malformed, place: placeOf(state) };
  }

  /** What the state asks for, until it has become another. */
  async function* act(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    switch (state.at) {
      case 'locating': {
        const { version } = await patience.answer(source.page({ limit: 1, signal }), signal);
        apply({ type: 'page', version });
        yield { type: 'located', place: placeOf(state) };
        return;
      }
      case 'listing':
        return yield* listPages(signal);
      case 'guarding':
        await patience.answer(source.guard({ version: state.version, signal }), signal);
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
    state = resume(state);
    while (!signal.aborted && state.at !== 'settled') {
      const { at } = state;
      try {
        await patience.rest(signal);
        yield* act(signal);
      } catch (thrown) {
        if (signal.aborted) break;
        yield* recover(asKubeCheckError(thrown, 'API_MALFORMED', 'events'));
      }
      if (state.at === 'listing' && at !== 'listing') patience.relisting();
    }
    if (signal.aborted && lastError) throw lastError;
  }

  function* recover(error: KubeCheckError): Generator<WatchOutput, void> {
    const { next, retry, fatal } = step(state, { type: 'failed', error });
    state = next;
    if (fatal) throw fatal;
    if (!retry) return;
    lastError = retry;
    const delayMs = patience.failed(retry.retryAfterMs);
    log('%s; again in %d ms', retry.message, delayMs);
    yield { type: 'interrupted', error: retry, delayMs };
    if (patience.failures >= maxFailures) throw retry;
  }

  return {
    get state() {
      return state;
    },
    get unansweredMs() {
      return patience.unansweredMs;
    },
    read,
    resync() {
      state = resync(state);
    },
  };
}

const fromOf = ({ since, lostVersion = since }: ListingState): { readonly from?: string } =>
  lostVersion === undefined ? {} : { from: lostVersion };
