/** A reader on a scripted source, and its outputs as lines. */

import type { EventSource } from '../../src/kube/event-source.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createBackoff } from '../../src/watch/backoff.ts';
import { createListWatch, type ListWatch } from '../../src/watch/list-watch.ts';
import type { Place, WatchOutput } from '../../src/watch/output.ts';
import type { WatchState } from '../../src/watch/state.ts';
import { type Answer, type Ask, type ScriptedSource, scriptedSource } from './scripted-source.ts';

export type Script = readonly (readonly [Ask, Answer])[];

export interface RigOptions {
  readonly silenceEnds?: 'settle' | 'reopen';
  readonly firstMs?: number;
  readonly nextMs?: number;
  readonly maxFailures?: number;
  readonly readAhead?: boolean;
}

export interface Rig {
  readonly clock: ManualClock;
  readonly source: ScriptedSource;
  readonly reader: ListWatch;
}

/** No jitter: failures wait 400, 800, 1600, ... ms. */
export function rig(start: WatchState, script: Script, options: RigOptions = {}): Rig {
  const clock = new ManualClock({ random: 0 });
  const source = scriptedSource(clock, script);
  return { clock, source, reader: readerOf(start, { source, clock }, options) };
}

/** In pages of two. */
export function readerOf(
  start: WatchState,
  { source, clock }: { readonly source: EventSource; readonly clock: ManualClock },
  { silenceEnds = 'settle', firstMs = 2000, nextMs = 500, maxFailures = 3, readAhead = false }: RigOptions = {},
): ListWatch {
  const backoff = () => createBackoff({ random: () => clock.random() });
  return createListWatch(start, {
    source,
    clock,
    backoff: backoff(),
    relistBackoff: backoff(),
    log: () => undefined,
    pageSize: 2,
    readAhead,
    silence: { firstMs, nextMs, end: silenceEnds },
    maxFailures,
  });
}

export interface Reading {
  readonly outputs: readonly string[];
  readonly error?: unknown;
}

/** Reads to the end, or until `abortAtMs` of the clock; `onOutput` is the consumer's own doing, and may take its time. */
export async function readAll(
  { reader, clock }: Rig,
  {
    abortAtMs,
    signal: given,
    onOutput,
  }: {
    readonly abortAtMs?: number;
    readonly signal?: AbortSignal;
    readonly onOutput?: (output: WatchOutput) => Promise<void> | void;
  } = {},
): Promise<Reading> {
  const run = new AbortController();
  const signal = given ?? run.signal;
  if (abortAtMs !== undefined)
    void clock.sleep(abortAtMs - clock.monotonicMs(), { background: true }).then(() => run.abort(new Error('over')));
  const outputs: string[] = [];
  const reading = (async () => {
    for await (const output of reader.read(signal)) {
      outputs.push(lineOf(output));
      await onOutput?.(output);
    }
  })();
  try {
    await clock.runUntil(reading);
    return { outputs };
  } catch (error) {
    return { outputs, error };
  }
}

/** `page expired 50→100 first last [60 70] 1 repeated 1 malformed @100` */
export function lineOf(output: WatchOutput): string {
  switch (output.type) {
    case 'woken':
      return `woken ${output.silentMs}`;
    case 'interrupted':
      return `interrupted ${output.error.code} ${output.delayMs}`;
    case 'located':
      return `located ${placeText(output.place)}`;
    case 'frames':
      return words(
        'frames',
        `[${versionsOf(output)}]`,
        counted(output.malformed, 'malformed'),
        placeText(output.place),
      );
    case 'page': {
      const { cause, from = '', to, begins, ends } = output.list;
      return words(
        `page ${cause} ${from}→${to}`,
        begins && 'first',
        ends && 'last',
        `[${versionsOf(output)}]`,
        counted(output.repeated, 'repeated'),
        counted(output.malformed, 'malformed'),
        placeText(output.place),
      );
    }
  }
}

const words = (...parts: readonly (string | false)[]): string => parts.filter(Boolean).join(' ');
const counted = (count: number, what: string): string => (count > 0 ? `${count} ${what}` : '');
const versionsOf = ({ events }: WatchOutput & { readonly type: 'page' | 'frames' }): string =>
  events.map(({ version }) => version).join(' ');

/** The same state, with nothing of its witness: events of a script are many. */
export function bare(state: WatchState): WatchState {
  if (state.at === 'listing' && state.place) {
    const { witness: _of, ...place } = state.place;
    return { ...state, place };
  }
  if (!('version' in state)) return state;
  const { witness: _of, ...point } = state;
  return point;
}

/** `@100`, or in a list `@c1/100>50`. */
function placeText(place: Place): string {
  if (place.at === 'version') return `@${place.version}`;
  return `@${place.continueToken}/${place.first}${place.since === undefined ? '' : `>${place.since}`}`;
}
