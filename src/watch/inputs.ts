/** What the server sent, as inputs of the machine. Pure. */
import { isNewer } from '../kube/version.ts';
import type { EventPage, WatchFrame } from '../kube/wire/codec.ts';
import type { WatchInput } from './state.ts';

/** The newest event of the page that was there at its version: of what was written last a restored history knows least. */
export function pageRead({ version, continueToken, events }: EventPage): WatchInput {
  const there = events.filter((event) => !isNewer(event.version, version));
  const witness = there.reduce((a, b) => (a && !isNewer(b.version, a.version) ? a : b), there[0]);
  return {
    type: 'page',
    version,
    ...(continueToken ? { continueToken } : {}),
    ...(witness ? { witness } : {}),
  };
}

/** Frames that carry a version. */
export type Moving = Exclude<WatchFrame, { readonly type: 'status' | 'malformed' }>;

export function movedBy(frame: Moving): WatchInput {
  switch (frame.type) {
    case 'event':
      return { type: 'moved', version: frame.event.version, event: frame.event };
    case 'deleted':
      return { type: 'moved', version: frame.version, deleted: frame.uid };
    case 'bookmark':
      return { type: 'moved', version: frame.version };
  }
}
