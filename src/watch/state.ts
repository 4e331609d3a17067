/**
 * List + watch as a pure state machine: what is known, and what follows from an answer. No I/O, no time, no bytes, no tokens.
 *
 * The rules it holds (each seen on a real API server):
 * - After a complete list, reading goes on from the version of the list's *first* page: an expired continue token goes on at a newer
 *   version, and what changed meanwhile in pages already read is found from the first version only.
 * - Before a watch is opened its version is proven to be one the server still has (`guarding`): a watch from the future is silent for ever.
 * - The history at a version never changes. So an event object known to have been there at it (the `witness`) must be there still, or the
 *   history was rewritten, and has since grown beyond the version.
 * - A list is a quorum read, so a first page below a version that was read before proves that the server's history was rewritten.
 * - An expired version is ordinary (a quiet cluster's expires within minutes): the list bridges it.
 */
import { type KubeCheckError, unreachable } from '../errors.ts';
import { isNewer } from '../kube/version.ts';
import type { Witness } from '../token-store.ts';

/** Why a list is read. `hollow`: watches from this version were closed at once, without a word. */
export type ListCause = 'first' | 'expired' | 'hollow' | 'resync' | 'rewound' | 'unreadable-token';

/** Where reading stands. A state holds only what is valid in it. */
export type WatchState =
  /** The present version is to be learnt; nothing that is there already is wanted. */
  | { readonly at: 'locating' }
  | ListingState
  | (Point & { readonly at: 'guarding' })
  | (Point & { readonly at: 'opening'; readonly hollow: number })
  | (Point & { readonly at: 'streaming'; readonly hollow: number })
  /** Nothing newer was to be seen. */
  | (Point & { readonly at: 'settled' });

/** A version in the history, and what proves that the history is the one it was read from. */
export interface Point {
  readonly version: string;
  readonly witness?: Witness;
}

export interface ListingState {
  readonly at: 'listing';
  readonly cause: ListCause;
  /** Only what is newer is wanted. Absent: everything. */
  readonly since?: string;
  /** Said to be above everything the server has. Of a rewound history it is, of another the first page decides. */
  readonly lostVersion?: string;
  /** Absent: at the first page. */
  readonly place?: ListPlace;
}

export interface ListPlace {
  readonly continueToken: string;
  /** The version of the list's first page. */
  readonly first: string;
  /** An event of the first page. */
  readonly witness?: Witness;
  /** The continue token is one that the server gave for an expired one. */
  readonly renewed?: true;
}

export type WatchInput =
  /** `witness`: one of its events, if it has any. */
  | { readonly type: 'page'; readonly version: string; readonly continueToken?: string; readonly witness?: Witness }
  /** The guard's answer: the server's history holds the version. */
  | { readonly type: 'held' }
  /** The guard's other answer: what must have been there at the version is not. */
  | { readonly type: 'rewritten' }
  | { readonly type: 'opened' }
  /** A frame that carries a version: an event (its own witness), a deletion (by uid), a bookmark. */
  | { readonly type: 'moved'; readonly version: string; readonly event?: Witness; readonly deleted?: string }
  /** The stream ended clean. `hollow`: early, and without having moved. */
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

/** @throws TypeError where the input does not belong to the state */
export function step(state: WatchState, input: WatchInput): Step {
  switch (input.type) {
    case 'page':
      if (state.at === 'locating') return { next: opening(input) };
      if (state.at === 'listing') return { next: afterPage(state, input) };
      break;
    case 'held':
      if (state.at === 'guarding') return { next: opening(state) };
      break;
    case 'rewritten':
      if (state.at === 'guarding') return { next: { at: 'listing', cause: 'rewound', lostVersion: state.version } };
      break;
    case 'opened':
      if (state.at === 'opening') return { next: { ...state, at: 'streaming' } };
      break;
    case 'moved':
      if (state.at === 'streaming') return { next: afterFrame(state, input) };
      break;
    case 'closed':
      if (state.at === 'streaming') return { next: afterClose(state, input.hollow) };
      break;
    case 'silent':
      if (state.at === 'streaming') return { next: afterSilence(state, input.end) };
      break;
    case 'failed':
      return afterFailure(state, input.error);
    default:
      return unreachable(input);
  }
  throw new TypeError(`watch: '${input.type}' does not belong to '${state.at}'`);
}

/** Where a new run starts: a stream that was left is not trusted to be one still. */
export function resume(state: WatchState): WatchState {
  return state.at === 'locating' || state.at === 'listing' ? state : proveAgain(state);
}

