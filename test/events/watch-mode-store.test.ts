/** Watch mode and its token: saved as time allows, and never in the way of delivery. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Watching, watching } from './watching.ts';

const saves = ({ store }: Watching): readonly string[] => store.log.filter((line) => line.startsWith('save'));

describe('the token in watch mode', () => {
  it('is saved at once, then at most once a period while events come, and within one when they end', async (t) => {
    const its = await watching(t);
    await its.unit({ checkpointIntervalMs: 1000 }).run();
    await its.calm();
    for (let n = 0; n < 35; n++) {
      its.add(`e${n}`);
      await its.pass(100);
    }
    assert.ok(saves(its).length >= 3 && saves(its).length <= 5, `${saves(its)}`);
    await its.pass(1000);
    assert.equal(its.store.tokens.get('event')?.resourceVersion, its.server.version);
    const { length } = saves(its);
    await its.pass(50_000);
    assert.equal(saves(its).length, length, 'nothing moved, nothing is written');
  });

  it('moves with bookmarks, too', async (t) => {
    const its = await watching(t);
    its.add('a');
    await its.unit().run();
    await its.pass(2000);
    its.server.skipVersions(70);
    its.server.sendBookmarks();
    await its.pass(1000);
    assert.equal(its.store.tokens.get('event')?.resourceVersion, its.server.version);
  });

  it('is not saved by a store that fails: delivery goes on, it is said since when, and it catches up', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    its.add('a');
    await unit.run();
    await its.pass(2000);
    const saved = its.store.tokens.get('event');
    its.store.failNext(100);
    const since = new Date(its.clock.nowMs()).toISOString();
    its.add('b');
    await its.pass(1500);
    its.add('c');
    await its.pass(1500);
    its.assertAllOnce();
    assert.equal(its.store.tokens.get('event'), saved);
    const { status, error, caughtUp } = await unit.run();
    assert.deepEqual([status, error?.code, caughtUp], ['failed', 'TOKEN_STORE_FAILED', false]);
    assert.match(error?.message ?? '', new RegExp(`delivery goes on, what is committed since ${since} is not saved`));
    assert.equal(unit.unit.progress?.().unsavedSinceMs, Date.parse(since));

    its.store.answer();
    await its.pass(60_000);
    assert.equal(its.store.tokens.get('event')?.resourceVersion, its.server.version);
    assert.equal((await unit.run()).status, 'ok');
    assert.equal(unit.unit.progress?.().unsavedSinceMs, undefined);
    its.assertAllOnce();
  });

  it('is waited for for a minute where a store never answers: delivery goes on, and it catches up', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    its.add('a');
    await unit.run();
    await its.pass(2000);
    its.store.hang();
    its.add('b');
    await its.pass(61_000);
    its.add('c');
    await its.calm();
    its.assertAllOnce();
    const { error } = await unit.run();
    assert.equal(error?.code, 'TOKEN_STORE_FAILED');
    assert.match(error?.message ?? '', /no answer within 60000 ms; delivery goes on/);
    its.store.answer();
    await its.pass(120_000);
    assert.equal(its.store.tokens.get('event')?.resourceVersion, its.server.version);
    assert.equal((await unit.run()).status, 'ok');
  });

  it('that cannot be loaded ends what was begun; the next run begins anew', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    its.add('a');
    its.store.failNext(1);
    assert.equal((await unit.run()).status, 'ok', 'nothing has failed yet');
    await its.calm();
    const second = await unit.run();
    assert.deepEqual([second.error?.code, second.ledger.read], ['TOKEN_STORE_FAILED', 0]);
    await its.calm();
    its.assertAllOnce();
  });

  it('of a history that was rewritten is removed at once, and everything is delivered', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    its.add('a');
    const restored = its.server.version;
    its.add('b', 'c');
    await unit.run();
    await its.pass(2000);
    its.server.rewriteHistory(restored);
    its.add('d');
    const here = its.server.events.map(({ metadata }) => `${metadata.uid}:${metadata.resourceVersion}`);
    await its.pass(60_000);
    assert.ok(its.store.log.includes('remove event'));
    assert.equal(its.store.tokens.get('event')?.resourceVersion, its.server.version);
    for (const id of here) assert.ok(its.told().includes(id), `${id} is missing`);
    const { warnings, gaps } = await unit.run();
    assert.ok(warnings.some((warning) => /history was rewritten/.test(warning)));
    assert.deepEqual(
      gaps.map(({ cause, loss }) => [cause, loss]),
      [['rewound', 'rewritten']],
    );
  });
});
