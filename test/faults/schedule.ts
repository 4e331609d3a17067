/**
 * Which faults come when, made up from a seed: the same seed, the same schedule. Places are counted in written events, not in seconds, so that
 * a slower machine meets the same faults at the same places. Pure.
 */
import { ManualClock } from '../../src/testing/index.ts';

/** In the order of the table. What each does is in inject.ts. */
export const faultKinds = [
  'killed',
  'terminated',
  'paused',
  'api-server-killed',
  'api-server-restarted',
  'compacted-while-up',
  'compacted-while-down',
  'token-deleted',
  'token-lowered',
  'token-garbled',
  'commits-rejected',
  'connections-cut',
  'connections-silent',
  'etcd-restored',
  'etcd-restored-and-overtaken',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** What comes again in a long run: the faults after which something can come twice, and the most frequent ones of real life. */
const again: readonly FaultKind[] = [
  'killed',
  'killed',
  'paused',
  'terminated',
  'api-server-killed',
  'connections-cut',
];

/** Every class once, some more often. */
export const allFaults: readonly FaultKind[] = [...faultKinds, ...again];

/**
 * What can be done to any program that reads events, whether it has a lease, a token in the cluster, commits, or none of these: twelve.
 * Without silent connections: a minute of silence is the half of such a run.
 */
export const commonFaults: readonly FaultKind[] = [
  ...(['killed', 'killed', 'killed', 'terminated', 'terminated', 'paused'] as const),
  ...(['api-server-killed', 'api-server-restarted', 'compacted-while-up', 'compacted-while-down'] as const),
  ...(['connections-cut', 'connections-cut'] as const),
];

export interface Step {
  /** `snapshot` is no fault: what `etcd-restored` goes back to. */
  readonly kind: FaultKind | 'snapshot';
  /** Comes when so many events are written, or later where the one before is not over. */
  readonly afterEvents: number;
  /** 0 ≤ x < 1: whom or how, where the fault has a choice. */
  readonly chance: number;
}

/** How far an ordinary restore goes back, as a part of the run. */
const restoredPart = 1 / 6;

export function planFaults(kinds: readonly FaultKind[], events: number, seed: number): readonly Step[] {
  const chance = new ManualClock({ seed });
  const order = shuffled(kinds, () => chance.random());
  const share = events / (order.length + 1);
  const steps: Step[] = lateRestores(order).map((kind, index) => ({
    kind,
    afterEvents: Math.round(share * (index + 0.6 + 0.4 * chance.random())),
    chance: chance.random(),
  }));
  const snapshots = steps
    .filter(({ kind }) => kind === 'etcd-restored')
    .map(({ afterEvents }): Step => {
      const before = Math.max(Math.round(afterEvents - events * restoredPart), 1);
      return { kind: 'snapshot', afterEvents: before, chance: 0 };
    });
  return [...snapshots, ...steps].sort((one, other) => one.afterEvents - other.afterEvents);
}

function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  return values
    .map((value) => ({ value, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ value }) => value);
}

/** A restore in the first half has too little to go back to: it changes places with its mirror image. */
function lateRestores(order: readonly FaultKind[]): readonly FaultKind[] {
  const early = order.indexOf('etcd-restored');
  const late = order.length - 1 - early;
  if (early < 0 || early >= late) return order;
  const swapped = [...order];
  swapped[late] = 'etcd-restored';
  swapped[early] = order[late] as FaultKind;
  return swapped;
}
