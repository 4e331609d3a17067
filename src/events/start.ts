/** Where reading starts: the stored token, judged. Pure. */
import { isNewer, isVersion } from '../kube/version.ts';
import { quoted } from '../quoted.ts';
import type { Token } from '../token-store.ts';
import type { WatchState } from '../watch/state.ts';
import { lostVersionIn } from './checkpoint.ts';

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
  /** When reading was last known to be complete. */
  readonly wholeAtMs?: number;
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
  remembered?: Token,
): Start {
  const times = timesOf(stored);
  const place = stored && usablePlace(stored, selector);
  if (place) return { ...place, ...times };
  const text = stored?.resourceVersion ?? '';
  const lost = lostVersionIn(text);
  if (lost !== undefined) return { state: { at: 'listing', cause: 'rewound', ...(lost && { lostVersion: lost }) } };
  const token = [stored, remembered].find((each) => each !== undefined && isVersion(each.resourceVersion));
  if (!token) return withoutToken(text, startFrom);
  const { resourceVersion: version, witness } = token;
  const warning =
    token === stored || text === ''
      ? {}
      : { warning: `the stored event token ${quoted(text)} is unreadable: going on from ${version}` };
  const overdue = resyncPeriodMs > 0 && nowMs - (stored?.listedAtMs ?? nowMs) > resyncPeriodMs;
  const state: WatchState = overdue
    ? { at: 'listing', cause: 'resync', since: version }
    : { at: 'guarding', version, ...(witness ? { witness } : {}) };
  return { state, ...times, ...warning };
}

const timesOf = (token: Token | undefined): Pick<Start, 'listedAtMs' | 'wholeAtMs'> => ({
  ...(token?.listedAtMs === undefined ? {} : { listedAtMs: token.listedAtMs }),
  ...(token?.wholeAtMs === undefined ? {} : { wholeAtMs: token.wholeAtMs }),
});

function withoutToken(text: string, startFrom: StartOptions['startFrom']): Start {
  // "0" is what the Agent's watch mode stores while it has delivered nothing: as good as no token.
  if (text !== '' && text !== '0') return unreadable(text);
  return { state: startFrom === 'now' ? { at: 'locating' } : { at: 'listing', cause: 'first' } };
}

function unreadable(text: string): Start {
  return {
    state: { at: 'listing', cause: 'unreadable-token' },
    unreadable: text,
    warning: `the stored event token ${quoted(text)} is no resource version: every event the server still holds is delivered, some perhaps again`,
  };
}

/** An unfinished list goes on only where it belongs: the server would take its continue token for any selector. */
function usablePlace({ resourceVersion, relist }: Token, selector: string | undefined): Start | undefined {
  if (!relist || (relist.since ?? '') !== resourceVersion || relist.selector !== selector) return undefined;
  const { continueToken, resourceVersion: first, since, from } = relist;
  if (since !== undefined && isNewer(since, first)) return undefined;
  const cause = relist.cause ?? (since === undefined ? 'first' : 'expired');
  const state: WatchState = {
    ...{ at: 'listing', cause, place: { continueToken, first } },
    ...(since === undefined ? {} : { since }),
    ...(cause === 'rewound' && from !== undefined ? { lostVersion: from } : {}),
  };
  return { state, ...(cause === 'unreadable-token' && from !== undefined ? { unreadable: from } : {}) };
}
