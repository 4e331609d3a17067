/** Folding as a host sees it, in both modes: what is told, what the books say, and what a stop, a kill and a lost lease make of what is held. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isNewer } from '../../src/kube/version.ts';
import type { Sender } from '../../src/sender.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import { collecting } from './collecting.ts';
import { loggingStore } from './logging-store.ts';
import { type Watching, watching } from './watching.ts';

const windowMs = 10_000;
const ignored = (): void => undefined;
const silent = { gauge: ignored, count: ignored, serviceCheck: ignored, event: ignored };
const stored = ({ store }: Pick<Watching, 'store'>) => store.tokens.get('event')?.resourceVersion ?? '';
const counts = ({ sender }: Watching) => sender.events.map(({ sources: [source] }) => source.count);
/** The first version of `a` is told, the others are held, below `b`, which is committed. */
async function holdBelow(its: Watching): Promise<void> {
  its.add('a');
  await its.calm();
  for (const count of [2, 3, 4]) its.server.updateEvent({ name: 'a' }, { count });
  its.add('b');
}

describe('folding in watch mode', () => {
  async function begun(its: Watching, options: Parameters<Watching['unit']>[0] = {}) {
    const unit = its.unit({ foldRepeatsMs: windowMs, checkpointIntervalMs: 0, ...options });
    await unit.run();
    await its.calm();
    return unit;
  }

  it('makes a few events of a storm, each with the last count and times, and books the others', async (t) => {
    const its = await watching(t);
    const unit = await begun(its);
    its.add('a');
    for (let count = 2; count <= 1000; count++) {
      its.server.updateEvent({ name: 'a' }, { count, lastTimestamp: new Date(its.clock.nowMs()).toISOString() });
      if (count % 40 === 0) await its.pass(1000);
    }
    await its.calm();
    const during = await unit.run();
    assert.deepEqual([during.ledger.pending, during.caughtUp], [1, true], 'what is held makes nobody late');
    await its.pass(windowMs);
    assert.deepEqual(counts(its), [1, 400, 800, 1000]);
    const [source] = its.sender.events.at(-1)?.sources ?? [];
    assert.equal(source?.lastAtMs, Date.UTC(2026, 0, 1, 0, 0, 24));
    const { ledger } = await unit.run();
    assert.deepEqual(
      [during.ledger.read, during.ledger.folded, during.ledger.delivered + ledger.delivered, ledger.pending],
      [1000, 996, 4, 0],
    );
    await its.pass(windowMs);
    assert.equal(stored(its), its.server.version);
    assert.equal(counts(its).length, 4);
  });

  it('keeps the stored token below what is held, however much is committed above it', async (t) => {
    const its = await watching(t);
    await begun(its);
    await holdBelow(its);
    its.add('c', 'd');
    await its.pass(5000);
    const held = its.server.eventVersions[3]?.resourceVersion ?? '';
    assert.deepEqual([its.told().length, isNewer(held, stored(its))], [4, true]);
    await its.pass(windowMs);
    assert.deepEqual([counts(its), stored(its)], [[1, 1, 1, 1, 4], its.server.version]);
  });

  it('tells the held version again after a kill, and only what was committed above the token comes twice', async (t) => {
    const its = await watching(t);
    await begun(its);
    await holdBelow(its);
    await its.pass(2000);
    // What the first process still does is of no account.
    const store = loggingStore();
    for (const [key, token] of its.store.tokens) store.tokens.set(key, token);
    const sender = new RecordingSender();
    const other = its.unit({ foldRepeatsMs: windowMs }, { store, sender });
    await other.run();
    await its.pass(windowMs + 2000);
    const [, , , held, b] = its.server.eventVersions.map(({ id }) => id);
    assert.deepEqual(sender.committedSourceIds(), [held, b]);
  });

  it('commits at a stop what is held below what is committed, so that nothing comes twice', async (t) => {
    const its = await watching(t);
    const unit = await begun(its);
    await holdBelow(its);
    await its.pass(2000);
    assert.deepEqual(counts(its), [1, 1]);
    await unit.stop();
    const committed = counts(its);
    assert.deepEqual(its.clock.pending, 0);
    await begun(its);
    await its.pass(2 * windowMs);
    assert.deepEqual(
      [committed, counts(its)],
      [
        [1, 1, 4],
        [1, 1, 4],
      ],
    );
    assert.deepEqual(its.sender.duplicateSourceIds(), []);
  });

  it('ends all the same where the sender refuses; then what was committed above comes again', async (t) => {
    const its = await watching(t);
    const unit = await begun(its);
    await holdBelow(its);
    await its.pass(2000);
    its.sender.rejectNext(1);
    await unit.stop();
    assert.deepEqual([its.told().length, its.clock.pending], [2, 0]);
    await begun(its);
    await its.pass(2 * windowMs);
    const [first, , , held, b] = its.server.eventVersions.map(({ id }) => id);
    assert.deepEqual(its.told(), [first, b, held, b]);
  });

  it('is not kept from a stop by a sender that hangs', async (t) => {
    const its = await watching(t);
    const unit = await begun(its, { maxPerCommit: 1, commitTimeoutMs: 5000 });
    for (const name of ['a', 'c', 'd']) {
      its.add(name);
      its.server.updateEvent({ name }, { count: 2 });
    }
    its.add('b');
    await its.calm();
    assert.equal(its.told().length, 4);
    const atMs = its.clock.monotonicMs();
    its.sender.holdCommits({ heedAbort: true });
    await unit.stop();
    assert.equal(its.clock.monotonicMs() - atMs, 5000);
  });

  it('commits what is held when the term ends while the lease still holds, and nothing when it does not', async (t) => {
    for (const leftMs of [5000, 0]) {
      const its = await watching(t);
      const lost = new AbortController();
      const unit = its.unit({ foldRepeatsMs: windowMs, checkpointIntervalMs: 0 });
      let remainingMs = 15_000;
      const fence = { holder: 'me', term: 1, lease: 'l' };
      await unit.run({ tenure: lost.signal, fence, remainingMs: () => remainingMs });
      await its.calm();
      await holdBelow(its);
      await its.pass(2000);
      remainingMs = leftMs;
      lost.abort(new Error('lost'));
      await its.calm();
      const { ledger } = unit.takeEvents({ ledElsewhere: true });
      assert.deepEqual(counts(its), leftMs > 0 ? [1, 1, 4] : [1, 1]);
      assert.deepEqual([ledger.folded, ledger.repeated, ledger.pending], [2, leftMs > 0 ? 0 : 1, 0]);
    }
  });

  it('does not take what is held for a full buffer, which only time could empty', async (t) => {
    const its = await watching(t);
    const unit = await begun(its, { bufferSize: 2 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) {
      its.add(name);
      await its.calm();
      its.server.updateEvent({ name }, { count: 2 });
      await its.calm();
    }
    const { ledger } = await unit.run();
    assert.deepEqual([ledger.delivered, ledger.pending, its.server.openWatches.length], [5, 5, 1]);
    await its.pass(windowMs);
    its.assertAllOnce();
  });

  it('tells what is held before a list that bridges a gap', async (t) => {
    const its = await watching(t);
    await begun(its);
    its.add('a');
    its.server.updateEvent({ name: 'a' }, { count: 2 });
    await its.calm();
    its.server.cutWatches('reset');
    its.add('b');
    its.server.compact();
    await its.pass(5000);
    assert.deepEqual(counts(its), [1, 2, 1]);
    its.assertAllOnce();
    assert.equal(stored(its), its.server.version);
  });
});

describe('folding in poll mode', () => {
  it('holds what is repeated over runs, and tells it in the first run after its window', async (t) => {
    const its = await watching(t);
    const { unit } = its.unit({ mode: 'poll', foldRepeatsMs: windowMs });
    const run = () => its.clock.runUntil(unit.run(its.context()), { idle: () => its.server.idle() });
    await run();
    its.add('a');
    const folded: (number | undefined)[] = [];
    for (let count = 2; count <= 1000; count++) {
      its.server.updateEvent({ name: 'a' }, { count });
      if (count % 200 === 0) folded.push((await run())?.events?.ledger.folded);
    }
    assert.deepEqual([counts(its), folded], [[1], [198, 200, 200, 200, 200]]);
    await its.pass(windowMs);
    await run();
    assert.deepEqual(counts(its), [1, 1000]);
  });

  const folding = { foldRepeatsMs: windowMs, checkpointIntervalMs: 0 };
  /** The last of `a` is held, below `b`, which is committed. */
  async function held(its: ReturnType<typeof collecting>) {
    its.world.skip();
    const process = its.process(folding);
    await process.run();
    const ids = [...'aaab'].map((key) => its.world.write(key));
    const ran = await process.run();
    assert.deepEqual([ran.ledger.delivered, ran.ledger.folded, ran.ledger.pending, ran.caughtUp], [2, 1, 1, true]);
    return { process, ids };
  }
  const token = (its: ReturnType<typeof collecting>) => its.store.tokens.get('event')?.resourceVersion;

  it('commits at a stop what is held below what is committed, and saves the token', async () => {
    const its = collecting();
    const { process, ids } = await held(its);
    assert.equal(token(its), '1');
    await process.stop();
    assert.deepEqual([its.sender.committedSourceIds(), token(its)], [[ids[0], ids[3], ids[2]], '5']);
    const next = await its.process(folding).run();
    assert.deepEqual([next.ledger.read, its.clock.pending], [0, 0]);
  });

  it('ends a stop within one bound, however slow the sender and however many batches are held', async () => {
    const its = collecting();
    // Each commit ends before its time is over.
    const sender: Sender = { ...silent, commit: ({ signal }) => its.clock.sleep(20_000, { signal }) };
    its.world.skip();
    const process = its.process({ ...folding, foldRepeatsMs: 3_600_000, maxPerCommit: 1 }, { sender });
    await process.run();
    for (const key of 'abcdefgh') its.world.write(key);
    for (const key of 'abcdefgh') its.world.write(key);
    its.world.write('z');
    await process.run();
    const begunAtMs = its.clock.monotonicMs();
    await process.stop();
    assert.equal(its.clock.monotonicMs() - begunAtMs, 30_000);
  });

  it('commits at a stop also what alone is held, as all up to it has been read and dealt with', async () => {
    const its = collecting();
    its.world.skip();
    const process = its.process(folding);
    await process.run();
    const ids = [...'aaa'].map((key) => its.world.write(key));
    await process.run();
    await process.stop();
    assert.deepEqual(its.sender.committedSourceIds(), [ids[0], ids[2]]);
    assert.equal(token(its), '4');
  });

  it('tells what is held of a history that was rewritten, and keeps none of its places', async () => {
    const its = collecting();
    const { process, ids } = await held(its);
    its.world.rewrite(2);
    const c = its.world.write('c');
    its.world.write('c');
    const [, , held3] = ids;
    const ran = await process.run();
    assert.deepEqual([ran.status, ran.gaps[0]?.cause, ran.caughtUp], ['ok', 'rewound', true]);
    assert.ok(its.sender.committedSourceIds().includes(held3 ?? ''));
    assert.equal(token(its), '4');
    for (const key of 'aab') its.world.write(key);
    await process.run();
    await its.clock.advance(windowMs);
    await process.run();
    await process.stop();
    assert.equal(token(its), its.world.version);
    assert.ok(
      its.world.ids.every((id) => its.sender.committedSourceIds().includes(id)),
      c,
    );
  });

  it('waits at a stop for the run that is under way, and commits no batch twice', async () => {
    const its = collecting();
    const { process, ids } = await held(its);
    const c = its.world.write('c');
    its.sender.holdCommits();
    const running = process.run();
    await its.sender.whenCommitting();
    const stopping = process.stop();
    its.sender.releaseCommits();
    await Promise.all([running, stopping]);
    assert.deepEqual([its.sender.committedSourceIds(), token(its)], [[ids[0], ids[3], c, ids[2]], '6']);
  });

  it('begins nothing at a stop without the lease, and ends all the same', async (t) => {
    const its = await watching(t);
    const { unit } = its.unit({ mode: 'poll', foldRepeatsMs: windowMs });
    let remainingMs = 10_000;
    const context = { ...its.context(), remainingMs: () => remainingMs };
    await its.clock.runUntil(unit.run(context), { idle: () => its.server.idle() });
    await holdBelow(its);
    await its.clock.runUntil(unit.run(context), { idle: () => its.server.idle() });
    remainingMs = 0;
    await its.clock.runUntil(unit.stop?.() ?? assert.fail('it has no stop'), { idle: () => its.server.idle() });
    assert.deepEqual(counts(its), [1, 1]);
    assert.deepEqual(unit.takeEvents?.({ ledElsewhere: true }).ledger.repeated, 1);
  });

  it('keeps what is held when the host ends a run', async () => {
    const its = collecting();
    const { process } = await held(its);
    its.world.write('c');
    await its.clock.advance(windowMs);
    const ended = await process.run({ signal: AbortSignal.abort(new Error('host')) });
    assert.deepEqual([ended.ledger.delivered, ended.ledger.pending], [0, 1]);
    const next = await process.run();
    assert.deepEqual([next.ledger.carried, next.ledger.delivered, next.ledger.pending], [1, 2, 0]);
    assert.equal(token(its), '6');
  });

  it('hands a refused batch over again before what was held, and ends without a word where the sender refuses', async () => {
    const its = collecting();
    const { process, ids } = await held(its);
    its.sender.rejectNext(2);
    const c = its.world.write('c');
    const refused = await process.run();
    assert.deepEqual([refused.error?.code, refused.ledger.pending], ['COMMIT_FAILED', 2]);
    await process.stop();
    assert.equal(token(its), '1');
    await its.clock.advance(windowMs);
    await process.run();
    await its.clock.advance(windowMs);
    await process.run();
    assert.deepEqual(its.sender.committedSourceIds(), [ids[0], ids[3], c, ids[2]]);
    assert.equal(token(its), '6');
  });
});
