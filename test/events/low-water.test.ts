import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LowWaterMark } from '../../src/events/low-water.ts';
import type { Place } from '../../src/watch/output.ts';
import { anEvent } from './kube-event.ts';

const at = (version: string): Place => ({ at: 'version', version });
const inList = (continueToken: string): Place => ({ at: 'list', cause: 'first', continueToken, first: '100' });
/** Without its witness. */
const bare = (place: Place): Place => (place.at === 'version' ? at(place.version) : place);
const events = (...versions: readonly string[]) => versions.map((version) => anEvent({ version }));

describe('the low-water mark', () => {
  let mark: LowWaterMark;
  const take = (most: number) => {
    const { events: taken, place } = mark.take(most);
    return [taken.map(({ version }) => version), place && bare(place)] as const;
  };

  beforeEach(() => {
    mark = new LowWaterMark();
  });

  it('makes the last event of a front part the witness of its place: nothing newer is committed with it', () => {
    const [one, two, three] = events('1', '2', '3');
    assert.ok(one && two && three);
    const end: Place = { at: 'version', version: '9', witness: three };
    mark.add([one, two, three], end, { ordered: true });
    assert.deepEqual(mark.take(2).place, { at: 'version', version: '2', witness: two });
    assert.equal(mark.take(2).place, end);
  });

  describe('is ripe', () => {
    const some = { ordered: true };
    it('when there are as many as a batch may hold', () => {
      assert.equal(mark.ripe(2), false, 'nothing waits');
      mark.add(events('1'), at('1'), some);
      assert.equal(mark.ripe(2), false);
      mark.add(events('2'), at('2'), some);
      assert.equal(mark.ripe(2), true);
    });

    it('when what is first mixes with nothing that may come', () => {
      mark.add(events('1'), inList('c1'), { ordered: false });
      assert.equal(mark.ripe(2), true, 'a page');
      mark.take(2);
      mark.add(events('1'), at('1'), some);
      mark.add([], inList('c1'), { ordered: false });
      assert.equal(mark.ripe(2), true, 'a page is behind it');
    });
  });

  it('is idle when nothing waits', () => {
    assert.deepEqual([mark.idle, mark.held, take(3)], [true, 0, [[], undefined]]);
  });

  it('gives any front part of a watch with the version of its last event, and the whole with its end', () => {
    mark.add(events('1', '2'), at('2'), { ordered: true });
    mark.add(events('3', '4'), at('9'), { ordered: true });
    assert.equal(mark.held, 4);
    assert.deepEqual(take(3), [['1', '2', '3'], at('3')]);
    assert.deepEqual([mark.idle, mark.held], [false, 1]);
    assert.deepEqual(take(3), [['4'], at('9')]);
    assert.equal(mark.idle, true);
  });

  it("gives a part of a page without a place, and the last part with the page's", () => {
    mark.add(events('9', '2', '5'), inList('c1'), { ordered: false });
    assert.deepEqual(take(2), [['9', '2'], undefined]);
    assert.deepEqual(take(2), [['5'], inList('c1')]);
  });

  it('never mixes a page with anything else, so that each has its place', () => {
    mark.add(events('1'), at('1'), { ordered: true });
    mark.add(events('9', '2'), inList('c1'), { ordered: false });
    mark.add(events('5', '3'), at('10'), { ordered: false });
    mark.add(events('11'), at('11'), { ordered: true });
    assert.equal(mark.held, 6);
    assert.deepEqual(take(300), [['1'], at('1')]);
    assert.deepEqual(take(300), [['9', '2'], inList('c1')]);
    assert.deepEqual(take(300), [['5', '3'], at('10')]);
    assert.deepEqual(take(300), [['11'], at('11')]);
    assert.equal(mark.idle, true);
  });

  it('gives a place alone: of deletions, bookmarks, an empty page', () => {
    mark.add([], at('7'), { ordered: true });
    mark.add([], at('8'), { ordered: true });
    assert.deepEqual([mark.idle, mark.held], [false, 0]);
    assert.deepEqual(take(300), [[], at('8')]);
    assert.equal(mark.idle, true);
  });

  it('does not change what it was given', () => {
    const given = events('1');
    mark.add(given, at('1'), { ordered: true });
    mark.add(events('2'), at('2'), { ordered: true });
    assert.equal(given.length, 1);
  });

  describe('with events that come late', () => {
    const ordered = { ordered: true };

    it('gives them along with what is in order, sorted, and the place behind all of them', () => {
      mark.add(events('5', '7'), at('8'), ordered);
      mark.addLate(events('3', '6'));
      mark.add(events('9', '10'), at('11'), ordered);
      assert.equal(mark.held, 6);
      assert.deepEqual(take(2), [['5', '7'], at('7')]);
      assert.deepEqual(take(3), [['3', '6', '9'], at('9')]);
      assert.deepEqual(take(3), [['10'], at('11')]);
    });

    it('gives no place where they are older than the one given last', () => {
      mark.add(events('5'), at('8'), ordered);
      assert.deepEqual(take(9), [['5'], at('8')]);
      mark.addLate(events('7', '3', '8', '9'));
      assert.deepEqual(take(2), [['3', '7'], undefined], 'a part');
      assert.deepEqual(take(1), [['8'], undefined], 'no newer');
      assert.deepEqual(take(2), [['9'], at('9')], 'and the rest, which is newer');
    });

    it('makes the newest the witness', () => {
      const [old, young, rest] = events('3', '6', '7');
      assert.ok(old && young && rest);
      mark.add([], at('2'), ordered);
      mark.addLate([young, old, rest]);
      assert.deepEqual(mark.take(2).place, { at: 'version', version: '6', witness: young });
    });

    it('mixes them with no page, neither before nor behind', () => {
      mark.addLate(events('4'));
      mark.add(events('9', '8', '7'), inList('c1'), { ordered: false });
      mark.addLate(events('5'));
      assert.deepEqual(
        [take(9), take(9), take(9)],
        [
          [['4'], at('4')],
          [['9', '8', '7'], inList('c1')],
          [['5'], at('5')],
        ],
      );
    });

    it('says of a part of a page, and of nothing else, that the rest must follow', () => {
      mark.add([], at('8'), ordered);
      mark.addLate(events('3', '2'));
      assert.equal(mark.take(1).midway, undefined);
      assert.equal(mark.take(1).midway, undefined);
      mark.add(events('9', '8', '7'), inList('c1'), { ordered: false });
      assert.equal(mark.take(2).midway, true);
      assert.equal(mark.take(2).midway, undefined);
    });

    it('gives those first that are to be first, wherever they wait, and none twice', () => {
      const [two, three] = events('2', '3');
      assert.ok(two && three);
      mark.add(events('5'), at('8'), ordered);
      take(9);
      mark.add(events('9'), at('9'), ordered);
      mark.addLate([three]);
      mark.putFirst([three, two]);
      mark.putFirst([]);
      assert.deepEqual([take(9), take(9), mark.idle], [[['2', '3'], undefined], [['9'], at('9')], true]);
    });

    it('leaves no batch of nothing where all that waited is to be first', () => {
      const [one, two] = events('1', '2');
      assert.ok(one && two);
      mark.add([], inList('c'), { ordered: false });
      mark.addLate([one, two]);
      mark.putFirst([one, two]);
      assert.deepEqual([take(9), take(9), mark.idle], [[['1', '2'], at('2')], [[], inList('c')], true]);
    });

    it('is nothing where none come', () => {
      mark.addLate([]);
      assert.equal(mark.idle, true);
    });
  });
});
