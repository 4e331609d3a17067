/** From what was read to what is committed: the real low-water mark and checkpoint, and a sender that may refuse. */
import { Checkpoint } from '../../../src/events/checkpoint.ts';
import { leaseLeft } from '../../../src/events/lease.ts';
import { LowWaterMark, type Taken } from '../../../src/events/low-water.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { Token } from '../../../src/token-store.ts';
import type { Place } from '../../../src/watch/output.ts';
import type { Bounds } from './bounds.ts';
import { isLeader, thinksItLeads } from './lease.ts';
import {
  type Batch,
  changed,
  commit,
  excuse,
  type Process,
  type Session,
  spend,
  type Waiting,
  type World,
  wrong,
} from './world.ts';

const clock = new ManualClock();
const nowhere = {
  load: () => Promise.reject(new TypeError('not asked for here')),
  save: () => Promise.reject(new TypeError('not asked for here')),
  remove: () => Promise.reject(new TypeError('not asked for here')),
};

/** A real one, made anew from what it knows. */
export function checkpointOf({ reached, begins, scope }: Session): Checkpoint {
  const checkpoint = new Checkpoint({ store: nowhere, key: scope.tokenKey, clock, intervalMs: 0 });
  if (begins) checkpoint.forget(begins);
  if (reached) checkpoint.reached(reached);
  return checkpoint;
}

export const tokenOf = (session: Session): Token | undefined => checkpointOf(session).token;

function reach(session: Session, place: Place): Session {
  const checkpoint = checkpointOf(session);
  const before = checkpoint.token;
  checkpoint.reached(place);
  if (checkpoint.token === before) return session;
  return { ...changed<Session>(session, { begins: undefined }), reached: place, unsaid: true };
}

const idsOf = (events: readonly KubeEvent[]): readonly string[] => events.map(({ message }) => message);

/** The real low-water mark, made anew from what waits, gives the next batch. */
export function take(session: Session, most: number): Session {
  const mark = new LowWaterMark();
  for (const { events, end, ordered } of session.waiting) mark.add(events, end, { ordered });
  const batch = mark.take(most);
  const left: Taken[] = [];
  while (!mark.idle) left.push(mark.take(Number.POSITIVE_INFINITY));
  const ordered = session.waiting.map((each) => each.ordered).filter((each, at, all) => !(each && all[at - 1]));
  const waiting = left.flatMap(({ events, place }, at): readonly Waiting[] =>
    place ? [{ events, end: place, ordered: ordered.at(at - left.length) ?? false }] : [],
  );
  return { ...session, waiting, batch };
}

export type Delivering = readonly [name: string, session: Session, world: World];

export function* deliver(world: World, process: Process, session: Session, bounds: Bounds): Generator<Delivering> {
  const { batch } = session;
  if (batch?.handed) return yield* answers(world, session, batch, bounds);
  const isBusy = process.sessions.some((other) => other.batch?.handed);
  if (isBusy || (!batch && session.waiting.length === 0)) return;
  if (!mayBegin(world, process, bounds)) return;
  const held = isRightful(world, process) ? world : wrong(world, 'a replica without the lease begins a hand-over');
  const kept = batch ? session : take(session, bounds.commit);
  const { events, place } = kept.batch ?? { events: [] };
  if (events.length === 0) return yield ['reach a place', landed(kept, place), world];
  const handed: Session = { ...kept, batch: { ...kept.batch, events, handed: true } };
  if (bounds.mutation === 'ack-before-commit' && place) yield ['hand over', reach(handed, place), held];
  else yield ['hand over', handed, held];
}

/** The real question, answered by the model's clock: who thinks to lead has some of its lease left. */
function mayBegin(world: World, process: Process, { mutation }: Bounds): boolean {
  if (mutation === 'no-lease-check-before-hand-over') return true;
  try {
    const { fence } = process;
    leaseLeft(fence && (() => (thinksItLeads(world, fence) ? 1 : 0)));
    return true;
  } catch {
    return false;
  }
}

/** A lease that somebody deletes is noticed at its next renewal only: until then two lead, and the store's fence keeps them apart. */
const isRightful = (world: World, { fence }: Process): boolean =>
  fence === undefined || isLeader(world, fence) || fence.lease !== world.lease?.uid;

function landed(session: Session, place: Place | undefined): Session {
  const { batch: _batch, ...rest } = session;
  return place ? reach({ ...rest, unsaved: [...rest.unsaved, ...rest.unplaced], unplaced: [] }, place) : rest;
}

/** What may come of a commit. */
function* answers(world: World, session: Session, batch: Batch, { mutation }: Bounds): Generator<Delivering> {
  const ids = idsOf(batch.events);
  const sunk = () => commit(session.superseded ? excuse(world, ids) : world, ids);
  const unplaced = session.superseded ? session.unplaced : [...session.unplaced, ...ids];
  yield ['land', landed({ ...session, unplaced }, batch.place), sunk()];
  const refused = changed(batch, { handed: undefined });
  if (world.left.rejections > 0) {
    const spent = spend(world, 'rejections');
    if (mutation === 'later-events-before-a-refused-batch' && session.waiting.length > 0) {
      const { events, ...end } = { events: batch.events, end: batch.place ?? session.waiting[0]!.end, ordered: false };
      const { batch: _batch, ...rest } = session;
      const waiting = [...session.waiting, { events, ...end }];
      return yield ['refuse', { ...rest, waiting }, spent];
    }
    yield ['refuse', { ...session, batch: refused }, spent];
    // It says no, or nothing, and has it nevertheless.
    yield ['refuse, though landed', { ...session, batch: refused }, excuse(commit(spent, ids), ids)];
  }
  if (world.left.quarantines > 0) {
    const [first, ...others] = batch.events;
    const spent = spend(world, 'quarantines');
    const told = commit(spent, first ? [first.message] : []);
    const put = { ...session, unplaced: first ? [...session.unplaced, first.message] : session.unplaced };
    if (others.length > 0) yield ['put aside', { ...put, batch: { ...refused, events: others } }, told];
    else {
      const place = mutation === 'quarantine-not-reaching-place' ? undefined : batch.place;
      yield ['put aside', landed(put, place), told];
    }
  }
}
