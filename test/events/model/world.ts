/** The model's cluster: a history of writes, what the store holds, what was committed; and what may happen in it. */
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import type { Token } from '../../../src/token-store.ts';
import type { Place } from '../../../src/watch/output.ts';
import type { WatchState } from '../../../src/watch/state.ts';
import { anEvent } from '../kube-event.ts';
import type { Move } from './explorer.ts';

export interface WorldBounds {
  readonly keys: number;
  readonly writes: number;
  readonly compactions: number;
  readonly crashes: number;
  readonly rewrites?: number;
}

/** A write: which object, in which history. */
type Write = readonly [key: number, epoch: number];
export interface Waiting {
  /** Ids, as everywhere here: `<history>.<version>`, as versions are given anew after a rewrite. */
  readonly events: readonly string[];
  readonly end: Place;
  readonly ordered: boolean;
}
export interface Process {
  readonly watch: WatchState;
  readonly waiting: readonly Waiting[];
  /** Handed over. */
  readonly batch?: { readonly events: readonly string[]; readonly place?: Place };
  /** What the checkpoint knows. */
  readonly reached?: Place;
  readonly forgets?: true;
  /** Committed, and not saved: a crash excuses them. `unplaced`: of a page of which more is to come, so that no save can tell of them. */
  readonly unsaved: readonly string[];
  readonly unplaced: readonly string[];
}
export interface World {
  readonly h: readonly Write[];
  readonly epoch: number;
  readonly compacted: number;
  /** A rewritten history that reaches it is not told from the old one: the model does not go there. */
  readonly lost: number | null;
  readonly compactions: number;
  readonly crashes: number;
  readonly rewrites: number;
  readonly store: Token | null;
  readonly process: Process | null;
  readonly sunk: Readonly<Record<string, number>>;
  readonly excused: readonly string[];
  readonly back?: true;
}

export const initialWorld = ({ compactions, crashes, rewrites = 0 }: WorldBounds): World => ({
  // The first version is of something else: a server's history is never empty.
  h: [[-1, 0]],
  epoch: 0,
  compacted: 0,
  lost: null,
  compactions,
  crashes,
  rewrites,
  store: null,
  process: null,
  sunk: {},
  excused: [],
});

/** The version of an object as it was at a version of the history; 0: it was not there. */
export function lastOf({ h }: World, key: number, upTo: number): number {
  for (let version = upTo; version >= 1; version--) if (h[version - 1]?.[0] === key) return version;
  return 0;
}

export const idOf = ({ h }: World, version: number): string => `${h[version - 1]?.[1]}.${version}`;
export const eventOf = (id: string): KubeEvent => anEvent({ uid: id, version: id.slice(id.indexOf('.') + 1) });
export const together = (...ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();

/** What happens without the process. */
export function* worldMoves(world: World, { keys, writes }: WorldBounds): Generator<Move<World>> {
  const { h, lost, compactions, compacted, process } = world;
  if (h.length <= writes && (lost === null || h.length + 1 < lost))
    for (let key = 0; key < keys; key++) yield [`write ${key}`, { ...world, h: [...h, [key, world.epoch]] }];
  if (compactions > 0 && h.length > compacted)
    yield ['compact', { ...world, compactions: compactions - 1, compacted: h.length }];
  if (world.rewrites > 0 && h.length > 1) yield* rewrite(world);
  if (process && world.crashes > 0) {
    const excused = together(...world.excused, ...process.unsaved, ...process.unplaced);
    yield ['crash', { ...world, process: null, crashes: world.crashes - 1, excused }];
  }
}

/** Back by one or two writes. Streams break; what was committed comes again. */
function* rewrite(world: World): Generator<Move<World>> {
  const { h, process } = world;
  for (const to of [h.length - 1, h.length - 2].filter((version) => version >= 1)) {
    const happened = h.map((_, index) => idOf(world, index + 1));
    const broken =
      process && 'version' in process.watch ? ({ at: 'guarding', version: process.watch.version } as const) : undefined;
    yield [
      `rewrite to ${to}`,
      {
        ...world,
        h: h.slice(0, to),
        epoch: world.epoch + 1,
        lost: lowestAbove(to, world),
        compacted: Math.min(world.compacted, to),
        rewrites: world.rewrites - 1,
        excused: together(...world.excused, ...Object.keys(world.sunk), ...happened),
        ...(process && broken ? { process: { ...process, watch: broken } } : {}),
      },
    ];
  }
}

/** The lowest version above `to` that the process or the store knows. */
function lowestAbove(to: number, { store, process, lost }: World): number | null {
  const { watch, reached, batch, waiting = [] } = process ?? {};
  const places = [reached, batch?.place, ...waiting.map(({ end }) => end)];
  const read = [...(batch?.events ?? []), ...waiting.flatMap(({ events }) => events)].map((id) => eventOf(id).version);
  const known = [
    store?.resourceVersion,
    store?.relist?.resourceVersion,
    ...(watch && 'version' in watch ? [watch.version] : []),
    ...(watch?.at === 'listing' ? [watch.since, watch.lostVersion, watch.place?.first] : []),
    ...places.flatMap((place) => (place?.at === 'list' ? [place.first, place.since] : [place?.version])),
    ...read,
    lost ?? undefined,
  ];
  const above = known.map(Number).filter((version) => version > to);
  return above.length === 0 ? null : Math.min(...above);
}
