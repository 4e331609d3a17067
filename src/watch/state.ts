/**
 * List + watch as a pure state machine: what is known, and what follows from an answer. No I/O, no time, no bytes, no tokens.
 *
 * The rules it holds (each seen on a real API server):
 * - After a complete list, reading goes on from the version of the list's *first* page: an expired continue token goes on at a newer
 *   version, and what changed meanwhile in pages already read is found from the first version only.
 * - Before a watch is opened its version is proven to be one the server still has (`guarding`): a watch from the future is silent for ever.
 * - An expired version is ordinary (a quiet cluster's expires within minutes): the list bridges it.
 */
import { type KubeCheckError, unreachable } from '../errors.ts';
import { isNewer, laterOf } from '../kube/version.ts';

/** Why a list is read. `hollow`: watches from this version were closed at once, without a word. */
export type ListCause = 'first' | 'expired' | 'hollow' | 'resync' | 'rewound' | 'unreadable-token';

/** Where reading stands. A state holds only what is valid in it. */
export type WatchState =
  /** The present version is to be learnt; nothing that is there already is wanted. */
  | { readonly at: 'locating' }
  | {
      readonly at: 'listing';
      readonly cause: ListCause;
      /** Only what is newer is wanted. Absent: everything. */
      readonly since?: string;
      /** Rewound: the version that was above everything the server has. */
      readonly lostVersion?: string;
      /** Absent: at the first page. */
      readonly place?: ListPlace;
    }
  | { readonly at: 'guarding'; readonly version: string }
  | { readonly at: 'opening'; readonly version: string; readonly hollow: number }
  | { readonly at: 'streaming'; readonly version: string; readonly hollow: number }
  /** Nothing newer was to be seen. */
  | { readonly at: 'settled'; readonly version: string };

export interface ListPlace {
  readonly continueToken: string;
  /** The version of the list's first page. */
  readonly first: string;
}

export type WatchInput =
  | { readonly type: 'page'; readonly version: string; readonly continueToken?: string }
  /** The guard's answer: the server's history holds the version. */
  | { readonly type: 'held' }
  | { readonly type: 'opened' }
  /** A frame that carries a version: an event, a deletion, a bookmark. */
  | { readonly type: 'moved'; readonly version: string }
  /** The stream ended clean. `hollow`: at once and without a frame. */
  | { readonly type: 'closed'; readonly hollow: boolean }
  /** Nothing came for as long as was agreed. */
  | { readonly type: 'silent'; readonly end: 'settle' | 'reopen' }
  | { readonly type: 'failed'; readonly error: KubeCheckError };

export interface Step {
  readonly next: WatchState;
  /** What is to be done next would repeat what just failed: wait first. */
  readonly retry?: KubeCheckError;
  /** Trying again can't help until somebody changes something. */
  readonly fatal?: KubeCheckError;
}

export function step(state: WatchState, input: WatchInput): Step {
  switch (input.type) {
    case 'page':
      return { next: afterPage(state, input) };
    case 'held':
      if (state.at === 'guarding') return { next: { at: 'opening', version: state.version, hollow: 0 } };
      break;
    case 'opened':
      if (state.at === 'opening') return { next: { ...state, at: 'streaming' } };
      break;
    case 'moved':
      if (state.at === 'streaming')
        return { next: { ...state, version: laterOf(input.version, state.version), hollow: 0 } };
      break;
    case 'closed':
      if (state.at === 'streaming') return { next: afterClose(state, input.hollow) };
      break;
    case 'silent':
      if (state.at === 'streaming')
        return { next: input.end === 'settle' ? { at: 'settled', version: state.version } : again(state) };
      break;
    case 'failed':
      return afterFailure(state, input.error);
    default:
      return unreachable(input);
  }
  throw outOfPlace(state, input);
}

/** Where a new run starts: a stream that was left is not trusted to be one still. */
export function resume(state: WatchState): WatchState {
  if (state.at === 'locating' || state.at === 'listing') return state;
  return { at: 'guarding', version: state.version };
}

function afterPage(state: WatchState, page: { readonly version: string; readonly continueToken?: string }): WatchState {
  if (state.at === 'locating') return { at: 'opening', version: page.version, hollow: 0 };
  if (state.at !== 'listing') throw outOfPlace(state, { type: 'page', version: page.version });
  const first = state.place?.first ?? page.version;
  if (page.continueToken === undefined) return { at: 'opening', version: first, hollow: 0 };
  return { ...confirmed(state, first), place: { continueToken: page.continueToken, first } };
}

/**
 * A list without version is a quorum read. So if it is at or above the version said to be lost, the history was not rewritten: a server
 * lagged behind, and the list is an ordinary one.
 */
export function confirmed(
  state: WatchState & { readonly at: 'listing' },
  first: string,
): WatchState & { readonly at: 'listing' } {
  const { lostVersion, ...rest } = state;
  if (lostVersion === undefined || isNewer(lostVersion, first)) return state;
  return { ...rest, cause: 'expired', since: lostVersion };
}

/** A stale version is answered by some servers with clean, empty, early closes instead of a 410. Twice in a row is a list. */
function afterClose(state: WatchState & { readonly at: 'streaming' }, hollow: boolean): WatchState {
  if (!hollow) return again(state);
  if (state.hollow >= 1) return { at: 'listing', cause: 'hollow', since: state.version };
  return { at: 'opening', version: state.version, hollow: state.hollow + 1 };
}

const again = (state: WatchState & { readonly at: 'streaming' }): WatchState => ({
  at: 'guarding',
  version: state.version,
});

function afterFailure(state: WatchState, error: KubeCheckError): Step {
  switch (error.code) {
    case 'API_GONE':
      return afterGone(state, error);
    case 'API_AHEAD':
      if (state.at === 'guarding') return { next: { at: 'listing', cause: 'rewound', lostVersion: state.version } };
      return { next: retried(state), retry: error };
    case 'API_THROTTLED':
    case 'API_UNAVAILABLE':
    case 'API_MALFORMED':
      return { next: retried(state), retry: error };
    default:
      return { next: retried(state), fatal: error };
  }
}

function afterGone(state: WatchState, error: KubeCheckError): Step {
  switch (state.at) {
    case 'guarding':
    case 'opening':
    case 'streaming':
    case 'settled':
      return { next: { at: 'listing', cause: 'expired', since: state.version } };
    case 'listing': {
      const { continue: fresh } = error.details;
      if (state.place && typeof fresh === 'string') {
        return { next: { ...state, place: { ...state.place, continueToken: fresh } } };
      }
      const { place: _expired, ...fromTheStart } = state;
      return { next: fromTheStart, retry: error };
    }
    case 'locating':
      return { next: state, retry: error };
    default:
      return unreachable(state);
  }
}

/** A stream that failed has to be opened again, and its version proven again. */
const retried = (state: WatchState): WatchState =>
  state.at === 'streaming' || state.at === 'opening' || state.at === 'settled'
    ? { at: 'guarding', version: state.version }
    : state;

function outOfPlace(state: WatchState, input: WatchInput): TypeError {
  return new TypeError(`watch: '${input.type}' does not belong to '${state.at}'`);
}
