import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Fold } from '../../src/events/fold.ts';
import { createLedger, type Ledger } from '../../src/events/ledger.ts';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { anEvent } from './kube-event.ts';

type Given = Parameters<typeof anEvent>[0];

const versions = (events: readonly KubeEvent[]): readonly string[] => events.map(({ version }) => version);

describe('folding repeats', () => {
  let clock: ManualClock;
  let ledger: Ledger;
  let fold: Fold;
  let made: number;
  const make = (maxKeys?: number) =>
    new Fold({
      ...{ windowMs: 1000, clock, ledger, checkpoint: { reached: () => undefined, wholeAtMs: undefined } },
      ...(maxKeys === undefined ? {} : { maxKeys }),
    });
  const event = (given: Given = {}): KubeEvent => anEvent({ version: String(++made), ...given });
  const pass = (...given: readonly Given[]) => versions(fold.pass(given.map((each) => event(each))));
  const due = () => versions(fold.due());
  const folded = () => ledger.soFar(0).folded;

  beforeEach(() => {
    clock = new ManualClock();
    ledger = createLedger();
    made = 0;
    fold = make();
  });

  it('lets the first version go on at once, and holds the newest of those that follow', () => {
    assert.deepEqual(pass({}, {}, {}, {}), ['1']);
    assert.deepEqual([fold.held, folded(), due()], [1, 2, []]);
    assert.deepEqual([pass({}), fold.held, folded()], [[], 1, 3]);
  });

  it('lets it go on when the window ends, and begins another: a storm is told of steadily', async () => {
    const told: (readonly string[])[] = [];
    for (let ms = 0; ms < 3000; ms += 100) {
      told.push(due(), pass({}));
      await clock.advance(100);
    }
    assert.deepEqual(told.flat(), ['1', '10', '20']);
    assert.deepEqual([due(), fold.held, folded()], [['30'], 0, 26]);
  });

  it('forgets the key when nothing came within a window', async () => {
    pass({}, {});
    await clock.advance(1000);
    assert.deepEqual(due(), ['2']);
    await clock.advance(999);
    assert.deepEqual([due(), pass({}), fold.held], [[], [], 1], 'within the second window');
    await clock.advance(1);
    assert.deepEqual(due(), ['3']);
    await clock.advance(1000);
    assert.deepEqual([due(), pass({}), fold.held], [[], ['4'], 0]);
  });

  it('says when to ask: never while nothing is held', async () => {
    assert.equal(fold.dueInMs, undefined);
    pass({ reason: 'a' });
    assert.equal(fold.dueInMs, undefined);
    await clock.advance(400);
    pass({ reason: 'b' }, { reason: 'b' });
    assert.equal(fold.dueInMs, 600, 'by then the first window has ended, and there is nothing in it');
    await clock.advance(600);
    assert.deepEqual([due(), fold.dueInMs], [[], 400]);
    await clock.advance(500);
    assert.deepEqual([fold.dueInMs, due(), fold.dueInMs], [0, ['3'], undefined]);
  });

  const one: Given = { reason: 'BackOff', type: 'Warning', uid: 'event-a', message: 'one' };
  const others: Readonly<Record<string, readonly [Given, boolean]>> = {
    'another event object with another message': [{ ...one, uid: 'event-b', message: 'two' }, true],
    'another count': [{ ...one, count: 12 }, true],
    'another component': [{ ...one, component: 'scheduler' }, true],
    'another reason': [{ ...one, reason: 'Failed' }, false],
    'another type: a Warning does not disappear in a Normal': [{ ...one, type: 'Normal' }, false],
    'another object': [{ ...one, object: { name: 'cart-1', uid: 'u-cart-1' } }, false],
    'an object of the same name that is made anew': [{ ...one, object: { uid: 'u-cart-2' } }, false],
    'an object without a uid': [{ ...one, object: { uid: '' } }, false],
    'an event in another namespace about the very same object': [{ ...one, namespace: 'theirs' }, false],
  };
  for (const [title, [other, isFolded]] of Object.entries(others))
    it(`${isFolded ? 'folds' : 'keeps apart'} ${title}`, () => {
      assert.deepEqual(pass(one, other), isFolded ? ['1'] : ['1', '2']);
    });

  it('folds objects without uid by kind, namespace and name', () => {
    const object = { kind: 'Node', namespace: '', name: 'n1', uid: '' };
    assert.deepEqual(pass({ object }, { object }, { object: { ...object, name: 'n2' } }), ['1', '3']);
  });

  it('has so many windows at most: what would open one more goes on at once, each time', async () => {
    fold = make(2);
    const storm = ['a', 'b', 'c', 'c', 'a'].map((reason) => ({ reason }));
    assert.deepEqual(pass(...storm), ['1', '2', '3', '4']);
    assert.deepEqual([fold.held, folded()], [1, 0]);
    await clock.advance(1000);
    assert.deepEqual(due(), ['5']);
    assert.deepEqual(pass({ reason: 'c' }, { reason: 'c' }), ['6'], 'there is room where a key was forgotten');
  });

  it('gives all that is held when it is flushed, and what comes next begins anew', () => {
    pass({ reason: 'a' }, { reason: 'b' }, { reason: 'b' }, { reason: 'a' });
    assert.deepEqual(versions(fold.flush()), ['4', '3']);
    assert.deepEqual([fold.held, fold.dueInMs, fold.flush()], [0, undefined, []]);
    assert.deepEqual(pass({ reason: 'a' }), ['5']);
  });

  it('lets some go before their time', async () => {
    const [first, held, other, stays] = ['a', 'a', 'b', 'b'].map((reason) => event({ reason }));
    assert.ok(first && held && other && stays);
    fold.pass([first, held, other, stays]);
    fold.letGo([first, held]);
    assert.equal(fold.held, 1);
    await clock.advance(1000);
    assert.deepEqual(due(), ['4']);
  });
});
