import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Bounds, deliveryModel, type Mutation, mutations } from './model/delivery.ts';
import { explore } from './model/explorer.ts';

const ordinary: Bounds = { keys: 2, writes: 3, compactions: 1, crashes: 1, page: 1, commit: 1 };
/**
 * Without compactions: not claimed is what an etcd restored in the middle of a list takes back, when that list's continue token had
 * expired. Nor is a rewritten history told from the old one once it has reached the place again.
 */
const restored: Bounds = { ...ordinary, compactions: 0, rewrites: 1 };
/** Pages that are larger than a commit have no place until their last part. */
const split: Bounds = { ...ordinary, page: 2 };

const explorations: Readonly<Record<string, Bounds>> = {
  'one crash, two compactions': { ...ordinary, compactions: 2 },
  'two crashes, one compaction': { ...ordinary, crashes: 2 },
  'three objects, pages that take two commits': { ...split, keys: 3 },
  'commits of two events': { ...ordinary, page: 2, commit: 2 },
  'an etcd restored from a backup': restored,
};

/** Where each rule shows that it is needed. */
const needed: Readonly<Record<Mutation, Bounds>> = {
  'ack-before-commit': ordinary,
  'last-page-version': ordinary,
  'no-upper-bound': ordinary,
  'no-lower-bound': ordinary,
  'token-mid-list': ordinary,
  'page-in-version-order': split,
  'no-guard': restored,
  'no-rewound-list': restored,
};

describe('the delivery of events, explored exhaustively', () => {
  for (const [title, bounds] of Object.entries(explorations)) {
    it(`loses nothing, tells nothing twice and never takes the token back: ${title}`, async () => {
      const { states, goals, violation } = await explore(deliveryModel(bounds));
      assert.equal(violation, undefined);
      assert.ok(states > 10_000, `only ${states} states`);
      assert.ok(goals > 1000, `only ${goals} of them caught up`);
    });
  }

  for (const mutation of mutations) {
    it(`notices that a rule is missing: ${mutation}`, async () => {
      const { violation } = await explore(deliveryModel({ ...needed[mutation], mutation }));
      assert.ok(violation !== undefined, 'not noticed');
    });
  }
});
