/** How watch mode ends, and what comes after it: a stop, a lost lease, another leader. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KubeCheckError } from '../../src/errors.ts';
import type { Fence } from '../../src/leader-elector.ts';
import { type Watching, watching } from './watching.ts';

const fence = (term: number): Fence => ({ holder: 'me', term, lease: 'l' });
const stored = ({ store }: Watching) => store.tokens.get('event')?.resourceVersion;

/** A commit is under way, and there are more events than it holds. */
async function midway(its: Watching, term?: { readonly tenure: AbortSignal; readonly fence: Fence }) {
  const unit = its.unit({ maxPerCommit: 1 });
  await unit.run(term);
  await its.calm();
  its.sender.holdCommits();
  its.add('a', 'b', 'c');
  await its.calm();
  assert.equal(its.sender.committing, true);
  return unit;
}

describe('the end of watch mode', () => {
  it('is not kept from by a sender that refuses: reading that has failed for good is told and begun again', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    await unit.run();
    await its.calm();
    its.sender.rejectNext(1000);
    its.add('a');
    await its.calm();
    const grant = its.server.deny((asked) => 'resource' in asked && asked.resource === 'events');
    its.server.cutWatches('reset');
    await its.pass(40_000);
    const failed = await unit.run();
    assert.equal(failed.error?.code, 'API_DENIED');
    assert.ok(
      failed.warnings.some((warning) => warning.includes('rejected the commit')),
      failed.warnings.join(),
    );
    await its.pass(600_000);
    assert.equal(unit.unit.progress?.().live, true, 'a restart would not help');
    grant();
    its.add('b');
    await unit.run();
    await its.pass(40_000);
    assert.equal((await unit.run()).ledger.pending, 2, 'it reads again, though the sender still refuses');
  });

  describe('by a stop', () => {
    it('awaits the commit in hand, saves the token, closes the watch, and begins nothing more', async (t) => {
      const its = await watching(t);
      const unit = await midway(its);
      let stopped = false;
      const stopping = unit.unit.stop?.().then(() => {
        stopped = true;
      });
      await its.calm();
      assert.deepEqual([stopped, its.server.openWatches.length], [false, 0]);
      its.sender.releaseCommits();
      await its.calm();
      assert.equal(stopped, true);
      await stopping;
      const [first] = its.server.eventVersions;
      assert.deepEqual(its.told(), [first?.id]);
      assert.equal(stored(its), first?.resourceVersion);
      assert.equal(its.clock.pending, 0, 'a timer was left');
      its.add('d');
      await its.pass(60_000);
      assert.deepEqual(its.told(), [first?.id]);
      await unit.stop();
      await its.unit().run();
      await its.calm();
      its.assertAllOnce();
    });

    it('is nothing before the first run', async (t) => {
      const its = await watching(t);
      await its.unit().stop();
      assert.deepEqual([its.store.log, its.clock.pending], [[], 0]);
    });

    it('is not held for ever by a store that never answers', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      await unit.run();
      await its.pass(2000);
      its.store.hang();
      its.add('a');
      await its.calm();
      await unit.stop();
      assert.ok(its.clock.monotonicMs() <= 2000 + 2 * 60_000);
      its.assertAllOnce();
    });
  });

  describe('by the end of the term', () => {
    it('is the same; what is not committed is booked as repeated, as the next leader reads it', async (t) => {
      const its = await watching(t);
      const lost = new AbortController();
      const unit = await midway(its, { tenure: lost.signal, fence: fence(1) });
      lost.abort(new Error('lost'));
      await its.calm();
      assert.equal(its.server.openWatches.length, 0);
      const during = unit.takeEvents({ ledElsewhere: true });
      assert.deepEqual([during.ledger.pending, during.ledger.repeated], [3, 0], 'a commit is still under way');
      its.sender.releaseCommits();
      await its.calm();
      const { ledger, caughtUp } = unit.takeEvents({ ledElsewhere: true });
      assert.deepEqual([ledger.delivered, ledger.repeated, ledger.pending, caughtUp], [1, 2, 0, false]);
      assert.equal(stored(its), its.server.eventVersions[0]?.resourceVersion);

      const other = its.unit();
      await other.run({ fence: fence(2) });
      await its.calm();
      its.assertAllOnce();
      assert.equal(its.store.fences.at(-1)?.term, 2);
      await other.stop();

      const again = new AbortController();
      await unit.run({ tenure: again.signal, fence: fence(3) });
      await its.calm();
      its.add('d');
      await its.calm();
      its.assertAllOnce();
      assert.equal(its.store.log.filter((line) => line === 'load event').length, 3, 'each term loads anew');
    });

    it('is awaited by a new term: two at once would deliver twice', async (t) => {
      const its = await watching(t);
      const lost = new AbortController();
      const unit = await midway(its, { tenure: lost.signal, fence: fence(1) });
      lost.abort(new Error('lost'));
      await unit.run({ fence: fence(2) });
      await its.calm();
      assert.deepEqual([its.server.openWatches.length, its.store.log], [0, ['load event', 'save event 4']]);
      its.sender.releaseCommits();
      await its.calm();
      its.assertAllOnce();
    });

    it('makes the next term load the token anew, also where no run has told of the loss', async (t) => {
      const its = await watching(t);
      const lost = new AbortController();
      const unit = await midway(its, { tenure: lost.signal, fence: fence(1) });
      lost.abort(new Error('lost'));
      its.sender.releaseCommits();
      await its.calm();
      const other = its.unit();
      await other.run({ fence: fence(2) });
      await its.calm();
      await other.stop();
      its.assertAllOnce();
      await unit.run({ fence: fence(3) });
      await its.calm();
      its.assertAllOnce();
      assert.equal((await unit.run({ fence: fence(3) })).ledger.pending, 0);
    });

    it('leaves the place to a term that is the same, as nobody else can have led', async (t) => {
      const its = await watching(t);
      const lost = new AbortController();
      const unit = await midway(its, { tenure: lost.signal, fence: fence(1) });
      lost.abort(new Error('lost'));
      its.sender.releaseCommits();
      await its.calm();
      await unit.run({ tenure: new AbortController().signal, fence: fence(1) });
      await its.calm();
      its.assertAllOnce();
      const { ledger } = await unit.run({ tenure: new AbortController().signal, fence: fence(1) });
      assert.equal(ledger.repeated, 0);
      assert.equal(its.store.log.filter((line) => line === 'load event').length, 1);
    });

    it('begins nothing in a run whose term is over', async (t) => {
      const its = await watching(t);
      its.add('a');
      await its.unit().run({ tenure: AbortSignal.abort() });
      await its.calm();
      assert.deepEqual([its.told(), its.store.log], [[], []]);
    });
  });

  describe('by a lease that ran out before its timer could tell', () => {
    it('hands over and saves nothing, says FENCED, and goes on in the next term', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      let leftMs = 5000;
      const term = { tenure: new AbortController().signal, fence: fence(1), remainingMs: () => leftMs };
      its.add('a');
      await unit.run(term);
      await its.pass(2000);
      const { length } = its.store.log;
      leftMs = 0;
      its.add('b');
      await its.calm();
      assert.deepEqual([its.told().length, its.store.log.length], [1, length]);
      leftMs = 5000;
      const { error, ledger } = await unit.run({ ...term, tenure: new AbortController().signal, fence: fence(2) });
      assert.deepEqual([error?.code, ledger.pending], ['FENCED', 1]);
      await its.calm();
      its.assertAllOnce();
      assert.equal((await unit.run({ ...term, fence: fence(2) })).status, 'ok');
    });

    it('gives a commit no more time than is left', async (t) => {
      const its = await watching(t);
      const unit = its.unit({ commitTimeoutMs: 30_000 });
      await unit.run({ fence: fence(1), remainingMs: () => 3000 });
      await its.calm();
      its.sender.holdCommits();
      its.add('a');
      await its.pass(2999);
      assert.equal(its.sender.committing, true);
      await its.pass(1);
      const { error } = await unit.run({ fence: fence(1), remainingMs: () => 3000 });
      assert.equal(error?.code, 'COMMIT_FAILED');
      assert.match(error?.message ?? '', /within 3000 ms/);
      its.sender.releaseCommits();
    });
  });

  it('by a store that knows a newer leader', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    await unit.run({ fence: fence(1) });
    await its.pass(2000);
    its.store.failNext(10, new KubeCheckError('FENCED', 'another leads'));
    its.add('a');
    await its.calm();
    assert.equal(its.server.openWatches.length, 0);
    its.add('b');
    await its.calm();
    assert.equal(its.told().length, 1);
    its.store.answer();
    const { error } = await unit.run({ fence: fence(1) });
    assert.equal(error?.code, 'FENCED');
  });
});
