import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exclusions, mutations } from './model/bounds.ts';
import { deliveryModel } from './model/delivery.ts';
import { explorations, needed, unclaimed } from './model/explorations.ts';
import { explore } from './model/explorer.ts';

describe('the delivery of events, explored exhaustively', () => {
  for (const [title, { bounds, states: least }] of Object.entries(explorations)) {
    it(`loses nothing, tells nothing twice and never takes the token back: ${title}`, async (test) => {
      const { states, goals, violation } = await explore(deliveryModel(bounds));
      test.diagnostic(`${states} states, ${goals} of them caught up after the last write`);
      assert.equal(violation, undefined);
      assert.ok(states > least, `only ${states} states`);
      assert.ok(goals > least / 20, `only ${goals} of them caught up`);
    });
  }

  for (const mutation of mutations) {
    it(`notices that a rule is missing: ${mutation}`, async (test) => {
      const { states, violation } = await explore(deliveryModel({ ...needed[mutation], mutation }));
      test.diagnostic(`after ${states} states: ${violation}`);
      assert.ok(violation !== undefined, 'not noticed');
    });
  }

  for (const including of exclusions) {
    it(`does not claim what it could not: ${including}`, async (test) => {
      const { states, violation } = await explore(deliveryModel({ ...unclaimed[including], including }));
      test.diagnostic(`after ${states} states: ${violation}`);
      assert.ok(violation !== undefined, 'it holds, so it can be claimed');
    });
  }
});
