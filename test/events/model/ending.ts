/** How processes end: they lose the lease, are refused by the store, stop gracefully, or crash. */
import { tokenOf } from './delivering.ts';
import type { Move } from './explorer.ts';
import { isLeader } from './lease.ts';
import { excuse, type Process, type Session, spend, type World, withProcess, withSession } from './world.ts';

/** The session ends: what is not committed is dropped, and what is not saved comes again. */
function giveUp(world: World, session: Session): readonly [Session, World] {
  const { scope, unsaved, unplaced } = session;
  const remembered = tokenOf(session) ?? session.remembered;
  return [
    { scope, waiting: [], unsaved: [], unplaced: [], ...(remembered ? { remembered } : {}) },
    excuse(world, [...unsaved, ...unplaced]),
  ];
}

const isBusy = ({ batch, saving }: Session): boolean => batch?.handed === true || saving !== undefined;

export function loseLease(world: World, index: number, process: Process): World {
  let next = world;
  const sessions = process.sessions.map((session) => {
    const [ended, excused] = giveUp(next, session);
    next = excused;
    return ended;
  });
  const { fence: _fence, ...follower } = process;
  return withProcess(next, index, { ...follower, sessions });
}

export function* lose(world: World, index: number, process: Process): Generator<Move<World>> {
  const { fence, sessions } = process;
  if (fence && !isLeader(world, fence) && !sessions.some(isBusy)) yield ['notices', loseLease(world, index, process)];
  for (const session of sessions.filter((one) => one.fenced && !isBusy(one))) {
    const [ended, next] = giveUp(world, session);
    yield ['gives up', withSession(next, index, process, ended)];
  }
}

/** A graceful end: what is in hand is committed and saved, and the lease given back. */
export function* stop(world: World, index: number, process: Process): Generator<Move<World>> {
  if (world.left.stops === 0 || (process.fence && !isLeader(world, process.fence))) return;
  const isReady = ({ batch, waiting, unplaced, unsaid, forgets, saving, fenced }: Session) =>
    !batch && !(unplaced.length > 0 && waiting.length > 0) && !unsaid && !forgets && !saving && !fenced;
  if (!process.sessions.every(isReady)) return;
  const lease = process.fence && world.lease ? { ...world.lease, holder: '' } : world.lease;
  yield ['stop', withProcess(spend({ ...world, lease }, 'stops'), index, null)];
}

export function* crash(world: World, index: number, process: Process): Generator<Move<World>> {
  if (world.left.crashes === 0) return;
  const again = process.sessions.flatMap(({ unsaved, unplaced }) => [...unsaved, ...unplaced]);
  yield ['crash', withProcess(excuse(spend(world, 'crashes'), again), index, null)];
}
