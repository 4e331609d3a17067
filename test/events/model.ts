/**
 * The delivery of events by one process, made of the real parts (the pure step, what of a page is wanted, the low-water mark, the
 * checkpoint, which of two tokens stays), in a model world that is explored exhaustively: every interleaving of writes, compactions,
 * crashes, saves that come late or never, and, where asked for, an etcd restored from a backup.
 *
 * Checked in every state: nothing is lost (once the process has caught up, the last version of each object was committed), nothing is
 * committed twice but what was not yet saved at a crash, and the stored token never goes back. A mutation breaks one rule on purpose: then
 * a violation must be found.
 */

import { type ErrorCode, KubeCheckError } from '../../src/errors.ts';
import { Checkpoint } from '../../src/events/checkpoint.ts';
import { LowWaterMark } from '../../src/events/low-water.ts';
import { judgeToken } from '../../src/events/start.ts';
import { isNewer, isVersion } from '../../src/kube/version.ts';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { Token, TokenStore } from '../../src/token-store.ts';
import { newerToken } from '../../src/tokens/newer.ts';
import { type Place, placeOf } from '../../src/watch/output.ts';
import { judged, step, type WatchInput, type WatchState } from '../../src/watch/state.ts';
import { wantedOf } from '../../src/watch/wanted.ts';
import { anEvent } from './kube-event.ts';

export const mutations = [
  'ack-before-commit',
  'last-page-version',
  'no-upper-bound',
  'no-lower-bound',
  'token-mid-list',
  'page-in-version-order',
  'no-guard',
  'no-rewound-list',
] as const;
export type Mutation = (typeof mutations)[number];

export interface Bounds {
  readonly keys: number;
  readonly writes: number;
  readonly compactions: number;
  readonly crashes: number;
  readonly rewrites?: number;
  /** Objects a page. */
  readonly page: number;
  /** Events a commit. */
  readonly commit: number;
  readonly mutation?: Mutation;
}

export interface Exploration {
  readonly states: number;
  /** States in which all has been written and read. */
  readonly caughtUp: number;
  /** What is wrong, and the way there. */
  readonly violation?: string;
}

