/** The states of the model: a cluster, its lease, what is stored, what was committed, and the processes. */
import type { Scope } from '../../../src/events/scope.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import type { LeaseRecord } from '../../../src/leader/decide.ts';
import type { Fence } from '../../../src/leader-elector.ts';
import type { Token } from '../../../src/token-store.ts';
import type { ConfigMap } from '../../../src/tokens/config-map-object.ts';
import type { Place } from '../../../src/watch/output.ts';
import type { WatchState } from '../../../src/watch/state.ts';
import { beginning, type History, written } from './history.ts';
import { numberOf } from './identity.ts';
import { emptyConfigMap } from './store.ts';

/** How often what may happen. */
export interface Budget {
  readonly compactions: number;
  readonly crashes: number;
  readonly stops: number;
  readonly deletions: number;
  readonly restores: number;
  /** Commits that the sender refuses, landed or not; and events that it refuses for good. */
  readonly rejections: number;
  readonly quarantines: number;
  /** Leases that are taken from a holder, and that are deleted. */
  readonly takeOvers: number;
  readonly leaseDeletions: number;
  /** Times that the Agent leads in between: it writes the token alone. */
  readonly agents: number;
}

export interface Waiting {
  readonly events: readonly KubeEvent[];
  readonly end: Place;
  readonly ordered: boolean;
}

export interface Batch {
  readonly events: readonly KubeEvent[];
  readonly place?: Place;
  /** In the sender's hands. */
  readonly handed?: true;
}

/** What a process knows of one scope. */
export interface Session {
  readonly scope: Scope;
  /** Absent: the token is not loaded yet. */
  readonly watch?: WatchState;
  readonly waiting: readonly Waiting[];
  readonly batch?: Batch;
  /** What the checkpoint knows, and whether that is still to be saved. */
  readonly reached?: Place;
  readonly unsaid?: true;
  readonly forgets?: true;
  /** The first place of the history that is read since. */
  readonly begins?: Place;
  /** Under way to the store. */
  readonly saving?: { readonly token: Token; readonly covers: number } | 'remove';
  readonly remembered?: Token;
  /** Where a broken rule has it loaded before the claim. */
  readonly unclaimed?: true;
  /** Another has claimed since: what lands from now on is told by that one, too. */
  readonly superseded?: true;
  /** The store has refused it. */
  readonly fenced?: true;
  /** Committed and not saved: a crash excuses them. `unplaced`: of a page of which more is to come, so that no save can tell of them. */
  readonly unsaved: readonly string[];
  readonly unplaced: readonly string[];
}

export interface Process {
  readonly identity: string;
  /** Its term. Absent: it does not lead, or it is the only one and needs none. */
  readonly fence?: Fence;
  readonly sessions: readonly Session[];
  /** The ConfigMap as last read or written. */
  readonly known?: ConfigMap;
}

export interface World {
  readonly h: History;
  readonly epoch: number;
  readonly compacted: number;
  /** Not claimed is what a rewritten history that reaches it hides: the model does not go there. */
  readonly hidden: number | null;
  /** The objects' versions that a restore took back, `<uid>:<version>`. */
  readonly takenBack: readonly string[];
  readonly left: Budget;
  readonly lease: (LeaseRecord & { readonly uid: string }) | null;
  readonly leases: number;
  /** Processes so far: each has an identity of its own. */
  readonly started: number;
  /** Which of the plan's scopes. */
  readonly plan: number;
  readonly store: ConfigMap;
  /** Null: not running. */
  readonly processes: readonly (Process | null)[];
  /** By id, how often it may still be committed; without an entry once. `c`: it was. */
  readonly sunk: Readonly<Record<string, string>>;
  /** What a move did that it must not. */
  readonly wrong?: string;
}

export interface Beginning {
  readonly budget: Budget;
  readonly replicas: number;
  readonly given: number;
}

export const initialWorld = ({ budget: left, replicas, given }: Beginning): World => ({
  h: Array.from({ length: given }, (_, key) => key).reduce((h, key) => written(h, key, 0), beginning),
  epoch: 0,
  compacted: 0,
  hidden: null,
  takenBack: [],
  left,
  lease: null,
  leases: 0,
  started: 0,
  plan: 0,
  store: emptyConfigMap,
  processes: Array.from({ length: replicas }, () => null),
  sunk: {},
});

export function keyOf(world: World): string {
  const { h, epoch, compacted, hidden, takenBack, left, lease, leases, started, plan, store, sunk, wrong } = world;
  const processes = world.processes.map((process) => (process ? keyOfProcess(process) : '-')).join(';');
  const parts = [h, takenBack, left, store, sunk].map(numberOf).join(',');
  return `${parts},${lease ? numberOf(lease) : ''},${epoch},${compacted},${hidden},${leases},${started},${plan},${wrong ?? ''};${processes}`;
}

function keyOfProcess({ identity, fence, sessions, known }: Process): string {
  return `${identity},${fence ? numberOf(fence) : ''},${known ? numberOf(known) : ''},${sessions.map(numberOf).join(',')}`;
}

export const spend = (world: World, what: keyof Budget): World => ({
  ...world,
  left: { ...world.left, [what]: world.left[what] - 1 },
});

export const withProcess = (world: World, index: number, process: Process | null): World => ({
  ...world,
  processes: world.processes.map((other, at) => (at === index ? process : other)),
});

export const withSession = (world: World, index: number, process: Process, session: Session): World =>
  withProcess(world, index, {
    ...process,
    sessions: process.sessions.map((other) => (other.scope.tokenKey === session.scope.tokenKey ? session : other)),
  });

/** The same session, with what is new; what is undefined goes. */
export type Change<T> = { readonly [K in keyof T]?: T[K] | undefined };

export function changed<T extends object>(given: T, change: Change<T>): T {
  const result: Record<string, unknown> = { ...given, ...change };
  for (const [name, value] of Object.entries(change)) if (value === undefined) delete result[name];
  return result as T;
}

export const wrong = (world: World, why: string): World => (world.wrong ? world : { ...world, wrong: why });

/** It is committed once more. */
export function commit(world: World, ids: readonly string[]): World {
  if (ids.length === 0) return world;
  let next: World = world;
  const sunk = { ...world.sunk };
  for (const id of ids) {
    const before = sunk[id] ?? '1';
    const allowed = before.replace('c', '');
    if (allowed === '0') next = wrong(next, `${id} was committed again without an excuse`);
    sunk[id] = allowed === '*' ? 'c*' : `c${Math.max(0, Number(allowed) - 1)}`;
  }
  return { ...next, sunk: sorted(sunk) };
}

/** It may be committed once more; `always`: any number of times. */
export function excuse(world: World, ids: readonly string[], always = false): World {
  if (ids.length === 0) return world;
  const sunk = { ...world.sunk };
  for (const id of ids) {
    const before = sunk[id] ?? '1';
    const allowed = before.replace('c', '');
    const more = always || allowed === '*' ? '*' : String(Math.min(Number(allowed) + 1, 9));
    sunk[id] = before.startsWith('c') ? `c${more}` : more;
  }
  return { ...world, sunk: sorted(sunk) };
}

export const isCommitted = ({ sunk }: World, id: string): boolean => sunk[id]?.startsWith('c') ?? false;

const sorted = (sunk: Record<string, string>) =>
  Object.fromEntries(Object.entries(sunk).sort(([a], [b]) => (a < b ? -1 : 1)));