/** A list asked for by the clock, not by the server. One that is being read anyway serves as well. */
export function resync(state: WatchState): WatchState {
  return 'version' in state ? { at: 'listing', cause: 'resync', since: state.version } : state;
}

/** What the version of a list's first page says about the list: whether the history was rewritten, and so what of it is wanted. */
export function judged(list: ListingState, first: string): ListingState {
  const { since, lostVersion, ...rest } = list;
  const highest = lostVersion ?? since;
  if (list.cause === 'rewound' || highest === undefined) return list;
  if (isNewer(highest, first)) return { ...rest, cause: 'rewound', lostVersion: highest };
  return { ...rest, ...(since === undefined ? {} : { since }) };
}

function afterPage(list: ListingState, page: WatchInput & { readonly type: 'page' }): WatchState {
  const { first, witness } = list.place ?? { first: page.version, witness: page.witness };
  if (page.continueToken === undefined) return opening(pointAt(first, witness));
  return {
    ...judged(list, first),
    place: { continueToken: page.continueToken, first, ...(witness ? { witness } : {}) },
  };
}

const pointAt = (version: string, witness: Witness | undefined): Point => ({
  version,
  ...(witness ? { witness } : {}),
});

const opening = ({ version, witness }: Point, hollow = 0): WatchState => ({
  at: 'opening',
  ...pointAt(version, witness),
  hollow,
});

type Streaming = WatchState & { readonly at: 'streaming' };

/** Only what is newer moves: a version never goes down. */
function afterFrame(state: Streaming, frame: WatchInput & { readonly type: 'moved' }): WatchState {
  if (!isNewer(frame.version, state.version)) return state;
  const kept = frame.deleted !== undefined && frame.deleted === state.witness?.uid ? undefined : state.witness;
  return { at: 'streaming', ...pointAt(frame.version, frame.event ?? kept), hollow: 0 };
}

/** A stale version is answered by some servers with clean, empty, early closes instead of a 410. Twice in a row is a list. */
function afterClose(state: Streaming, hollow: boolean): WatchState {
  if (!hollow) return proveAgain(state);
  if (state.hollow >= 1) return { at: 'listing', cause: 'hollow', since: state.version };
  return opening(state, state.hollow + 1);
}

const afterSilence = (state: Streaming, end: 'settle' | 'reopen'): WatchState =>
  end === 'settle' ? { at: 'settled', ...pointAt(state.version, state.witness) } : proveAgain(state);

/** A stream that ended or failed has to be opened again, and its version proven again. */
const proveAgain = ({ version, witness }: Point): WatchState => ({ at: 'guarding', ...pointAt(version, witness) });

function afterFailure(state: WatchState, error: KubeCheckError): Step {
  switch (error.code) {
    case 'API_GONE':
      return afterGone(state, error);
    case 'API_AHEAD':
      return afterAhead(state, error);
    case 'API_INVALID':
      // A continue token that the server can't read (any more): only the list from its start can go on.
      if (state.at === 'listing' && state.place) return { next: fromTheStart(state), retry: error };
      return { next: resume(state), fatal: error };
    case 'API_THROTTLED':
    case 'API_UNAVAILABLE':
    case 'API_MALFORMED':
      return { next: resume(state), retry: error };
    default:
      return { next: resume(state), fatal: error };
  }
}

function afterGone(state: WatchState, error: KubeCheckError): Step {
  if ('version' in state) return { next: { at: 'listing', cause: 'expired', since: state.version } };
  const { continue: fresh } = error.details;
  if (state.at === 'locating' || !state.place || typeof fresh !== 'string') {
    return { next: state.at === 'locating' ? state : fromTheStart(state), retry: error };
  }
  const next: WatchState = { ...state, place: { ...state.place, continueToken: fresh, renewed: true } };
  // One that expires at once is no progress.
  return state.place.renewed ? { next, retry: error } : { next };
}

/** The list decides: a server that only lagged behind has the version by then. */
function afterAhead(state: WatchState, error: KubeCheckError): Step {
  if (state.at === 'guarding') return { next: { at: 'listing', cause: 'expired', since: state.version } };
  if (state.at === 'listing' && state.place) {
    return { next: { lostVersion: state.place.first, ...fromTheStart(state) }, retry: error };
  }
  return { next: resume(state), retry: error };
}

function fromTheStart({ place: _given, ...list }: ListingState): ListingState {
  return list;
}
