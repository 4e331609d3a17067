import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wantedOf } from '../../src/watch/wanted.ts';
import { anEvent } from '../events/kube-event.ts';

const page = ['99', '100', '101', '250', '251', '9'].map((version) => anEvent({ version }));
const versions = (of: ReturnType<typeof wantedOf>) => of.events.map(({ version }) => version);

describe("what of a list's page is wanted", () => {
  it('is newer than what was read before, and not newer than the first page, in the order of the page', () => {
    const wanted = wantedOf(page, '100', '250');
    assert.deepEqual(versions(wanted), ['101', '250']);
    assert.equal(wanted.repeated, 3);
  });

  it('is everything up to the first page, where nothing was read before', () => {
    const wanted = wantedOf(page, undefined, '250');
    assert.deepEqual(versions(wanted), ['99', '100', '101', '250', '9']);
    assert.equal(wanted.repeated, 0);
  });

  it('is nothing where nothing happened since', () => {
    const wanted = wantedOf(page, '251', '251');
    assert.deepEqual([versions(wanted), wanted.repeated], [[], 6]);
  });
});