/** A write: which object, in which history. */
type Write = readonly [key: number, epoch: number];
interface Waiting {
  /** Ids, as everywhere here: `<history>.<version>`, as versions are given anew after a rewrite. */
  readonly events: readonly string[];
  readonly end: Place;
  readonly ordered: boolean;
}
interface Process {
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
interface World {
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
type Move = readonly [name: string, next: World];

const clock = new ManualClock();
const failed = (code: ErrorCode, details = {}): WatchInput => ({
  type: 'failed',
  error: new KubeCheckError(code, code, { details }),
});
const anywhere = '9'.repeat(19);

export async function explore(bounds: Bounds): Promise<Exploration> {
  const { mutation } = bounds;

  const lastOf = (world: World, key: number, upTo: number): number => {
    for (let version = upTo; version >= 1; version--) if (world.h[version - 1]?.[0] === key) return version;
    return 0;
  };
  const idOf = (world: World, version: number): string => `${world.h[version - 1]?.[1]}.${version}`;
  const eventOf = (id: string): KubeEvent => anEvent({ uid: id, version: id.slice(id.indexOf('.') + 1) });
  const with_ = (world: World, process: Process): World => ({ ...world, process });

  function* read(world: World, process: Process): Generator<Move> {
    const { watch } = process;
    const now = world.h.length;
    const go = (input: WatchInput): Process => ({ ...process, watch: step(watch, input).next });
    switch (watch.at) {
      case 'listing':
        return yield ['page', with_(world, page(world, process, watch))];
      case 'guarding': {
        const version = Number(watch.version);
        if (mutation === 'no-guard') return yield ['open', with_(world, go({ type: 'held' }))];
        if (version > now) return yield ['ahead', with_(world, go(failed('API_AHEAD')))];
        if (version < world.compacted) return yield ['expired', with_(world, go(failed('API_GONE')))];
        return yield ['held', with_(world, go({ type: 'held' }))];
      }
      case 'opening':
        if (Number(watch.version) < world.compacted) return yield ['expired', with_(world, go(failed('API_GONE')))];
        return yield ['opened', with_(world, go({ type: 'opened' }))];
      case 'streaming': {
        const from = Number(watch.version);
        if (from < now) yield ['frames', with_(world, frames(world, process, watch))];
        // A stream may break at any time; only where that leads elsewhere is it of interest.
        if (from < world.compacted || from > now) yield ['breaks', with_(world, go({ type: 'closed', hollow: false }))];
        return;
      }
      default:
        throw new Error(`not in the model: ${watch.at}`);
    }
  }

  /** The server's answer to a list, and what the reader and the collector make of it. */
  function page(world: World, process: Process, given: WatchState & { readonly at: 'listing' }): Process {
    let list = given;
    let [snapshot, from] = list.place
      ? (JSON.parse(list.place.continueToken) as [number, number])
      : [world.h.length, 0];
    if (snapshot > world.h.length) {
      return { ...process, watch: step(list, failed('API_AHEAD')).next };
    }
    if (snapshot < world.compacted) {
      snapshot = world.h.length;
      list = step(list, failed('API_GONE', { continue: JSON.stringify([snapshot, from]) })).next as typeof list;
    }
    const keys = Array.from({ length: bounds.keys }, (_, key) => key).filter(
      (key) => key >= from && lastOf(world, key, snapshot) > 0,
    );
    const events = keys.slice(0, bounds.page).map((key) => eventOf(idOf(world, lastOf(world, key, snapshot))));
    const next = keys[bounds.page];
    const version = String(snapshot);
    if (mutation === 'last-page-version' && list.place) list = { ...list, place: { ...list.place, first: version } };
    const first = list.place?.first ?? version;
    const seen = mutation === 'no-rewound-list' ? list : judged(list, first);
    const wanted = wantedOf(
      events,
      mutation === 'no-lower-bound' ? undefined : seen.since,
      mutation === 'no-upper-bound' ? anywhere : first,
    );
    const watch = step(list, {
      type: 'page',
      version,
      ...(next === undefined ? {} : { continueToken: JSON.stringify([snapshot, next]) }),
    }).next;
    const newest = wanted.events.map((event) => event.version).sort((a, b) => Number(b) - Number(a))[0];
    const end: Place =
      mutation === 'token-mid-list' && newest !== undefined ? { at: 'version', version: newest } : placeOf(watch);
    const stretch = { events: wanted.events.map(({ uid }) => uid), end, ordered: mutation === 'page-in-version-order' };
    const rewound = seen.cause === 'rewound' && !list.place;
    const { reached: _reached, ...forgetful } = process;
    return {
      ...(rewound ? { ...forgetful, forgets: true as const } : process),
      watch,
      waiting: [...process.waiting, stretch],
    };
  }

  function frames(world: World, process: Process, from: WatchState & { readonly at: 'streaming' }): Process {
    let watch: WatchState = from;
    const events: string[] = [];
    for (let version = Number(from.version) + 1; version <= world.h.length; version++) {
      events.push(idOf(world, version));
      watch = step(watch, { type: 'moved', version: String(version) }).next;
    }
    return { ...process, watch, waiting: [...process.waiting, { events, end: placeOf(watch), ordered: true }] };
  }

  /** The real low-water mark, made anew from what waits, gives the next batch. */
  function take(process: Process): Process {
    const mark = new LowWaterMark();
    for (const { events, end, ordered } of process.waiting) mark.add(events.map(eventOf), end, { ordered });
    const taken = mark.take(bounds.commit);
    const waiting: Waiting[] = [];
    const [{ ordered } = { ordered: true }] = process.waiting;
    while (!mark.idle) {
      const rest = mark.take(Number.POSITIVE_INFINITY);
      if (rest.place) waiting.push({ events: rest.events.map(({ uid }) => uid), end: rest.place, ordered });
    }
    const events = taken.events.map(({ uid }) => uid);
    return { ...process, waiting, batch: { events, ...(taken.place ? { place: taken.place } : {}) } };
  }

  function* deliver(world: World, process: Process): Generator<Move> {
    const { batch } = process;
    if (!batch) {
      if (process.waiting.length > 0) yield ['hand over', with_(world, take(process))];
      return;
    }
    const { batch: _batch, ...rest } = process;
    if (mutation === 'ack-before-commit' && batch.place && process.reached !== batch.place)
      yield ['acknowledge', with_(world, { ...process, reached: batch.place })];
    const sunk = { ...world.sunk };
    for (const id of batch.events) sunk[id] = (sunk[id] ?? 0) + 1;
    const unplaced = [...rest.unplaced, ...batch.events];
    const committed = batch.place
      ? { ...rest, reached: batch.place, unsaved: [...rest.unsaved, ...unplaced], unplaced: [] }
      : { ...rest, unplaced };
    yield ['land', { ...world, sunk, process: committed }];
  }

  /** The real checkpoint, made anew from what it knows, saves; the store keeps what {@link newerToken} says. */
  async function save(world: World, process: Process, loses: 'nothing' | 'the save'): Promise<World> {
    let stored = world.store;
    let back = world.back;
    const store: TokenStore = {
      load: () => Promise.reject(new Error('not in the model')),
      async save(_key, token) {
        if (loses === 'the save') throw new Error('lost');
        const kept = newerToken(stored ?? undefined, token);
        if (stored && isVersion(stored.resourceVersion) && isNewer(stored.resourceVersion, kept.resourceVersion || '1'))
          back = true;
        stored = kept;
        return kept;
      },
      async remove() {
        stored = null;
      },
    };
    const checkpoint = new Checkpoint({ store, key: 'event', clock, intervalMs: 0 });
    if (process.forgets) checkpoint.forget();
    if (process.reached) checkpoint.reached(process.reached);
    await checkpoint.save({ signal: new AbortController().signal }).catch(() => undefined);
    const { forgets: _forgets, ...saved } = process;
    const unsaved = loses === 'nothing' ? [] : process.unsaved;
    return { ...world, store: stored, process: { ...saved, unsaved }, ...(back ? { back } : {}) };
  }

  const start = (store: Token | null): Process => ({
    watch: judgeToken(store ?? undefined, { startFrom: 'backlog', resyncPeriodMs: 0 }, 0).state,
    waiting: [],
    unsaved: [],
    unplaced: [],
  });

  async function* moves(world: World): AsyncGenerator<Move> {
    const { process } = world;
    if (!process) yield ['start', { ...world, process: start(world.store) }];
    else {
      yield* deliver(world, process);
      if (!process.batch && process.waiting.length === 0) yield* read(world, process);
      const acknowledged = process.batch && mutation === 'ack-before-commit';
      if ((!process.batch || acknowledged) && (process.reached || process.forgets)) {
        yield ['save', await save(world, process, 'nothing')];
        if (process.forgets) yield ['save, lost after the removal', await save(world, process, 'the save')];
      }
      if (world.crashes > 0) {
        const excused = [...new Set([...world.excused, ...process.unsaved, ...process.unplaced])].sort();
        yield ['crash', { ...world, process: null, crashes: world.crashes - 1, excused }];
      }
    }
    if (world.h.length <= bounds.writes && (world.lost === null || world.h.length + 1 < world.lost))
      for (let key = 0; key < bounds.keys; key++)
        yield [`write ${key}`, { ...world, h: [...world.h, [key, world.epoch]] }];
    if (world.compactions > 0 && world.h.length > world.compacted)
      yield ['compact', { ...world, compactions: world.compactions - 1, compacted: world.h.length }];
    if (world.rewrites > 0 && world.h.length > 1) yield* rewrite(world);
  }

  /** Back by one or two writes. Streams break; what was committed comes again. */
  function* rewrite(world: World): Generator<Move> {
    for (const to of [world.h.length - 1, world.h.length - 2].filter((version) => version >= 1)) {
      const { process } = world;
      const broken = process && 'version' in process.watch;
      yield [
        `rewrite to ${to}`,
        {
          ...world,
          h: world.h.slice(0, to),
          epoch: world.epoch + 1,
          lost: lowestAbove(to, world),
          compacted: Math.min(world.compacted, to),
          rewrites: world.rewrites - 1,
          excused: [
            ...new Set([
              ...world.excused,
              ...Object.keys(world.sunk),
              ...world.h.map((_, index) => idOf(world, index + 1)),
            ]),
          ].sort(),
          ...(broken
            ? {
                process: {
                  ...process,
                  watch: { at: 'guarding', version: (process.watch as { version: string }).version },
                },
              }
            : {}),
        },
      ];
    }
  }

  /** The lowest version above `to` that the process or the store knows. */
  function lowestAbove(to: number, { store, process, lost }: World): number | null {
    const { watch, reached, batch, waiting = [] } = process ?? {};
    const places = [reached, batch?.place, ...waiting.map(({ end }) => end)];
    const read = [...(batch?.events ?? []), ...waiting.flatMap(({ events }) => events)].map(
      (id) => eventOf(id).version,
    );
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

  /** It watches at the present, nothing waits, nothing is under way. */
  const isCaughtUp = ({ process, h }: World): boolean =>
    process?.watch.at === 'streaming' &&
    process.watch.version === String(h.length) &&
    process.waiting.length === 0 &&
    !process.batch;

  function wrongWith(world: World): string | undefined {
    if (world.back) return 'the stored token went back';
    for (const [id, times] of Object.entries(world.sunk))
      if (times > 1 && !world.excused.includes(id)) return `${id} was committed ${times} times without an excuse`;
    // A watch from a version that the server does not have is silent for ever: it takes itself for caught up.
    const watch = world.process?.watch;
    const isDeaf = watch?.at === 'streaming' && Number(watch.version) > world.h.length && mutation === 'no-guard';
    if (!isCaughtUp(world) && !isDeaf) return undefined;
    for (let key = 0; key < bounds.keys; key++) {
      const version = lastOf(world, key, world.h.length);
      if (version > 0 && !world.sunk[idOf(world, version)]) return `version ${version} of object ${key} is lost`;
    }
    return undefined;
  }

  const initial: World = {
    // The first version is of something else: a server's history is never empty.
    h: [[-1, 0]],
    epoch: 0,
    compacted: 0,
    lost: null,
    compactions: bounds.compactions,
    crashes: bounds.crashes,
    rewrites: bounds.rewrites ?? 0,
    store: null,
    process: null,
    sunk: {},
    excused: [],
  };
  const seen = new Map<string, string>([[JSON.stringify(initial), '']]);
  const ways: string[] = [];
  let frontier: (readonly [World, number])[] = [[initial, -1]];
  const cameFrom: number[] = [];
  let caughtUp = 0;
  const wayTo = (index: number): string => {
    const names: string[] = [];
    for (let at = index; at >= 0; at = cameFrom[at] ?? -1) names.unshift(ways[at] ?? '');
    return names.join(' → ');
  };
  while (frontier.length > 0) {
    const later: (readonly [World, number])[] = [];
    for (const [world, index] of frontier) {
      for await (const [name, next] of moves(world)) {
        const key = JSON.stringify(next);
        if (seen.has(key)) continue;
        seen.set(key, '');
        ways.push(name);
        cameFrom.push(index);
        const wrong = wrongWith(next);
        if (wrong !== undefined)
          return { states: seen.size, caughtUp, violation: `${wrong}: ${wayTo(ways.length - 1)}` };
        if (next.h.length > bounds.writes && isCaughtUp(next)) caughtUp++;
        later.push([next, ways.length - 1]);
      }
    }
    frontier = later;
  }
  return { states: seen.size, caughtUp };
}
