/**
 * The driver of the list + watch machine: it does what the state asks for, feeds the answer to the pure step, and yields what was read.
 * Reading waits for its consumer (at most one page is read ahead of it, where that is wanted), nothing is dropped, and the order is the
 * server's.
 *
 * Guaranteed: every yielded batch says the place that is reached once it *and all before it* are dealt with. What was yielded is the
 * consumer's: it does not come again. Not promised: versions overtaken before a list could read them.
 */
import { asKubeCheckError, type KubeCheckError, unreachable } from '../errors.ts';
import type { EventSource } from '../kube/event-source.ts';
import type { WatchFrame } from '../kube/wire/codec.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Log } from '../log.ts';
import { movedBy, pageRead } from './inputs.ts';
import { placeOf, type WatchOutput } from './output.ts';
import { createPageAhead } from './page-ahead.ts';
import { createPatience, type PatienceOptions } from './patience.ts';
import { createPulse, type Pulse } from './pulse.ts';
import { judged, type ListingState, resume, resync, step, type WatchInput, type WatchState } from './state.ts';
import { wantedOf } from './wanted.ts';
import { createWatchdog } from './watchdog.ts';

export interface ListWatchOptions extends PatienceOptions {
  readonly source: EventSource;
  readonly log: Log;
  readonly pageSize: number;
  /** Whether a list's next page is asked for while the one before it is dealt with: then there are two in memory. */
  readonly readAhead: boolean;
  /** How long a stream may be silent before its first frame and between frames, and what then. */
  readonly silence: { readonly firstMs: number; readonly nextMs: number; readonly end: 'settle' | 'reopen' };
  /** Failures in a row after which `read` throws; the state is kept, so that a later `read` goes on. */
  readonly maxFailures: number;
}

export interface ListWatch {
  readonly state: WatchState;
  /** What failed last, as long as nothing has worked since. */
  readonly failure: KubeCheckError | undefined;
  readonly pulse: Pulse;
  /** How long the server was asked without any answer since the last one, as long as reads were ended first. Milliseconds. */
  readonly unansweredMs: number;
  /** Reads until it is settled or the signal is aborted (then it returns), or throws a KubeCheckError. One at a time. */
  read(signal: AbortSignal): AsyncGenerator<WatchOutput, void>;
  /** Closes the stream, so that the server need not hold what is not read. It is opened again when reading goes on. */
  pause(): void;
  /** The next read begins with a list. Between two reads. */
  resync(): void;
}

/** Asked of the server, which then closes the watch itself: a bound for connections that nobody remembers. */
const watchSeconds = 300;
/** A watch left unread for longer is closed, and opened again where reading stands when there is room. */
const unreadMs = 5000;

export function createListWatch(start: WatchState, options: ListWatchOptions): ListWatch {
  const { source, clock, log, pageSize, readAhead, silence, maxFailures } = options;
  const patience = createPatience(options);
  let state = start;
  let lastError: KubeCheckError | undefined;
  const pulse = createPulse(clock);
  let pause = (): void => undefined;

  function apply(input: WatchInput): void {
    state = step(state, input).next;
    lastError = undefined;
    if (input.type === 'silent') pulse.tried();
    else pulse.heard();
  }

  async function* listPages(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    const pages = createPageAhead(source, pageSize, signal);
    try {
      while (state.at === 'listing' && !signal.aborted) {
        const { place } = state;
        const page = await patience.answer(pages.page(place?.continueToken), signal);
        patience.works();
        const first = place?.first ?? page.version;
        const list = judged(state, first);
        apply(pageRead(page));
        if (readAhead && page.continueToken !== undefined) pages.ask(page.continueToken);
        yield {
          type: 'page',
          list: { cause: list.cause, ...fromOf(list), to: first, begins: !place, ends: state.at !== 'listing' },
          ...wantedOf(page.events, list.since, first),
          malformed: page.malformed,
          place: placeOf(state),
        };
      }
    } finally {
      pages.end();
    }
  }

  async function* stream(version: string, signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    const openedAtMs = clock.monotonicMs();
    const ended = new AbortController();
    const watchdog = createWatchdog(clock, { ...silence, unreadMs }, () => ended.abort(new Error('ended by us')));
    pause = () => watchdog.noRoom();
    try {
      const both = AbortSignal.any([signal, ended.signal]);
      const frames = await patience.answer(
        source.watch({ version, timeoutSeconds: watchSeconds, signal: both }),
        signal,
      );
      apply({ type: 'opened' });
      pulse.opened();
      watchdog.wait();
      for await (const chunk of frames) {
        watchdog.heard();
        yield* readChunk(chunk);
        watchdog.wait();
      }
    } catch (error) {
      if (signal.aborted || watchdog.verdict === undefined) throw error;
    } finally {
      pause = () => undefined;
      watchdog.stop();
      ended.abort();
    }
    if (watchdog.verdict === 'silent') {
      patience.works();
      patience.flows();
      // Between two runs nothing is open: what is there then had no connection to wait in.
      if (silence.end === 'reopen') pulse.silent();
      return apply({ type: 'silent', end: silence.end });
    }
    const early = clock.monotonicMs() - openedAtMs < (watchSeconds * 1000) / 2;
    const moved = 'version' in state && state.version !== version;
    apply({ type: 'closed', hollow: early && !moved && watchdog.verdict === undefined });
  }

  function* readChunk(chunk: readonly WatchFrame[]): Generator<WatchOutput, void> {
    const silentMs = pulse.frames();
    if (silentMs !== undefined) yield { type: 'woken', silentMs };
    const status = chunk.find((frame) => frame.type === 'status');
    if (status !== chunk[0]) yield readFrames(chunk);
    if (status) throw source.failure(status.status);
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
      apply(movedBy(frame));
      if (frame.type === 'event') events.push(frame.event);
    }
    if (state !== before) patience.flows();
    return { type: 'frames', events, malformed, place: placeOf(state) };
  }

  /** What the state asks for, until it has become another. */
  async function* act(signal: AbortSignal): AsyncGenerator<WatchOutput, void> {
    switch (state.at) {
      case 'locating': {
        const { version, events, malformed } = await patience.answer(source.page({ limit: 1, signal }), signal);
        apply(pageRead({ version, events, malformed }));
        yield { type: 'located', place: placeOf(state) };
        return;
      }
      case 'listing':
        return yield* listPages(signal);
      case 'guarding':
        return apply({ type: await patience.answer(source.guard({ ...state, signal }), signal) });
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
    // Without a reason of the connection's own it was an answer, if a refusal.
    if (error.details['reason'] === undefined) pulse.heard();
    else pulse.tried();
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
    get failure() {
      return lastError;
    },
    pulse,
    get unansweredMs() {
      return patience.unansweredMs;
    },
    read,
    pause: () => pause(),
    resync() {
      state = resync(state);
    },
  };
}

const fromOf = ({ since, lostVersion = since }: ListingState): { readonly from?: string } =>
  lostVersion === undefined ? {} : { from: lostVersion };
