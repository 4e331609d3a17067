/** Why an event may come a second time: what docs/delivery.md does not promise, and nothing else. Pure. */
import { versionOf } from '../scenarios/committed.ts';
import type { Delivery } from './delivered.ts';
import type { FaultKind } from './schedule.ts';
import type { FaultRecord, Lead } from './timeline.ts';

export const causes = ['kill -9', 'pause', 'restore', 'token changed by hand', 'lease lost in an outage'] as const;
export type Cause = (typeof causes)[number];

/** Two deliveries of one id, in the order of their hand-over. */
export interface Pair {
  readonly first: Delivery;
  readonly second: Delivery;
}

type Excuse = (pair: Pair, fault: FaultRecord, leads: readonly Lead[]) => boolean;

const between = (ms: number, { first, second }: Pair): boolean => first.atMs <= ms && ms <= second.atMs;
const unsaved = (id: string, { savedVersion = Number.POSITIVE_INFINITY }: FaultRecord): boolean =>
  Number(versionOf(id)) > savedVersion;

/** What the killed process committed behind the token that it left. */
const killed: Excuse = (pair, fault) =>
  pair.first.process === fault.process && between(fault.overMs, pair) && unsaved(pair.first.id, fault);

/** What the paused process had handed over before, behind the token that it left: the other leads on from there, at any time. */
const paused: Excuse = (pair, fault) => {
  const own = [pair.first, pair.second].find(({ process }) => process === fault.process);
  const others = pair.first.process !== pair.second.process;
  return own !== undefined && others && own.atMs <= fault.fromMs && unsaved(own.id, fault);
};

/** Everything that the server went back to. */
const restored: Excuse = (pair, fault) => between(fault.overMs, pair) || between(fault.fromMs, pair);

/** Who begins to read while the changed token is there reads from it; what runs goes on from its own place. */
const changedByHand: Excuse = ({ first, second }, fault, leads) =>
  unsaved(first.id, fault) &&
  first.atMs <= fault.overMs &&
  leads.some(({ process, fromMs }) => process === second.process && fault.fromMs <= fromMs && fromMs <= fault.overMs);

/** A server that is away for longer than a lease: the token can't be saved, and another may lead when it is back. */
const leaseLost: Excuse = ({ first, second }, fault, leads) =>
  first.process !== second.process &&
  first.atMs <= fault.recoveredMs &&
  unsaved(first.id, fault) &&
  leads.some(
    ({ process, fromMs }) => process === second.process && fault.fromMs <= fromMs && fromMs <= fault.recoveredMs,
  );

const excuses: Partial<Record<FaultKind, readonly [Cause, Excuse]>> = {
  killed: ['kill -9', killed],
  paused: ['pause', paused],
  'etcd-restored': ['restore', restored],
  'etcd-restored-and-overtaken': ['restore', restored],
  'token-deleted': ['token changed by hand', changedByHand],
  'token-lowered': ['token changed by hand', changedByHand],
  'token-garbled': ['token changed by hand', changedByHand],
  'api-server-killed': ['lease lost in an outage', leaseLost],
  'api-server-restarted': ['lease lost in an outage', leaseLost],
  'connections-cut': ['lease lost in an outage', leaseLost],
  'connections-silent': ['lease lost in an outage', leaseLost],
};

/** Undefined: nothing allows it. */
export function causeOf(pair: Pair, faults: readonly FaultRecord[], leads: readonly Lead[]): Cause | undefined {
  for (const fault of faults) {
    const [cause, allows] = excuses[fault.kind] ?? [];
    if (allows?.(pair, fault, leads)) return cause;
  }
  return undefined;
}
