/** The page that is asked for while the one before it is dealt with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WatchState } from '../../src/watch/state.ts';
import { type Rig, type RigOptions, readAll, rig, type Script } from './rig.ts';
import { fails, hangs, page, stream } from './scripted-source.ts';

const first: WatchState = { at: 'listing', cause: 'first' };
const list: Script = [
  ['list', page('9', ['1', '2'], { next: 'b' })],
  ['list b', page('9', ['3', '4'], { next: 'c' })],
  ['list c', page('9', ['5'])],
  ['watch 9', stream('hangs')],
];

const begin = (script: Script, options: RigOptions = {}): Rig => rig(first, script, { readAhead: true, ...options });

/** Its consumer takes 100 ms for each page. */
const readSlowly = (it: Rig) => readAll(it, { onOutput: () => it.clock.sleep(100) });

describe('a page ahead', () => {
  it('is asked for while its consumer deals with the one before it, and no other', async () => {
    const it_ = begin(list);
    await readSlowly(it_);
    assert.deepEqual(it_.source.asked, ['0 list', '0 list b', '100 list c', '300 watch 9']);
  });

  it('is not asked for where it is not wanted', async () => {
    const it_ = begin(list, { readAhead: false });
    await readSlowly(it_);
    assert.deepEqual(it_.source.asked, ['0 list', '100 list b', '200 list c', '300 watch 9']);
  });

  it('that fails is told of when it is wanted, after the page before it, and asked for again', async () => {
    const [start, ...rest] = list;
    assert.ok(start);
    const it_ = begin([start, ['list b', fails('API_UNAVAILABLE')], ...rest]);
    const { outputs } = await readSlowly(it_);
    assert.deepEqual(
      outputs.map((line) => line.split(' ')[0]),
      ['page', 'interrupted', 'page', 'page'],
    );
    assert.deepEqual(it_.source.asked, ['0 list', '0 list b', '500 list b', '500 list c', '700 watch 9']);
  });

  it('ends with the reading: left, and asked for again by the next one', async () => {
    const it_ = begin([['list', page('9', ['1'], { next: 'b' })], ['list b', hangs], ...list.slice(1)]);
    for await (const output of it_.reader.read(new AbortController().signal)) {
      assert.equal(output.type, 'page');
      break;
    }
    await it_.clock.advance(0);
    assert.equal(it_.clock.pending, 0, 'still asked for');
    const { outputs } = await readAll(it_);
    assert.equal(outputs.length, 2);
    it_.source.assertPlayed();
  });
});
