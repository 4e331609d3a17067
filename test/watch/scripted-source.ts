/** An event source that answers what a script says, in its order, and fails the test where it is asked something else. */
import assert from 'node:assert/strict';
import type { Clock } from '../../src/clock.ts';
import { type ErrorCode, KubeCheckError } from '../../src/errors.ts';
import type { EventSource } from '../../src/kube/event-source.ts';
import type { EventPage, WatchFrame } from '../../src/kube/wire/codec.ts';
import { anEvent } from '../events/kube-event.ts';

/** `list`, `list <token>`, `guard <version>`, `watch <version>`. */
export type Ask = string;

export type Answer =
  | { readonly page: EventPage }
  | { readonly guard: 'held' | 'rewritten' }
  | { readonly fails: KubeCheckError }
  | { readonly hangs: true }
  | { readonly stream: readonly Part[] };

export type Part =
  | readonly WatchFrame[]
  | { readonly afterMs: number }
  | { readonly breaks: KubeCheckError }
  /** Until it is aborted. Without it the stream ends clean. */
  | 'hangs'
  /** The same, but it ends quietly when aborted, as a source may that knows no better. */
  | 'hangs quietly';

export const failure = (
  code: ErrorCode,
  { retryAfterMs, ...details }: { readonly retryAfterMs?: number; readonly continue?: string } = {},
): KubeCheckError =>
  new KubeCheckError(code, `a ${code}`, { details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

export const fails = (...given: Parameters<typeof failure>): Answer => ({ fails: failure(...given) });
export const held: Answer = { guard: 'held' };
export const rewritten: Answer = { guard: 'rewritten' };
export const hangs: Answer = { hangs: true };
export const stream = (...parts: readonly Part[]): Answer => ({ stream: parts });

export function page(
  version: string,
  events: readonly string[] = [],
  { next, malformed = 0 }: { readonly next?: string; readonly malformed?: number } = {},
): Answer {
  const items = events.map((each) => anEvent({ version: each }));
  return { page: { version, events: items, malformed, ...(next ? { continueToken: next } : {}) } };
}

export const events = (...versions: readonly string[]): readonly WatchFrame[] =>
  versions.map((version) => ({ type: 'event', event: anEvent({ version }) }));
export const deleted = (version: string, uid = 'gone'): readonly WatchFrame[] => [{ type: 'deleted', version, uid }];
export const bookmark = (version: string): readonly WatchFrame[] => [{ type: 'bookmark', version }];
export const malformed: readonly WatchFrame[] = [{ type: 'malformed', why: 'broken' }];
/** A Status in the stream; it is turned into the failure of this code. */
export const status = (code: ErrorCode): readonly WatchFrame[] => [{ type: 'status', status: code }];

export interface ScriptedSource extends EventSource {
  /** What was asked, with the instant: `400 guard 50`. */
  readonly asked: readonly string[];
  /** The witnesses that the guard was asked for, by their versions. */
  readonly witnesses: readonly (string | undefined)[];
  /** Streams that are open now. */
  readonly open: number;
  /** @throws AssertionError if it was asked something else than the script says, or less */
  assertPlayed(): void;
}

export function scriptedSource(clock: Clock, script: readonly (readonly [Ask, Answer])[]): ScriptedSource {
  const asked: string[] = [];
  const witnesses: (string | undefined)[] = [];
  const unplanned: string[] = [];
  let open = 0;

  async function answer(ask: Ask, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const [expected, given] = script[asked.length] ?? [];
    asked.push(`${clock.monotonicMs()} ${ask}`);
    if (expected !== ask || given === undefined) {
      unplanned.push(`${ask}, not ${expected}`);
      throw failure('CONFIG_INVALID');
    }
    if ('fails' in given) throw given.fails;
    if ('hangs' in given) await clock.sleep(Number.POSITIVE_INFINITY, { signal });
    return given;
  }

  async function* play(parts: readonly Part[], signal: AbortSignal): AsyncGenerator<readonly WatchFrame[]> {
    open++;
    try {
      for (const part of parts) {
        signal.throwIfAborted();
        if (part === 'hangs') await clock.sleep(Number.POSITIVE_INFINITY, { signal });
        else if (part === 'hangs quietly')
          return await clock.sleep(Number.POSITIVE_INFINITY, { signal }).catch(() => {});
        else if ('afterMs' in part) await clock.sleep(part.afterMs, { signal });
        else if ('breaks' in part) throw part.breaks;
        else yield part;
      }
    } finally {
      open--;
    }
  }

  return {
    async page({ continueToken, signal }) {
      const given = await answer(continueToken === undefined ? 'list' : `list ${continueToken}`, signal);
      assert.ok('page' in given);
      return given.page;
    },
    async guard({ version, witness, signal }) {
      witnesses.push(witness?.version);
      const given = await answer(`guard ${version}`, signal);
      assert.ok('guard' in given);
      return given.guard;
    },
    async watch({ version, signal }) {
      const given = await answer(`watch ${version}`, signal);
      assert.ok('stream' in given);
      return play(given.stream, signal);
    },
    failure: (code) => failure(code as ErrorCode),
    get asked() {
      return asked;
    },
    witnesses,
    get open() {
      return open;
    },
    assertPlayed() {
      assert.deepEqual(unplanned, []);
      assert.equal(asked.length, script.length, `asked only: ${asked.join(', ')}`);
    },
  };
}
