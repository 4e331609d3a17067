/**
 * The delivery of events by one process, made of the real parts (the pure step, what of a page is wanted, the low-water mark, the
 * checkpoint, which of two tokens stays), in a model world that is explored exhaustively: every interleaving of writes, compactions,
 * crashes, saves that come late or never, and, where asked for, an etcd restored from a backup.
 *
 * Checked in every state: nothing is lost (once the process has caught up, the last version of each object was committed), nothing is
 * committed twice but what was not yet saved at a crash, and the stored token never goes back. A mutation breaks one rule on purpose: then
 * a violation must be found.
 */
import { Checkpoint } from '../../../src/events/checkpoint.ts';
import { LowWaterMark } from '../../../src/events/low-water.ts';
import { judgeToken } from '../../../src/events/start.ts';
import { isNewer, isVersion } from '../../../src/kube/version.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { Token, TokenStore } from '../../../src/token-store.ts';
import { newerToken } from '../../../src/tokens/newer.ts';
import type { Model, Move } from './explorer.ts';
import { read } from './reading.ts';
import {
  eventOf,
  idOf,
  initialWorld,
  lastOf,
  type Process,
  type Waiting,
  type World,
  type WorldBounds,
  worldMoves,
} from './world.ts';

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

export interface Bounds extends WorldBounds {
  /** Objects a page. */
  readonly page: number;
  /** Events a commit. */
  readonly commit: number;
  readonly mutation?: Mutation;
}

const clock = new ManualClock();

export function deliveryModel(bounds: Bounds): Model<World> {
  return {
    initial: initialWorld(bounds),
    moves: (world) => moves(world, bounds),
    wrongWith: (world) => wrongWith(world, bounds),
    isGoal: (world) => world.h.length > bounds.writes && isCaughtUp(world),
  };
}

function* moves(world: World, bounds: Bounds): Generator<Move<World> | Promise<Move<World>>> {
  const { process } = world;
  if (!process) yield ['start', { ...world, process: start(world.store) }];
  else {
    yield* deliver(world, process, bounds);
    if (!process.batch && process.waiting.length === 0) yield* read(world, process, bounds);
    const mayBeSaved = !process.batch || bounds.mutation === 'ack-before-commit';
    if (mayBeSaved && (process.reached || process.forgets)) {
      yield save(world, process, 'nothing');
      if (process.forgets) yield save(world, process, 'the save');
    }
  }
  yield* worldMoves(world, bounds);
}

const start = (store: Token | null): Process => ({
  watch: judgeToken(store ?? undefined, { startFrom: 'backlog', resyncPeriodMs: 0 }, 0).state,
  waiting: [],
  unsaved: [],
  unplaced: [],
});

/** The real low-water mark, made anew from what waits, gives the next batch. */
function take(process: Process, { commit }: Bounds): Process {
  const mark = new LowWaterMark();
  for (const { events, end, ordered } of process.waiting) mark.add(events.map(eventOf), end, { ordered });
  const taken = mark.take(commit);
  const waiting: Waiting[] = [];
  const [{ ordered } = { ordered: true }] = process.waiting;
  while (!mark.idle) {
    const rest = mark.take(Number.POSITIVE_INFINITY);
    if (rest.place) waiting.push({ events: rest.events.map(({ uid }) => uid), end: rest.place, ordered });
  }
  const events = taken.events.map(({ uid }) => uid);
  return { ...process, waiting, batch: { events, ...(taken.place ? { place: taken.place } : {}) } };
}

function* deliver(world: World, process: Process, bounds: Bounds): Generator<Move<World>> {
  const { batch } = process;
  if (!batch) {
    if (process.waiting.length > 0) yield ['hand over', { ...world, process: take(process, bounds) }];
    return;
  }
  const { batch: _batch, ...rest } = process;
  if (bounds.mutation === 'ack-before-commit' && batch.place && process.reached !== batch.place)
    yield ['acknowledge', { ...world, process: { ...process, reached: batch.place } }];
  const sunk = { ...world.sunk };
  for (const id of batch.events) sunk[id] = (sunk[id] ?? 0) + 1;
  const unplaced = [...rest.unplaced, ...batch.events];
  const committed = batch.place
    ? { ...rest, reached: batch.place, unsaved: [...rest.unsaved, ...unplaced], unplaced: [] }
    : { ...rest, unplaced };
  yield ['land', { ...world, sunk, process: committed }];
}

/** The real checkpoint, made anew from what it knows, saves; the store keeps what {@link newerToken} says. */
async function save(world: World, process: Process, loses: 'nothing' | 'the save'): Promise<Move<World>> {
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
  return [
    `save, losing ${loses}`,
    { ...world, store: stored, process: { ...saved, unsaved }, ...(back ? { back } : {}) },
  ];
}

/** It watches at the present, nothing waits, nothing is under way. */
const isCaughtUp = ({ process, h }: World): boolean =>
  process?.watch.at === 'streaming' &&
  process.watch.version === String(h.length) &&
  process.waiting.length === 0 &&
  !process.batch;

function wrongWith(world: World, { keys }: Bounds): string | undefined {
  if (world.back) return 'the stored token went back';
  for (const [id, times] of Object.entries(world.sunk))
    if (times > 1 && !world.excused.includes(id)) return `${id} was committed ${times} times without an excuse`;
  // A watch from a version that the server does not have is silent for ever: it takes itself for caught up.
  const watch = world.process?.watch;
  const isDeaf = watch?.at === 'streaming' && Number(watch.version) > world.h.length;
  if (!isCaughtUp(world) && !isDeaf) return undefined;
  for (let key = 0; key < keys; key++) {
    const version = lastOf(world, key, world.h.length);
    if (version > 0 && !world.sunk[idOf(world, version)]) return `version ${version} of object ${key} is lost`;
  }
  return undefined;
}
