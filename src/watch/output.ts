/** What the reader tells: what was read, and the place that is reached once it, and all before it, is dealt with. */
import type { KubeCheckError } from '../errors.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Witness } from '../token-store.ts';
import type { ListCause, WatchState } from './state.ts';

/** A place in the history. */
export type Place =
  /** Everything at or below the version is dealt with. */
  | { readonly at: 'version'; readonly version: string; readonly witness?: Witness }
  /** In the middle of a list. */
  | {
      readonly at: 'list';
      readonly cause: ListCause;
      readonly continueToken: string;
      readonly first: string;
      readonly since?: string;
      /** What a rewritten history was read up to. */
      readonly lost?: string;
    };

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
  /** Nothing that is there already is wanted: reading begins at this place. */
  | { readonly type: 'located'; readonly place: Place }
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
  /** Frames were waiting as soon as a stream that had been silent was opened again: most likely its connection was dead. */
  | { readonly type: 'woken'; readonly silentMs: number }
  | { readonly type: 'interrupted'; readonly error: KubeCheckError; readonly delayMs: number };

/** @throws TypeError where a list or the present version was not begun to be read */
export function placeOf(state: WatchState): Place {
  if ('version' in state) {
    const { version, witness } = state;
    return { at: 'version', version, ...(witness ? { witness } : {}) };
  }
  if (state.at === 'locating' || !state.place) throw new TypeError('watch: no place yet');
  const { cause, since, lostVersion, place } = state;
  const { continueToken, first } = place;
  return {
    ...{ at: 'list', cause, continueToken, first },
    ...(since === undefined ? {} : { since }),
    ...(lostVersion === undefined ? {} : { lost: lostVersion }),
  };
}
