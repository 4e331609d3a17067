/** Who leads: processes start, take the lease, claim the token, lose the lease, stop and crash. */
import { type Loaded, scopesOf } from '../../../src/events/scope.ts';
import { judgeToken } from '../../../src/events/start.ts';
import { isNewer, isVersion } from '../../../src/kube/version.ts';
import { decide } from '../../../src/leader/decide.ts';
import type { Token } from '../../../src/token-store.ts';
import { type ConfigMap, keysIn, tokenIn } from '../../../src/tokens/config-map-object.ts';
import type { Bounds, Mutation } from './bounds.ts';
import { loseLease } from './ending.ts';
import type { Move } from './explorer.ts';
import { claimedOver, loaded, type Stored, storeTokens } from './store.ts';
import {
  changed,
  excuse,
  isCommitted,
  type Process,
  type Session,
  spend,
  type World,
  withProcess,
  withSession,
} from './world.ts';

const sessionsOf = (bounds: Bounds, plan: number): readonly Session[] =>
  scopesOf(bounds.plan[plan]).map((scope) => ({ scope, waiting: [], unsaved: [], unplaced: [] }));

export function* start(world: World, index: number, bounds: Bounds): Generator<Move<World>> {
  const identity = `${index}.${world.started}`;
  const running = world.processes.some((process) => process !== null);
  for (const plan of running ? [world.plan] : [world.plan, world.plan + 1]) {
    if (plan >= bounds.plan.length || (plan !== world.plan && !mayChange(world, bounds))) continue;
    const process: Process = { identity, sessions: sessionsOf(bounds, plan) };
    const begun = { ...world, plan, started: world.started + 1 };
    const name = plan === world.plan ? 'start' : 'start with other scopes';
    if (bounds.replicas === 1) yield [name, withProcess({ ...begun, started: 0 }, index, process)];
    else for (const [how, next] of acquire(begun, index, process)) yield [`${name}, ${how}`, next];
  }
}

/** Not claimed: the way back to the cluster from namespaces of which one was never begun. */
function mayChange({ plan, store }: World, bounds: Bounds): boolean {
  if (bounds.plan[plan] === undefined || bounds.including === 'back-before-each-namespace-has-begun') return true;
  return scopesOf(bounds.plan[plan]).every(({ tokenKey }) => tokenIn(store, tokenKey) !== undefined);
}

/** The real decision; the model's clock lets a lease run out at any time: its holder was paused, or could not renew. */
export function* acquire(world: World, index: number, process: Process): Generator<Move<World>> {
  const candidate = { identity: process.identity, durationMs: 1 };
  const observation = { record: world.lease ?? undefined, firstSeenMs: 0 };
  const now = decide(observation, candidate, 0);
  const holder = world.processes.find((other) => other?.identity === world.lease?.holder);
  const isOver = now.act !== 'follow' || holder === undefined || world.left.takeOvers > 0;
  const decision = isOver ? decide(observation, candidate, 2) : now;
  if (decision.act === 'follow') return;
  const { act, transitions } = decision;
  const leases = world.leases + (act === 'create' ? 1 : 0);
  const uid = act === 'create' ? `lease-${leases}` : (world.lease?.uid ?? '');
  const spent = act === 'take' && holder ? spend(world, 'takeOvers') : world;
  const lease = { holder: process.identity, transitions, durationMs: 1, uid };
  const fence = { holder: process.identity, term: transitions, lease: uid };
  yield [`${act}s the lease`, withProcess({ ...spent, lease, leases }, index, { ...process, fence })];
}

/** Claim and token, and what follows from it. */
export function load(world: World, index: number, process: Process, session: Session, bounds: Bounds) {
  const { mutation } = bounds;
  const fence = mutation === 'load-before-claim' ? undefined : process.fence;
  const answer = loaded(world.store, session.scope, fence);
  return answer instanceof Promise ? answer.then(begin) : begin(answer);

  function begin(stored: Awaited<typeof answer>): Move<World> {
    if (stored === 'FENCED') return ['is refused', loseLease(world, index, process)];
    const { configMap } = stored;
    const token = chosen({ ...stored, before: world.store }, session, mutation);
    const startOf = (given: Token | undefined) =>
      judgeToken(given, { startFrom: 'backlog', resyncPeriodMs: 0 }, 0, session.remembered).state;
    const first = mutation === 'remembered-over-stored' ? (session.remembered ?? token) : token;
    const begun: Session = {
      ...session,
      watch: startOf(first),
      ...(mutation === 'load-before-claim' && process.fence ? { unclaimed: true } : {}),
    };
    const owned = { ...world, store: configMap };
    const others = begun.unclaimed ? owned : supersede(owned, index, session);
    return ['load', withSession(comingAgain(others, session, stored), index, { ...process, known: configMap }, begun)];
  }
}

export function claim(world: World, index: number, process: Process, session: Session): Move<World> {
  const store = claimedOver(world.store, process.fence);
  if (store === 'FENCED') return ['is refused', loseLease(world, index, process)];
  const claimed = changed<Session>(session, { unclaimed: undefined });
  return [
    'claim',
    withSession(supersede({ ...world, store }, index, session), index, { ...process, known: store }, claimed),
  ];
}

type Loading = Exclude<Stored<{ readonly answer: Loaded }>, 'FENCED'>;

/** The token as the real rules have it, or as a broken one has. */
function chosen(
  { answer, configMap, before }: Loading & { readonly before: ConfigMap },
  { scope }: Session,
  mutation: Mutation | undefined,
): Token | undefined {
  const { token, warning } = answer;
  const all = storeTokens(configMap);
  switch (mutation) {
    case 'stale-place-of-another-token':
      return token?.relist ? { ...token, resourceVersion: token.relist.since ?? '' } : token;
    case 'namespace-starts-at-its-own-token':
      return scope.namespace === undefined ? token : tokenIn(before, scope.tokenKey);
    case 'cluster-starts-at-highest':
      if (!warning || scope.namespace !== undefined) return token;
      return all.reduce((a, b) =>
        isVersion(b.resourceVersion) && isNewer(b.resourceVersion, a.resourceVersion) ? b : a,
      );
    default:
      return token;
  }
}

/** Back from namespaces, or after the unfinished list of another scope: what is newer than the token comes again. */
function comingAgain(world: World, { scope }: Session, { answer, configMap }: Loading): World {
  const { token, warning } = answer;
  const others = keysIn(configMap).filter((key) => (key === 'event') === (scope.namespace !== undefined));
  const isMidway = others.some((key) => tokenIn(configMap, key)?.relist);
  const isLower = warning !== undefined && scope.namespace === undefined;
  if (!isMidway && !isLower) return world;
  const above = Number(token?.resourceVersion ?? 0);
  const again = Object.keys(world.sunk).filter(
    (id) => isCommitted(world, id) && Number(id.slice(id.indexOf('.') + 1)) > above,
  );
  return excuse(world, again);
}

/** What others have committed of this scope and not saved comes again from here. */
function supersede(world: World, index: number, { scope }: Session): World {
  let next = world;
  world.processes.forEach((other, at) => {
    if (!other || at === index) return;
    const sessions = other.sessions.map((session) => {
      if (session.scope.tokenKey !== scope.tokenKey || session.superseded || !session.watch) return session;
      next = excuse(next, [...session.unsaved, ...session.unplaced]);
      return { ...session, superseded: true as const, unsaved: [], unplaced: [] };
    });
    next = withProcess(next, at, { ...other, sessions });
  });
  return next;
}
