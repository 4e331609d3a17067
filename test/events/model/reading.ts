/** What a process reads: the server's answers, and what the real parts make of them. */
import { type ErrorCode, KubeCheckError } from '../../../src/errors.ts';
import { movedBy, pageRead } from '../../../src/watch/inputs.ts';
import { type Place, placeOf } from '../../../src/watch/output.ts';
import {
  judged,
  type ListingState,
  type Point,
  step,
  type WatchInput,
  type WatchState,
} from '../../../src/watch/state.ts';
import { wantedOf } from '../../../src/watch/wanted.ts';
import type { Bounds } from './bounds.ts';
import { eventAt, isThere, isWithin, newestOf, pageOf } from './history.ts';
import { changed, type Session, type World, wrong } from './world.ts';

const failed = (code: ErrorCode, details = {}): WatchInput => ({
  type: 'failed',
  error: new KubeCheckError(code, code, { details }),
});
const anywhere = '9'.repeat(19);

/** Another session, or another world, too. */
export type Reading = readonly [name: string, session: Session, world: World];

export function* read(world: World, session: Session, bounds: Bounds): Generator<Reading> {
  const { watch } = session;
  if (!watch) return;
  const go = (input: WatchInput): Session => ({ ...session, watch: step(watch, input).next });
  const { namespace } = session.scope;
  switch (watch.at) {
    case 'listing':
      return yield page(world, session, watch, bounds);
    case 'guarding':
      return yield guard(world, session, watch, bounds);
    case 'opening':
      if (Number(watch.version) < world.compacted) return yield ['expired', go(failed('API_GONE')), world];
      return yield ['opened', go({ type: 'opened' }), world];
    case 'streaming': {
      const from = Number(watch.version);
      if (from < newestOf(world.h, namespace)) yield frames(world, session, watch, bounds);
      // A stream may break at any time; only where that leads elsewhere is it of interest.
      if (from < world.compacted || from > world.h.length)
        yield ['breaks', go({ type: 'closed', hollow: false }), world];
      return;
    }
    default:
      throw new Error(`not in the model: ${watch.at}`);
  }
}

const isDenied = ({ h }: World, { version, witness }: Point): boolean =>
  witness !== undefined && !isThere(h, Number(version), witness);

function guard(
  world: World,
  session: Session,
  watch: WatchState & { readonly at: 'guarding' },
  { mutation, including }: Bounds,
): Reading {
  const version = Number(watch.version);
  const go = (input: WatchInput): Session => ({ ...session, watch: step(watch, input).next });
  if (mutation === 'no-guard') return ['open', go({ type: 'held' }), world];
  if (version > world.h.length) {
    // Until the list is read, nothing tells a history that has overtaken the version meanwhile.
    const hidden = including === 'overtaken-between-guard-and-list' ? world.hidden : least(world.hidden, version);
    return ['ahead', go(failed('API_AHEAD')), { ...world, hidden }];
  }
  // Only an exact read is refused as expired; what is not, the watch tells.
  if (watch.witness && version < world.compacted) return ['expired', go(failed('API_GONE')), world];
  const rewritten = mutation !== 'no-witness' && isDenied(world, watch);
  return [rewritten ? 'rewritten' : 'held', go({ type: rewritten ? 'rewritten' : 'held' }), world];
}

export const least = (a: number | null, b: number): number => (a === null ? b : Math.min(a, b));

/** The server's answer to a list, and what the reader and the intake make of it. */
function page(world: World, session: Session, given: ListingState, { mutation, page: limit }: Bounds): Reading {
  const { h } = world;
  let list = given;
  let [snapshot, from] = list.place ? (JSON.parse(list.place.continueToken) as [number, number]) : [h.length, 0];
  if (snapshot > h.length) return ['ahead', { ...session, watch: step(list, failed('API_AHEAD')).next }, world];
  if (snapshot < world.compacted) {
    snapshot = h.length;
    list = step(list, failed('API_GONE', { continue: JSON.stringify([snapshot, from]) })).next as ListingState;
  }
  const { events, next } = pageOf(h, { namespace: session.scope.namespace, snapshot, from, limit });
  const version = String(snapshot);
  if (mutation === 'last-page-version' && list.place) list = { ...list, place: { ...list.place, first: version } };
  const first = list.place?.first ?? version;
  const seen = mutation === 'no-rewound-list' ? list : judged(list, first);
  const wanted = wantedOf(
    events,
    mutation === 'no-lower-bound' ? undefined : seen.since,
    mutation === 'no-upper-bound' ? anywhere : first,
  );
  const continueToken = next === undefined ? {} : { continueToken: JSON.stringify([snapshot, next]) };
  const watch = step(list, pageRead({ version, ...continueToken, events, malformed: 0 })).next;
  const newest = wanted.events.map((event) => event.version).sort((a, b) => Number(b) - Number(a))[0];
  const end: Place =
    mutation === 'token-mid-list' && newest !== undefined ? { at: 'version', version: newest } : placeOf(watch);
  const stretch = { events: wanted.events, end, ordered: mutation === 'page-in-version-order' };
  const rewound = seen.cause === 'rewound' && !list.place;
  const read = { ...session, watch, waiting: [...session.waiting, stretch] };
  if (!rewound) return ['page', read, world];
  const forgetful = changed<Session>(read, { forgets: true, begins: end, reached: undefined, unsaid: undefined });
  const judgedWrongly = world.epoch === 0;
  return [
    'rewound page',
    forgetful,
    judgedWrongly ? wrong(world, 'a history that is whole is said to be rewritten') : world,
  ];
}

function frames(
  world: World,
  session: Session,
  from: WatchState & { readonly at: 'streaming' },
  { mutation }: Bounds,
): Reading {
  const { h } = world;
  let watch: WatchState = from;
  const events = [];
  for (let version = Number(from.version) + 1; version <= h.length; version++) {
    const { key = -1, uid = '', deleted } = h[version - 1] ?? {};
    if (!isWithin(key, session.scope.namespace)) continue;
    const event = eventAt(h, version);
    const at = String(version);
    const gone = mutation === 'witness-kept-after-delete' ? '' : uid;
    watch = step(watch, movedBy(deleted ? { type: 'deleted', version: at, uid: gone } : { type: 'event', event })).next;
    if (!deleted) events.push(event);
  }
  const waiting = [...session.waiting, { events, end: placeOf(watch), ordered: true }];
  return ['frames', { ...session, watch, waiting }, world];
}
