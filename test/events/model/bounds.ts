/** How far an exploration goes, and which rule it breaks. */
import type { Budget } from './world.ts';

export const mutations = [
  'ack-before-commit',
  'last-page-version',
  'no-upper-bound',
  'no-lower-bound',
  'token-mid-list',
  'page-in-version-order',
  'no-guard',
  'no-rewound-list',
  'no-witness',
  'witness-kept-after-delete',
  'save-without-term',
  'load-before-claim',
  'save-over-a-conflict',
  'no-lease-check-before-hand-over',
  'later-events-before-a-refused-batch',
  'quarantine-not-reaching-place',
  'stale-place-of-another-token',
  'namespace-starts-at-its-own-token',
  'cluster-starts-at-highest',
  'remembered-over-stored',
] as const;
export type Mutation = (typeof mutations)[number];

/**
 * What is not claimed, so that the other explorations do not go there; with it a violation is found:
 * - a list whose continue token had expired shows what came after its first page, and a restore takes that back;
 * - a token expires after a restore that has overtaken it: a list has no proof;
 * - a history is behind the token for the guard, and has overtaken it when the list comes: the same;
 * - an overtaken restore without a proof: in the middle of a list, or only what is newer than the token's witness was taken back;
 * - a rewritten history has the very same object at the very same version;
 * - back from namespaces to the cluster when one of them was never begun: it has no say in which one is the lowest.
 */
export const exclusions = [
  'restored-behind-an-expired-list',
  'expired-after-a-restore',
  'overtaken-between-guard-and-list',
  'overtaken-without-proof',
  'the-very-same-version-again',
  'back-before-each-namespace-has-begun',
] as const;
export type Exclusion = (typeof exclusions)[number];

export interface Bounds {
  readonly replicas: number;
  readonly keys: number;
  readonly writes: number;
  /** Of these, those that are there from the beginning: one an object, in turn. */
  readonly given: number;
  /** Objects a page. */
  readonly page: number;
  /** Events a commit. */
  readonly commit: number;
  /** Stretches that may wait, or be under way, while more is read. */
  readonly ahead: number;
  /** What the processes collect: they start with the first, and a process that starts later may go on with the next. */
  readonly plan: readonly (readonly string[] | undefined)[];
  readonly budget: Budget;
  readonly mutation?: Mutation;
  readonly including?: Exclusion;
}

export const nothing: Budget = {
  compactions: 0,
  crashes: 0,
  stops: 0,
  deletions: 0,
  restores: 0,
  rejections: 0,
  quarantines: 0,
  takeOvers: 0,
  leaseDeletions: 0,
  agents: 0,
};
