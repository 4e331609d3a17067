/** What a probe is told of watch mode, and how it notices a watch that is dead without a word. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Watching, watching } from './watching.ts';

const progress = (unit: ReturnType<Watching['unit']>) => unit.unit.progress?.() ?? assert.fail('it tells none');

describe('a watch that is half dead', () => {
  it('is opened again after a minute of silence, and it is said where events were waiting', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    its.add('a');
    its.server.fail({ watch: true, how: 'stall' });
    await unit.run();
    await its.calm();
    its.add('b');
    await its.pass(59_999);
    assert.equal(its.told().length, 1);
    await its.pass(1);
    its.assertAllOnce();
    const { status, warnings } = await unit.run();
    assert.equal(status, 'ok');
    assert.deepEqual(
      warnings.map((warning) => /^events were waiting .* silent for 60 s/.test(warning)),
      [true],
    );
  });

  it('says nothing where it was only quiet', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    await unit.run();
    await its.pass(61_500);
    its.add('a');
    await its.pass(1000);
    assert.deepEqual((await unit.run()).warnings, []);
    its.assertAllOnce();
  });
});

describe('the progress of watch mode', () => {
  it('tells the books at this moment, when the server was last heard of, and when the token was saved', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    assert.equal(progress(unit).live, true);
    await unit.run();
    await its.pass(5000);
    its.add('a', 'b');
    await its.calm();
    const { live, ledger, lastReadAtMs, lastSaveAtMs } = progress(unit);
    assert.deepEqual(
      [live, ledger.read, ledger.delivered, lastReadAtMs, lastSaveAtMs],
      [true, 2, 2, its.clock.nowMs(), its.clock.nowMs()],
    );
    await unit.run();
    assert.equal(progress(unit).ledger.read, 0, 'it has been told');
  });

  it('is live while the server is away, as it is asked again and again', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    await unit.run();
    await its.calm();
    its.server.stopEtcd();
    await its.pass(600_000);
    assert.equal(progress(unit).live, true);
    assert.equal((await unit.run()).error?.code, 'API_UNAVAILABLE');
    its.server.startEtcd();
    its.add('a');
    await its.pass(120_000);
    its.assertAllOnce();
  });

  it('is not live when its reader neither reads nor fails for three minutes', async (t) => {
    const its = await watching(t);
    const unit = its.unit();
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    await unit.run({ api: { open: () => promise, json: () => Promise.reject(new Error('no')) } });
    await its.pass(180_000);
    assert.equal(progress(unit).live, true);
    await its.pass(1);
    assert.equal(progress(unit).live, false);
    reject(new Error('at last'));
    await its.calm();
    assert.equal(progress(unit).live, true);
  });

  it('is live when the reader only waits for room', async (t) => {
    const its = await watching(t);
    const unit = its.unit({ bufferSize: 1 });
    await unit.run();
    await its.calm();
    its.sender.holdCommits();
    its.add('a', 'b', 'c');
    await its.pass(250_000);
    assert.equal(progress(unit).live, true);
    its.sender.releaseCommits();
    await its.pass(60_000);
    its.assertAllOnce();
  });

  it('is not live when a commit lasts for more than five minutes, and is again when it has ended', async (t) => {
    const its = await watching(t);
    const unit = its.unit({ commitTimeoutMs: 900_000 });
    await unit.run();
    await its.calm();
    its.sender.holdCommits();
    its.add('a');
    await its.pass(300_000);
    assert.equal(progress(unit).live, true);
    await its.pass(1);
    assert.equal(progress(unit).live, false);
    its.sender.releaseCommits();
    await its.calm();
    assert.equal(progress(unit).live, true);
  });

  it('needs one timer while nothing happens: that of the silence', async (t) => {
    const its = await watching(t);
    await its.unit().run();
    its.add('a');
    await its.pass(5000);
    const ours = its.clock.sleepers.filter(({ ms }) => ms < 300_000);
    assert.equal(ours.length, 1, JSON.stringify(its.clock.sleepers));
  });
});
