/** Where reading starts: the stored token, judged. Pure. */
import { isNewer, isVersion } from '../kube/version.ts';
import type { Token } from '../token-store.ts';
import type { WatchState } from '../watch/state.ts';

export interface StartOptions {
  readonly startFrom: 'backlog' | 'now' | { readonly agoMs: number };
  /** 0: never. */
  readonly resyncPeriodMs: number;
  readonly selector?: string;
}

export interface Start {
  readonly state: WatchState;
  /** When the last list ended, as far as is known. */
  readonly listedAtMs?: number;
  readonly warning?: string;
  /** The stored text that is no version. */
  readonly unreadable?: string;
}

/**
 * The stored token wins over the remembered one (a leader that comes back goes on from what the other stored); the remembered one serves
 * where the store has nothing usable. A list time that is missing or lies ahead is young.
 */
export function judgeToken(
  stored: Token | undefined,
  { startFrom, resyncPeriodMs, selector }: StartOptions,
  nowMs: number,
  remembered?: string,
): Start {
  const listed = stored?.listedAtMs === undefined ? {} : { listedAtMs: stored.listedAtMs };
  const text = stored?.resourceVersion ?? '';
  const version = [text, remembered ?? ''].find(isVersion);
  const place = stored && usablePlace(stored, selector);
  if (place) return { state: place, ...listed };
  if (version === undefined) {
    // "0" is what the Agent's watch mode stores while it has delivered nothing: as good as no token.
    if (text !== '' && text !== '0') return unreadable(text);
    if (startFrom === 'now') return { state: { at: 'locating' } };
    return { state: { at: 'listing', cause: 'first' } };
  }
  const warning =
    version === text || text === ''
      ? {}
      : { warning: `the stored event token ${quoted(text)} is unreadable: going on from ${version}` };
  const overdue = resyncPeriodMs > 0 && nowMs - (stored?.listedAtMs ?? nowMs) > resyncPeriodMs;
  const state: WatchState = overdue ? { at: 'listing', cause: 'resync', since: version } : { at: 'guarding', version };
  return { state, ...listed, ...warning };
}

function unreadable(text: string): Start {
  return {
    state: { at: 'listing', cause: 'unreadable-token' },
    unreadable: text,
    warning: `the stored event token ${quoted(text)} is no resource version: every event the server still holds is delivered, some perhaps again`,
  };
}

/** An unfinished list goes on only where it belongs: the server would take its continue token for any selector. */
function usablePlace({ resourceVersion, relist }: Token, selector: string | undefined): WatchState | undefined {
  if (!relist || (relist.since ?? '') !== resourceVersion || relist.selector !== selector) return undefined;
  const { continueToken, resourceVersion: first, since } = relist;
  if (since !== undefined && isNewer(since, first)) return undefined;
  return {
    at: 'listing',
    place: { continueToken, first },
    ...(since === undefined ? { cause: 'first' } : { cause: 'expired', since }),
  };
}

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
