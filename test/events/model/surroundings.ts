/** What happens around the processes: writes, deletions, compactions, a restore, somebody at the lease, the Agent in between. */
import { isNewer, isVersion } from '../../../src/kube/version.ts';
import type { Token, Witness } from '../../../src/token-store.ts';
import { tokenIn } from '../../../src/tokens/config-map-object.ts';
import type { Place } from '../../../src/watch/output.ts';
import type { Bounds } from './bounds.ts';
import { tokenOf } from './delivering.ts';
import type { Move } from './explorer.ts';
import { deleted, type History, idOf, lastOf, written } from './history.ts';
import { least } from './reading.ts';
import { storeTokens } from './store.ts';
import { commit, excuse, type Process, type Session, spend, type World } from './world.ts';

export function* worldMoves(world: World, bounds: Bounds): Generator<Move<World>> {
  const { h, left, compacted } = world;
  if (h.length <= bounds.writes) yield* writes(world, bounds);
  if (left.compactions > 0 && h.length > compacted && mayCompact(world, bounds))
    yield ['compact', { ...spend(world, 'compactions'), compacted: h.length }];
  if (left.restores > 0 && h.length > 1)
    for (const to of [h.length - 1, h.length - 2]) if (to >= 1) yield [`restore to ${to}`, restore(world, to, bounds)];
  if (left.leaseDeletions > 0 && world.lease)
    yield ['the lease is deleted', { ...spend(world, 'leaseDeletions'), lease: null }];
  if (left.agents > 0 && world.processes.every((process) => process === null)) yield* agent(world);
}

/** Of explorations with a restore only those that include what is not claimed. */
const mayCompact = ({ epoch, left }: World, { including }: Bounds): boolean =>
  epoch === 0
    ? left.restores === 0 || including === 'restored-behind-an-expired-list'
    : including === 'expired-after-a-restore';

function* writes(world: World, { keys, including }: Bounds): Generator<Move<World>> {
  const { h, epoch, hidden, takenBack, left } = world;
  const version = h.length + 1;
  if (hidden !== null && version >= hidden) return;
  for (let key = 0; key < keys; key++) {
    const after = written(h, key, epoch);
    const isAgain = takenBack.includes(`${after.at(-1)?.uid}:${version}`);
    if (!isAgain || including === 'the-very-same-version-again') yield [`write ${key}`, { ...world, h: after }];
    if (left.deletions > 0 && lastOf(h, key, h.length) > 0)
      yield [`delete ${key}`, { ...spend(world, 'deletions'), h: deleted(h, key, epoch) }];
  }
}

/** Streams break; what was committed comes again. */
function restore(world: World, to: number, { including }: Bounds): World {
  const { h } = world;
  const happened = h.map((_, index) => idOf(h, index + 1));
  const processes = world.processes.map((process) => process && reconnecting(process));
  const unproven = including === 'overtaken-without-proof' ? null : lowestUnproven(world, to);
  return {
    ...spend(excuse(world, [...Object.keys(world.sunk), ...happened], true), 'restores'),
    h: h.slice(0, to),
    epoch: world.epoch + 1,
    hidden: unproven,
    takenBack: takenBack(h, to),
    compacted: Math.min(world.compacted, to),
    processes,
  };
}

const takenBack = (h: History, to: number): readonly string[] =>
  h.flatMap(({ uid, deleted }, index) => (index >= to && !deleted ? [`${uid}:${index + 1}`] : []));

const reconnecting = (process: Process): Process => ({
  ...process,
  sessions: process.sessions.map((session) => {
    const { watch } = session;
    if (!watch || !('version' in watch)) return session;
    const { version, witness } = watch;
    return { ...session, watch: { at: 'guarding', version, ...(witness ? { witness } : {}) } };
  }),
});

/** A version that is known, and what would prove that its history is no more. */
type Known = readonly [version: string | undefined, witness?: Witness | undefined];

/** The lowest version that was taken back, is known, and has no witness that was taken back with it. */
function lowestUnproven({ store, processes }: World, to: number): number | null {
  const known: Known[] = [
    ...storeTokens(store).flatMap(ofToken),
    ...processes.flatMap((process) => process?.sessions.flatMap(ofSession) ?? []),
  ];
  return known
    .filter(([version, witness]) => Number(version) > to && !(Number(witness?.version) > to))
    .reduce<number | null>((lowest, [version]) => least(lowest, Number(version)), null);
}

const ofToken = ({ resourceVersion, witness, relist }: Token): readonly Known[] => [
  [resourceVersion, witness],
  [relist?.resourceVersion],
];

const ofPlace = (place: Place | undefined): readonly Known[] => {
  if (!place) return [];
  return place.at === 'version' ? [[place.version, place.witness]] : [[place.first], [place.since], [place.lost]];
};

function ofSession(session: Session): readonly Known[] {
  const { watch, waiting, batch, saving, remembered } = session;
  const tokens = [tokenOf(session), remembered, saving === 'remove' ? undefined : saving?.token];
  return [
    ...(watch && 'version' in watch ? [[watch.version, watch.witness] as const] : []),
    ...(watch?.at === 'listing' ? ([[watch.since], [watch.lostVersion], [watch.place?.first]] as const) : []),
    ...[...waiting.map(({ end }) => end), batch?.place].flatMap(ofPlace),
    ...tokens.flatMap((token) => (token ? ofToken(token) : [])),
  ];
}

/** The Agent leads for a while: it delivers what is newer, and writes the token alone. */
function* agent(world: World): Generator<Move<World>> {
  const { h, store } = world;
  const token = tokenIn(store, 'event')?.resourceVersion ?? '';
  const now = String(h.length);
  if (!isVersion(now) || (isVersion(token) && !isNewer(now, token))) return;
  const newer = h.flatMap(({ key, deleted }, index) =>
    key >= 0 && !deleted && index + 1 > Number(token) ? [idOf(h, index + 1)] : [],
  );
  const again = newer.filter((id) => world.sunk[id]?.startsWith('c'));
  const data = { ...store.data, 'event.tokenKey': now };
  yield ['the Agent leads', { ...spend(commit(excuse(world, again), newer), 'agents'), store: { ...store, data } }];
}
