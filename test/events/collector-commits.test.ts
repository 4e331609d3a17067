/** A collector and a sender that refuses, throws, hangs, or says yes too late. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EventsRejectedError, KubeCheckError } from '../../src/errors.ts';
import type { Sender } from '../../src/sender.ts';
import { type Collecting, collecting } from './collecting.ts';

let it_: Collecting;
beforeEach(() => {
  it_ = collecting();
});

const write = (...keys: readonly string[]): readonly string[] => keys.map((key) => it_.world.write(key));
const tokenStored = () => it_.store.tokens.get('event')?.resourceVersion;

describe('a collector whose sender', () => {
  it('rejects a commit hands over the same objects again in the next run, before anything newer', async () => {
    write('a', 'b');
    const process = it_.process();
    it_.sender.rejectNext(1);
    const first = await process.run();
    assert.deepEqual([first.status, first.error?.code, first.caughtUp], ['failed', 'COMMIT_FAILED', false]);
    assert.deepEqual([first.ledger.read, first.ledger.delivered, first.ledger.pending], [2, 0, 2]);
    assert.match(first.error?.message ?? '', /the next run goes on from 2, 2 event\(s\) read and kept$/);
    assert.equal(tokenStored(), undefined);

    const [news] = write('c');
    const second = await process.run();
    assert.deepEqual([second.status, second.caughtUp], ['ok', true]);
    assert.deepEqual([second.ledger.carried, second.ledger.read, second.ledger.delivered], [2, 1, 3]);
    const [refused, again, newer] = it_.sender.batches;
    assert.ok(refused && again && newer);
    assert.equal(again.events.length, 2);
    for (const [index, event] of again.events.entries()) assert.equal(event, refused.events[index], 'another object');
    assert.deepEqual(
      newer.events.map(({ id }) => id),
      [news],
    );
    assert.equal(tokenStored(), '3');
  });

  it('rejects a commit of a long stream: what was committed before counts, what comes behind is not read on', async () => {
    const process = it_.process({ maxPerCommit: 2, pageSize: 500 });
    write('x');
    await process.run();
    write(...'abcde');
    const observer = { frameRead() {}, relisted() {}, committed: () => it_.sender.rejectNext(1) };
    const { status, ledger } = await process.run({ observer });
    assert.deepEqual([status, ledger.delivered, ledger.pending], ['failed', 2, 3]);
    assert.equal(tokenStored(), '3');
    const second = await process.run();
    assert.deepEqual([second.status, second.ledger.carried, second.ledger.delivered], ['ok', 3, 3]);
    assert.equal(it_.sender.committedSourceIds().length, 6);
  });

  it('keeps refusing is tried with more and more patience, and nothing newer is read meanwhile', async () => {
    write('a');
    const process = it_.process();
    it_.sender.rejectNext(4);
    const triesAtMs: number[] = [];
    for (let run = 0; run < 4; run++) {
      write('b');
      assert.equal((await process.run()).error?.code, 'COMMIT_FAILED');
      triesAtMs.push(it_.clock.monotonicMs());
    }
    assert.deepEqual(triesAtMs, [0, 400, 1200, 2800]);
    assert.deepEqual(it_.world.asked, ['list']);
    assert.equal((await process.run()).ledger.delivered, 5);
    assert.deepEqual(it_.sender.duplicateSourceIds(), []);
  });

  it('refuses events for good blocks, says so in each run, and loses nothing', async () => {
    const [poison] = write('a');
    const process = it_.process();
    it_.sender.rejectNext(2, { error: new EventsRejectedError([poison ?? '']) });
    for (let run = 0; run < 2; run++) {
      const { status, error, ledger } = await process.run();
      assert.deepEqual([status, error?.code, ledger.pending], ['failed', 'EVENTS_REJECTED', 1]);
      assert.match(error?.remedy ?? '', /nothing behind them is delivered before they are/);
      assert.deepEqual(error?.details['ids'], [poison]);
    }
    write('b');
    assert.equal((await process.run()).status, 'ok');
    assert.equal(it_.sender.committedSourceIds().length, 2);
  });

  it('throws at hand-over fails the unit, and gets everything again', async () => {
    write('a', 'b');
    const process = it_.process();
    it_.sender.throwOnHandOver(1);
    const { status, error, ledger } = await process.run();
    assert.deepEqual([status, error?.code, ledger.pending], ['failed', 'SENDER_THREW', 2]);
    assert.equal((await process.run()).status, 'ok');
    assert.equal(it_.sender.committedSourceIds().length, 2);
  });

  it('rejects with an error of another library steers nothing', async () => {
    write('a');
    const process = it_.process();
    it_.sender.rejectNext(1, { error: new KubeCheckError('API_GONE', 'the destination has moved') });
    const { error } = await process.run();
    assert.equal(error?.code, 'COMMIT_FAILED');
    assert.match(error?.message ?? '', /the destination has moved/);
    assert.deepEqual(it_.world.asked, ['list']);
  });

  it('does not answer in time has rejected; its late success is ignored, and there are never two commits at once', async () => {
    write('a', 'b');
    const commits: { readonly end: () => void; readonly signal: AbortSignal; readonly ids: readonly string[] }[] = [];
    let endAtOnce = false;
    let buffer: string[] = [];
    let open = 0;
    const sender: Sender = {
      gauge() {},
      count() {},
      serviceCheck() {},
      event: ({ id }) => void buffer.push(id),
      commit({ signal }) {
        assert.equal(open++, 0, 'two commits at once');
        const ids = buffer;
        buffer = [];
        return new Promise((resolve) => {
          const end = () => {
            open--;
            resolve();
          };
          commits.push({ signal, ids, end });
          if (endAtOnce) end();
        });
      },
    };
    const process = it_.process({ commitTimeoutMs: 5000 }, { sender });
    const first = await process.run();
    assert.deepEqual([first.error?.code, first.ledger.pending], ['COMMIT_FAILED', 2]);
    assert.match(first.error?.message ?? '', /not committed within 5000 ms/);
    assert.equal(commits[0]?.signal.aborted, true);

    const second = await process.run();
    assert.match(second.error?.message ?? '', /not ended an earlier commit within 5000 ms/);
    assert.deepEqual([commits.length, buffer], [1, []], 'nothing was handed over while one was pending');

    endAtOnce = true;
    commits[0]?.end();
    const third = await process.run();
    assert.deepEqual(commits[1]?.ids, commits[0]?.ids, 'a late success acknowledges nothing');
    assert.deepEqual([third.status, tokenStored()], ['ok', '2']);
  });

  it('is asked to commit when the host ends the run is waited for; nothing new is begun, and the next run delivers the rest', async () => {
    write('x');
    const process = it_.process({ maxPerCommit: 2 });
    await process.run();
    write(...'abcde');
    const host = new AbortController();
    it_.sender.holdCommits();
    const running = process.run({ signal: host.signal });
    await it_.sender.whenCommitting();
    host.abort(new Error('host'));
    it_.sender.releaseCommits();
    const { status, ledger, caughtUp } = await running;
    assert.deepEqual([status, ledger.delivered, ledger.pending, caughtUp], ['ok', 2, 3, false]);
    assert.equal(tokenStored(), '3', 'what was committed is saved');
    const aborted = await process.run({ signal: host.signal });
    assert.deepEqual([aborted.ledger.carried, aborted.ledger.pending], [3, 3]);
    const last = await process.run();
    assert.deepEqual([last.status, last.ledger.delivered], ['ok', 3]);
    assert.deepEqual([it_.sender.committedSourceIds().length, it_.sender.duplicateSourceIds()], [6, []]);
  });

  it('is slow does not end the reading', async () => {
    const process = it_.process({ maxPerCommit: 1 });
    write('x');
    await process.run();
    write(...'abc');
    const { commit } = it_.sender;
    it_.sender.commit = async (options) => {
      await it_.clock.sleep(7000);
      return commit.call(it_.sender, options);
    };
    const { status, caughtUp, ledger } = await process.run();
    assert.deepEqual([status, caughtUp, ledger.delivered], ['ok', true, 3]);
    assert.equal(it_.world.openWatches, 0);
  });
});
