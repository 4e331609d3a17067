/** The stretch that a list bridged, as a report says it. Pure. */
import type { EventGap } from '../report.ts';
import type { ListProgress } from '../watch/output.ts';

export interface GapFacts {
  readonly list: ListProgress;
  readonly scope: string;
  /** When the stream was last known to be whole. Absent: unknown, and taken as no time at all. */
  readonly wholeAtMs: number | undefined;
  readonly nowMs: number;
  readonly recovered: number;
  readonly eventTtlMs: number;
  readonly unreadable?: string;
}

/** Undefined for a list that bridges nothing: the first one, or one asked for by the resync period. */
export function gapOf({
  list,
  scope,
  wholeAtMs,
  nowMs,
  recovered,
  eventTtlMs,
  unreadable,
}: GapFacts): EventGap | undefined {
  if (list.cause === 'first' || list.cause === 'resync') return undefined;
  const cause = list.cause === 'rewound' || list.cause === 'unreadable-token' ? list.cause : 'expired';
  const spanMs = Math.max(0, nowMs - (wholeAtMs ?? nowMs));
  return {
    cause,
    scope,
    fromVersion: list.from ?? unreadable ?? '',
    toVersion: list.to,
    spanMs,
    recovered,
    loss: cause === 'rewound' ? 'rewritten' : spanMs > eventTtlMs ? 'expired' : 'overtaken',
  };
}
