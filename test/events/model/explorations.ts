/** What is explored in CI: each exploration goes far in one direction, as all at once would be too many. */
import { type Bounds, type Exclusion, type Mutation, nothing } from './bounds.ts';
import type { Budget } from './world.ts';

const ordinary: Bounds = {
  ...{ replicas: 1, keys: 2, writes: 3, given: 0, page: 1, commit: 1, ahead: 0, plan: [undefined] },
  budget: nothing,
};

const having = (budget: Partial<Budget>, bounds: Partial<Bounds> = {}): Bounds => ({
  ...ordinary,
  ...bounds,
  budget: { ...nothing, ...budget },
});

const ended = having({ crashes: 1, stops: 1, compactions: 1 });
/** Pages that are larger than a commit have no place until their last part. */
const split = having({ crashes: 1, stops: 1, compactions: 1 }, { page: 2 });
const refused = having({ rejections: 1, quarantines: 1, crashes: 1, stops: 1 }, { page: 2, commit: 2, writes: 2 });
const restored = having({ restores: 1, crashes: 1 }, { writes: 2 });
const restoredAhead = having({ restores: 1, crashes: 1 }, { ahead: 1, writes: 2 });
const restoredWith3 = having({ restores: 1 });
const restoredAfterDeletion = having({ restores: 1, deletions: 1 });
const replicas = having({ takeOvers: 1, crashes: 1 }, { replicas: 2, writes: 2, given: 1 });
const takenAndCompacted = having({ takeOvers: 1, compactions: 1 }, { replicas: 2, writes: 2, given: 1 });
const takenAndRestored = having({ takeOvers: 1, restores: 1 }, { replicas: 2, writes: 2, given: 1, keys: 1 });
/** Nothing is written any more: all that happens is the list, three pages of it. */
const longList = having({ takeOvers: 1, crashes: 1 }, { replicas: 2, writes: 3, given: 3, keys: 3 });
const leaseGone = having({ leaseDeletions: 1, takeOvers: 1 }, { replicas: 2, writes: 1, keys: 1 });
const toNamespaces = having({ stops: 1, crashes: 1 }, { plan: [undefined, ['a', 'b']], writes: 2 });
const toCluster = having({ stops: 1, crashes: 1 }, { plan: [['a', 'b'], undefined], writes: 2 });
const andBack = having({ stops: 2 }, { plan: [undefined, ['a', 'b'], undefined], writes: 2 });

export interface Expected {
  readonly bounds: Bounds;
  /** Fewer states would mean that the exploration went nowhere. */
  readonly states: number;
}

export const explorations: Readonly<Record<string, Expected>> = {
  'a crash, a stop and a compaction': { bounds: ended, states: 20_000 },
  'two crashes, two compactions': { bounds: having({ crashes: 2, compactions: 2 }, { writes: 2 }), states: 5000 },
  'deleted objects': { bounds: having({ deletions: 1, crashes: 1, compactions: 1 }), states: 20_000 },
  'pages that take two commits': { bounds: split, states: 5000 },
  'commits of two events, reading ahead': {
    bounds: having({ crashes: 1, stops: 1, compactions: 1 }, { page: 2, commit: 2, ahead: 2 }),
    states: 5000,
  },
  'a sender that refuses, and refuses for good': { bounds: refused, states: 1000 },
  'an etcd restored from a backup': { bounds: restored, states: 20_000 },
  'an etcd restored while a batch waits': { bounds: restoredAhead, states: 20_000 },
  'an etcd restored, three writes': { bounds: restoredWith3, states: 20_000 },
  'an etcd restored, deleted objects': { bounds: restoredAfterDeletion, states: 20_000 },
  'two replicas': { bounds: replicas, states: 20_000 },
  'two replicas that hand over gracefully': {
    bounds: having({ stops: 2 }, { replicas: 2, writes: 2 }),
    states: 2000,
  },
  'two replicas, a take-over and a compaction': { bounds: takenAndCompacted, states: 20_000 },
  'two replicas, a take-over and an etcd restored': { bounds: takenAndRestored, states: 10_000 },
  'two replicas in a list of three pages': { bounds: longList, states: 10_000 },
  'a lease that is deleted': { bounds: leaseGone, states: 1000 },
  'from the cluster to two namespaces': { bounds: toNamespaces, states: 1000 },
  'from two namespaces to the cluster': { bounds: toCluster, states: 1000 },
  'from the cluster to two namespaces and back': { bounds: andBack, states: 1000 },
  'the Agent leads in between': { bounds: having({ agents: 1, crashes: 1, stops: 1 }), states: 1000 },
};

/** Where each rule shows that it is needed. */
export const needed: Readonly<Record<Mutation, Bounds>> = {
  'ack-before-commit': ended,
  'last-page-version': ended,
  'no-upper-bound': ended,
  'no-lower-bound': ended,
  'token-mid-list': ended,
  'page-in-version-order': split,
  'no-guard': restoredWith3,
  'no-rewound-list': restoredWith3,
  'no-witness': restoredWith3,
  'witness-kept-after-delete': having({ deletions: 1, crashes: 1 }),
  'save-without-term': longList,
  'load-before-claim': longList,
  'save-over-a-conflict': longList,
  'no-lease-check-before-hand-over': replicas,
  'later-events-before-a-refused-batch': having({ rejections: 1, crashes: 1 }, { ahead: 1 }),
  'quarantine-not-reaching-place': having({ quarantines: 1, stops: 1 }, { writes: 2 }),
  'stale-place-of-another-token': having({ agents: 1, crashes: 1 }),
  'namespace-starts-at-its-own-token': toNamespaces,
  'cluster-starts-at-highest': toCluster,
  'remembered-over-stored': having({ takeOvers: 2 }, { replicas: 2, writes: 2, given: 1 }),
};

/** Where what is not claimed shows. */
export const unclaimed: Readonly<Record<Exclusion, Bounds>> = {
  'restored-behind-an-expired-list': having({ restores: 1, compactions: 1 }),
  'expired-after-a-restore': having({ restores: 1, compactions: 1 }),
  'overtaken-between-guard-and-list': having({ restores: 1 }),
  'overtaken-without-proof': having({ restores: 1 }),
  'the-very-same-version-again': having({ restores: 1 }),
  'back-before-each-namespace-has-begun': toCluster,
};
