/** Counts in watch mode, where no event is told that they could go along with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watching } from './watching.ts';

const nothingIsTold = { query: 'false', mode: 'watch' } as const;
const seen = ({ counts }: { readonly counts: readonly { readonly value: number }[] }) =>
  counts.reduce((sum, { value }) => sum + value, 0);

describe('counts of events of which none is told, in watch mode', () => {
  it('are committed by themselves, one commit a period however many batches rules leave out', async (t) => {
    const w = await watching(t);
    const { run } = w.unit(nothingIsTold);
    await run();
    await w.calm();
    for (let second = 0; second < 20; second++) {
      w.add(`a${second}`, `b${second}`);
      await w.pass(1000);
    }
    assert.ok(w.sender.batches.length >= 1 && w.sender.batches.length <= 3, `${w.sender.batches.length} commits`);
    await w.pass(10_000);
    const sum = w.sender.batches.reduce((total, batch) => total + seen(batch), 0);
    assert.equal(sum, 40);
    const commits = w.sender.batches.length;
    await w.pass(60_000);
    assert.equal(w.sender.batches.length, commits, 'nothing was counted, and something committed');
    assert.deepEqual((await run()).ledger.filteredBy, { query: 40 });
  });

  it('are handed over at the end', async (t) => {
    const w = await watching(t);
    const { run, stop } = w.unit(nothingIsTold);
    await run();
    await w.calm();
    w.add('a', 'b');
    await w.pass(100);
    assert.deepEqual(w.sender.batches, []);
    await stop();
    assert.deepEqual(w.sender.batches.map(seen), [2]);
  });

  it('are told as a failed commit by the next report, once', async (t) => {
    const w = await watching(t);
    const { run } = w.unit(nothingIsTold);
    await run();
    await w.calm();
    w.add('a');
    w.sender.rejectNext();
    await w.pass(10_000);
    assert.deepEqual(
      w.sender.batches.map(({ outcome }) => outcome),
      ['rejected'],
    );
    const { status, error } = await run();
    assert.deepEqual([status, error?.code], ['failed', 'COMMIT_FAILED']);
    assert.equal((await run()).status, 'ok');
  });
});
