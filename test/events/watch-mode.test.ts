/** Watch mode as a host sees it, over real HTTP: it delivers between runs, and a run only tells. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watching } from './watching.ts';

const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const fresh = () => new AbortController().signal;

describe('events in watch mode', () => {
  it('are delivered and committed as they come, and the next run tells of them', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    its.add('a', 'b');
    const first = await unit.run();
    assert.deepEqual([first.status, first.ledger.read, first.caughtUp], ['ok', 0, false]);
    await its.calm();
    its.assertAllOnce();
    its.add('c');
    await its.calm();
    its.assertAllOnce();
    assert.equal(its.clock.monotonicMs(), 0, 'and no time has passed');
    const second = await unit.run();
    assert.deepEqual(
      [second.status, second.ledger.read, second.ledger.delivered, second.caughtUp, second.warnings],
      ['ok', 3, 3, true, []],
    );
    its.server.updateEvent({ name: 'a' }, { count: 2 });
    await its.calm();
    const third = await unit.run();
    assert.deepEqual([third.ledger.read, third.ledger.delivered, third.ledger.pending], [1, 1, 0]);
    its.assertAllOnce();
  });

  it('go on where the store says, once', async (t) => {
    const its = await watching(t);
    its.add('a');
    const before = its.unit();
    await before.run();
    await its.calm();
    await before.stop();
    its.add('b');
    await its.unit().run();
    await its.calm();
    its.assertAllOnce();
  });

  it('are one stream, however often it is run, and also in a loop of a host that gives each run a signal of its own', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    for (let runs = 0; runs < 4; runs++) {
      await unit.run({ signal: fresh(), tenure: fresh() });
      its.add(`e${runs}`);
      await its.calm();
      assert.equal(its.server.openWatches.length, 1);
    }
    its.assertAllOnce();
    await unit.stop();
    assert.equal(its.server.openWatches.length, 0);
  });

  it('go on though the run that began it is ended', async (t) => {
    const its = await watching(t);
    const run = new AbortController();
    await its.unit().run({ signal: run.signal, tenure: fresh() });
    run.abort(new Error('host'));
    its.add('a');
    await its.calm();
    its.assertAllOnce();
  });

  describe('in batches', () => {
    it('hold no more than a commit may', async (t) => {
      const its = await watching(t);
      await its.unit({ maxPerCommit: 3 }).run();
      await its.calm();
      its.sender.holdCommits();
      its.add(...names('e', 8));
      await its.calm();
      its.sender.releaseCommits();
      await its.calm();
      const sizes = its.sender.batches.map(({ events }) => events.length);
      assert.ok(sizes.every((size) => size <= 3));
      its.assertAllOnce();
    });

    it('are closed when they are full, or as old as the window', async (t) => {
      const its = await watching(t);
      await its.unit({ maxPerCommit: 3, batchWindowMs: 1000 }).run();
      await its.calm();
      its.add('a');
      await its.pass(600);
      its.add('b');
      await its.pass(399);
      assert.equal(its.sender.batches.length, 0);
      await its.pass(1);
      assert.deepEqual(
        its.sender.batches.map(({ events }) => events.length),
        [2],
      );
      its.add('c', 'd', 'e');
      await its.calm();
      assert.deepEqual(
        its.sender.batches.map(({ events }) => events.length),
        [2, 3],
        'a full one waits for nothing',
      );
      its.assertAllOnce();
    });
  });

  describe('are caught up', () => {
    it('when the stream is open and quiet, or brings what has just happened', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      its.add('old');
      await its.pass(60_000);
      await unit.run();
      await its.calm();
      assert.equal((await unit.run()).caughtUp, false, 'the stream is open, and may be about to bring more');
      await its.pass(500);
      assert.equal((await unit.run()).caughtUp, true);
    });

    it('not while something waits for its commit', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      await unit.run();
      await its.pass(1000);
      its.sender.holdCommits();
      its.add('a');
      await its.calm();
      const waiting = await unit.run();
      assert.deepEqual([waiting.caughtUp, waiting.ledger.pending], [false, 1]);
      its.sender.releaseCommits();
      await its.pass(1000);
      const after = await unit.run();
      assert.deepEqual([after.caughtUp, after.ledger.carried, after.ledger.delivered], [true, 1, 1]);
    });
  });

  describe('that may not be read', () => {
    it('are told of; what was read is delivered, and the next run begins anew', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      await unit.run();
      await its.calm();
      its.sender.holdCommits();
      its.add('a');
      await its.calm();
      const allow = its.server.deny((asked) => asked.path === undefined && asked.resource === 'events');
      its.server.cutWatches();
      await its.calm();
      its.sender.releaseCommits();
      await its.calm();
      its.assertAllOnce();
      const { status, error, ledger, caughtUp } = await unit.run();
      assert.deepEqual([status, error?.code, ledger.delivered, caughtUp], ['failed', 'API_DENIED', 1, false]);
      assert.match(error?.message ?? '', /the next run goes on from \d+$/);
      await its.calm();
      allow();
      its.add('b');
      assert.equal((await unit.run()).error?.code, 'API_DENIED', 'it was tried again, in vain');
      await its.calm();
      its.assertAllOnce();
      assert.equal((await unit.run()).status, 'ok');
    });

    it('for a while only are asked for again without any run, and it is said', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      await unit.run();
      await its.calm();
      its.server.fail({ path: /events$/, status: 500, times: 5 });
      its.server.cutWatches();
      await its.calm();
      const during = await unit.run();
      assert.deepEqual([during.status, during.error?.code, during.caughtUp], ['failed', 'API_UNAVAILABLE', false]);
      its.add('a');
      await its.pass(60_000);
      its.assertAllOnce();
      const after = await unit.run();
      assert.equal(after.status, 'ok');
      assert.match(after.warnings[0] ?? '', /tried again after \d+ ms/);
    });
  });

  describe('that a sender refuses', () => {
    it('are handed over again after a backoff: the same objects, before anything newer', async (t) => {
      const its = await watching(t);
      const unit = its.unit();
      await unit.run();
      await its.calm();
      its.sender.rejectNext(3);
      its.add('a');
      await its.calm();
      its.add('b');
      await its.pass(399);
      assert.equal(its.sender.batches.length, 1);
      const during = await unit.run();
      assert.deepEqual([during.status, during.error?.code, during.ledger.pending], ['failed', 'COMMIT_FAILED', 2]);
      assert.match(during.error?.message ?? '', /2 event\(s\) read and kept/);
      await its.pass(1);
      assert.equal(its.sender.batches.length, 2);
      await its.pass(60_000);
      const [one, two, three, four] = its.sender.batches.map(({ events: [event] }) => event);
      assert.ok(one !== undefined && one === two && two === three && three === four, 'not the same object');
      its.assertAllOnce();
      const after = await unit.run();
      assert.deepEqual([after.status, after.ledger.delivered, after.ledger.pending], ['ok', 2, 0]);
    });

    it('are read on until the buffer is full, and then reading waits: the watch is closed after 5 s, and opened again', async (t) => {
      const its = await watching(t);
      const unit = its.unit({ bufferSize: 10, maxPerCommit: 5 });
      await unit.run();
      await its.calm();
      its.sender.holdCommits();
      its.add(...names('e', 600));
      await its.calm();
      assert.equal(its.server.openWatches.length, 1);
      await its.pass(5000);
      assert.equal(its.server.openWatches.length, 0, 'what nobody reads costs the server memory');
      const { ledger } = await unit.run();
      assert.ok(ledger.pending >= 10 && ledger.pending < 300, `${ledger.pending} are held`);
      await its.pass(20_000);
      assert.equal((await unit.run()).ledger.read, 0);
      its.sender.releaseCommits();
      await its.pass(60_000);
      assert.equal(its.server.openWatches.length, 1);
      its.assertAllOnce();
    });
  });
});
