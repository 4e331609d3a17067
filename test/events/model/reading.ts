/** What the model's process reads: a server's answers, and what the real parts make of them. */
import { type ErrorCode, KubeCheckError } from '../../../src/errors.ts';
import { type Place, placeOf } from '../../../src/watch/output.ts';
import { judged, step, type WatchInput, type WatchState } from '../../../src/watch/state.ts';
import { wantedOf } from '../../../src/watch/wanted.ts';
import type { Bounds } from './delivery.ts';
import type { Move } from './explorer.ts';
import { eventOf, idOf, lastOf, type Process, type World } from './world.ts';

const failed = (code: ErrorCode, details = {}): WatchInput => ({
  type: 'failed',
  error: new KubeCheckError(code, code, { details }),
});
const anywhere = '9'.repeat(19);

export function* read(world: World, process: Process, bounds: Bounds): Generator<Move<World>> {
  const { watch } = process;
  const now = world.h.length;
  const go = (input: WatchInput): Process => ({ ...process, watch: step(watch, input).next });
  switch (watch.at) {
    case 'listing':
      return yield ['page', withProcess(world, page(world, process, watch, bounds))];
    case 'guarding': {
      const version = Number(watch.version);
      if (bounds.mutation === 'no-guard') return yield ['open', withProcess(world, go({ type: 'held' }))];
      if (version > now) return yield ['ahead', withProcess(world, go(failed('API_AHEAD')))];
      if (version < world.compacted) return yield ['expired', withProcess(world, go(failed('API_GONE')))];
      return yield ['held', withProcess(world, go({ type: 'held' }))];
    }
    case 'opening':
      if (Number(watch.version) < world.compacted) return yield ['expired', withProcess(world, go(failed('API_GONE')))];
      return yield ['opened', withProcess(world, go({ type: 'opened' }))];
    case 'streaming': {
      const from = Number(watch.version);
      if (from < now) yield ['frames', withProcess(world, frames(world, process, watch))];
      // A stream may break at any time; only where that leads elsewhere is it of interest.
      if (from < world.compacted || from > now)
        yield ['breaks', withProcess(world, go({ type: 'closed', hollow: false }))];
      return;
    }
    default:
      throw new Error(`not in the model: ${watch.at}`);
  }
}

const withProcess = (world: World, process: Process): World => ({ ...world, process });

/** The server's answer to a list, and what the reader and the collector make of it. */
function page(world: World, process: Process, given: WatchState & { readonly at: 'listing' }, bounds: Bounds): Process {
  const { mutation } = bounds;
  let list = given;
  let [snapshot, from] = list.place ? (JSON.parse(list.place.continueToken) as [number, number]) : [world.h.length, 0];
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
