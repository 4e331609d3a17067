import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { HeldBack } from '../../src/events/held-back.ts';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import type { Place } from '../../src/watch/output.ts';
import { anEvent } from './kube-event.ts';

const at = (version: string): Place => ({ at: 'version', version });
const inList: Place = { at: 'list', cause: 'expired', continueToken: 'c', first: '100', since: '50' };
const event = (version: string): KubeEvent => anEvent({ version });
const told = (place: Place): string => (place.at === 'list' ? 'list' : place.version);

describe('what is held back from the token', () => {
  let reached: (readonly [place: string, wholeAtMs: number | undefined])[];
  let wholeAtMs: number;
  let heldBack: HeldBack;
  const places = () => reached.map(([place]) => place);
  const behind = () => heldBack.keepingBack.map(({ version }) => version);

  beforeEach(() => {
    reached = [];
    wholeAtMs = 1;
    heldBack = new HeldBack({
      reached: (place, whole) => void reached.push([told(place), whole]),
      get wholeAtMs() {
        return wholeAtMs;
      },
    });
  });

  it('is nothing while nothing is owed', () => {
    heldBack.reached(at('9'));
    heldBack.reached(inList);
    heldBack.committed([event('9')]);
    assert.deepEqual(reached, [
      ['9', 1],
      ['list', 1],
    ]);
  });

  it('is a place at or above what is owed, until that is committed; then the last of them is told', () => {
    const owed = event('10');
    heldBack.owe(owed);
    for (const version of ['9', '10', '11', '100']) heldBack.reached(at(version));
    assert.deepEqual([places(), behind()], [['9'], ['10']]);
    heldBack.committed([event('10')]);
    assert.deepEqual(places(), ['9'], 'another event');
    heldBack.committed([owed]);
    assert.deepEqual([places(), behind()], [['9', '100'], []]);
  });

  it('is let go as far as the lowest that is still owed', () => {
    const [low, high] = [event('10'), event('20')];
    heldBack.owe(low);
    heldBack.owe(high);
    for (const version of ['15', '19', '20', '25']) heldBack.reached(at(version));
    assert.deepEqual(behind(), ['10', '20']);
    heldBack.committed([low]);
    assert.deepEqual([places(), behind()], [['19'], ['20']]);
    heldBack.committed([high]);
    assert.deepEqual(places(), ['19', '25']);
  });

  it('is let go when a newer version stands for the one that was owed', () => {
    const [first, then] = [event('10'), event('20')];
    heldBack.owe(first);
    heldBack.reached(at('15'));
    heldBack.owe(then, first);
    heldBack.letGo();
    assert.deepEqual([places(), behind()], [['15'], []]);
    heldBack.reached(at('21'));
    assert.deepEqual([places(), behind()], [['15'], ['20']]);
  });

  it('is not what is owed above all that is committed: it comes again by itself', () => {
    heldBack.owe(event('10'));
    heldBack.reached(at('15'));
    heldBack.owe(event('16'));
    assert.deepEqual(behind(), ['10']);
  });

  it('is told with the time at which reading was complete when it was reached, not with a fresher one', () => {
    const owed = event('10');
    heldBack.owe(owed);
    heldBack.reached(at('15'));
    wholeAtMs = 1000;
    heldBack.committed([owed]);
    assert.deepEqual(reached, [['15', 1]]);
  });

  it('is forgotten when a list is reached: what was read before it is committed', () => {
    const old = event('500');
    heldBack.owe(old);
    heldBack.reached(at('600'));
    heldBack.owe(event('90'));
    heldBack.committed([old]);
    heldBack.reached(inList);
    heldBack.reached(at('80'));
    assert.deepEqual([places(), behind()], [['list', '80'], []], 'of a rewritten history, in which versions are lower');
  });

  it('is bounded, and keeps the last place', () => {
    const owed = event('10');
    heldBack.owe(owed);
    for (let version = 1000; version < 6000; version++) heldBack.reached(at(String(version)));
    heldBack.owe(event('6000'));
    heldBack.committed([owed]);
    assert.deepEqual(places(), ['5999']);
  });

  it('is let go below the lowest that is owed, also in a storm in which newer versions stand for older ones', () => {
    const front = event('1');
    heldBack.owe(front);
    const held = new Map<number, KubeEvent>();
    let version = 1;
    const storm = (versions: number) => {
      for (let n = 0; n < versions; n++) {
        const newer = event(String(++version));
        heldBack.owe(newer, held.get(n % 7));
        held.set(n % 7, newer);
      }
    };
    storm(5000);
    heldBack.reached(at(String(version)));
    assert.deepEqual(places(), [], 'the first is owed');
    const highest = version;
    storm(7);
    heldBack.committed([front]);
    assert.deepEqual(places(), [String(highest)], 'what is owed is above it by now');
    storm(5000);
    heldBack.reached(at(String(version - 7)));
    assert.deepEqual(places().at(-1), String(version - 7));
    assert.equal(heldBack.keepingBack.length, 0);
  });
});
