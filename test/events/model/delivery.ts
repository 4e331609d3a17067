/**
 * The delivery of events, made of the real parts: the pure step and witness, what of a page is wanted, the low-water mark, the checkpoint,
 * the token's judge, the ConfigMap's rules and fence, the decision about the lease, the rules of scopes. They are put into a model world
 * that is explored exhaustively: every interleaving, within bounds, of what the cluster, the sender and other replicas may do.
 *
 * Checked in every state: nothing is lost (once it has caught up, the last version of each object was committed), nothing is committed
 * twice without an excuse, the stored token never goes back but by a removal after the history was rewritten, and nothing is handed over
 * without the lease. A mutation breaks one rule on purpose: then a violation must be found.
 */
import type { Bounds } from './bounds.ts';
import { deliver } from './delivering.ts';
import { crash, lose, stop } from './ending.ts';
import type { Model, Move } from './explorer.ts';
import { idOf, lastOf, newestOf } from './history.ts';
import { acquire, claim, load, start } from './leading.ts';
import { isLeader, mayWork } from './lease.ts';
import { read } from './reading.ts';
import { save } from './saving.ts';
import { worldMoves } from './surroundings.ts';
import { initialWorld, isCommitted, keyOf, type Process, type Session, type World, withSession } from './world.ts';

type Moves = Generator<Move<World> | Promise<Move<World>>>;

export function deliveryModel(bounds: Bounds): Model<World> {
  return {
    initial: initialWorld(bounds),
    moves: (world) => moves(world, bounds),
    wrongWith: (world) => wrongWith(world, bounds),
    isGoal: (world) => world.h.length > bounds.writes && caughtUp(world, bounds) !== undefined,
    keyOf,
  };
}

function* moves(world: World, bounds: Bounds): Moves {
  for (const [index, process] of world.processes.entries()) {
    const named = bounds.replicas > 1 ? `${index} ` : '';
    for (const move of process ? movesOf(world, index, process, bounds) : start(world, index, bounds))
      yield move instanceof Promise
        ? move.then(([name, next]) => [named + name, next] as const)
        : [named + move[0], move[1]];
  }
  yield* worldMoves(world, bounds);
}

function* movesOf(world: World, index: number, process: Process, bounds: Bounds): Moves {
  if (bounds.replicas > 1 && !process.fence) yield* acquire(world, index, process);
  else for (const session of process.sessions) yield* movesOfSession(world, index, process, session, bounds);
  yield* lose(world, index, process);
  yield* stop(world, index, process);
  yield* crash(world, index, process);
}

function* movesOfSession(world: World, index: number, process: Process, session: Session, bounds: Bounds): Moves {
  const { watch, waiting, batch, fenced, unclaimed, scope } = session;
  const suffix = scope.namespace === undefined ? '' : ` (${scope.namespace})`;
  if (!watch) return yield load(world, index, process, session, bounds);
  if (unclaimed) return yield claim(world, index, process, session);
  if (!fenced || batch?.handed)
    for (const [name, after, next] of deliver(world, process, session, bounds))
      yield [name + suffix, withSession(next, index, process, after)];
  yield* save(world, index, process, session, bounds);
  // What a process reads that has lost its lease is its own affair: it is dropped.
  const hasRoom = waiting.length + (batch ? 1 : 0) <= bounds.ahead;
  if (hasRoom && !fenced && mayWork(world, process, bounds))
    for (const [name, after, next] of read(world, session, bounds))
      yield [name + suffix, withSession(next, index, process, after)];
}

/** Who leads and watches at the present in all scopes, while nothing waits and nothing is under way. */
function caughtUp(world: World, bounds: Bounds): Process | undefined {
  return world.processes.find(
    (process): process is Process =>
      process !== null &&
      (process.fence ? isLeader(world, process.fence) : bounds.replicas === 1) &&
      process.sessions.every((session) => isIdle(session) && isAtPresent(world, session)),
  );
}

const isIdle = ({ waiting, batch, unclaimed }: Session): boolean => waiting.length === 0 && !batch && !unclaimed;

/** A watch from a version that the server does not have is silent for ever: it takes itself for caught up. */
const isAtPresent = ({ h }: World, { watch, scope }: Session): boolean =>
  watch?.at === 'streaming' && Number(watch.version) >= newestOf(h, scope.namespace);

function wrongWith(world: World, bounds: Bounds): string | undefined {
  if (world.wrong) return world.wrong;
  if (!caughtUp(world, bounds)) return undefined;
  for (let key = 0; key < bounds.keys; key++) {
    const version = lastOf(world.h, key, world.h.length);
    if (version > 0 && !isCommitted(world, idOf(world.h, version)))
      return `version ${version} of object ${key} is lost`;
  }
  return undefined;
}
