import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { commitGate } from '../../src/commit-gate.ts';
import { EventsRejectedError } from '../../src/errors.ts';
import { budgetSpent, isBudgetSpent } from '../../src/events/budget.ts';
import { Delivery, type DeliveryOptions, type DeliveryRun } from '../../src/events/delivery.ts';
import { createLedger, type Ledger } from '../../src/events/ledger.ts';
import type { KubeEvent } from '../../src/kube/wire/event.ts';
import type { CheckEvent } from '../../src/sender.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import { createBackoff } from '../../src/watch/backoff.ts';
import type { Place } from '../../src/watch/output.ts';
import { anEvent } from './kube-event.ts';

const at = (version: string): Place => ({ at: 'version', version });
const events = (...versions: readonly string[]) => versions.map((version) => anEvent({ uid: 'u', version }));
const ordered = { ordered: true };

/** One check event for each; those of version 9 are filtered. */
async function transformed(read: readonly KubeEvent[]) {
  const told = read.filter(({ version }) => version !== '9');
  const made = told.map(
    ({ uid, version }) => ({ id: version, sources: [{ id: `${uid}:${version}` }] }) as unknown as CheckEvent,
  );
  const filtered = read.length - told.length;
  return { events: made, filtered: new Map(filtered > 0 ? [['nine', filtered]] : []) };
}

/** Without its witness, as events of a test are many. */
const bare = (place: Place): Place => (place.at === 'version' ? at(place.version) : place);

describe('the delivery', () => {
  let clock: ManualClock;
  let sender: RecordingSender;
  let ledger: Ledger;
  let delivery: Delivery;
  let reached: Place[];
  let run: DeliveryRun;
  let ended: AbortController;
  let optionsOf: (onRejected: 'block' | 'quarantine') => DeliveryOptions;
  const make = (onRejected: 'block' | 'quarantine') => new Delivery(optionsOf(onRejected));

  beforeEach(() => {
    clock = new ManualClock({ random: 0 });
    sender = new RecordingSender();
    ledger = createLedger();
    reached = [];
    ended = new AbortController();
    const backoff = createBackoff({ random: () => clock.random() });
    optionsOf = (onRejected) => ({
      ...{ maxPerCommit: 2, commitTimeoutMs: 30_000, onRejected, ledger, clock, backoff },
      reached: (place) => void reached.push(bare(place)),
    });
    delivery = make('block');
    run = { gate: commitGate(sender, clock), signal: ended.signal, transform: transformed, warn: assert.fail };
  });

  const batches = () =>
    sender.batches.map(({ outcome, events: handed }) => `${outcome} ${handed.map(({ id }) => id).join(' ')}`);

  it('commits batch by batch, and a place is reached when its batch is committed', async () => {
    delivery.waiting.add(events('1', '2', '3'), at('5'), ordered);
    sender.holdCommits();
    const delivering = delivery.deliver(run);
    await sender.whenCommitting();
    assert.deepEqual([reached, delivery.pending], [[], 3]);
    sender.releaseCommits();
    await delivering;
    assert.deepEqual(batches(), ['committed 1 2', 'committed 3']);
    assert.deepEqual(reached, [at('2'), at('5')]);
    assert.equal(delivery.pending, 0);
  });

  it('leaves what fills no batch, where only full ones are asked for', async () => {
    delivery.waiting.add(events('1', '2', '3'), at('3'), ordered);
    await delivery.deliver(run, { fullOnly: true });
    assert.deepEqual([batches(), reached, delivery.pending], [['committed 1 2'], [at('2')], 1]);
    await delivery.deliver(run, { fullOnly: true });
    assert.deepEqual(batches(), ['committed 1 2']);
    await delivery.deliver(run);
    assert.deepEqual(
      [batches(), reached],
      [
        ['committed 1 2', 'committed 3'],
        [at('2'), at('3')],
      ],
    );
  });

  it('reaches a place without a commit, where there is nothing to tell', async () => {
    delivery.waiting.add([], at('4'), ordered);
    await delivery.deliver(run);
    delivery.waiting.add(events('9', '9'), at('9'), ordered);
    await delivery.deliver(run);
    assert.deepEqual([batches(), reached], [[], [at('4'), at('9')]]);
    assert.deepEqual(ledger.close(0).filteredBy, { nine: 2 });
  });

  it('hands over a refused batch again after a backoff: the same objects, before anything newer', async () => {
    delivery.waiting.add(events('1', '9'), at('9'), ordered);
    sender.rejectNext(2);
    await assert.rejects(delivery.deliver(run), { code: 'COMMIT_FAILED' });
    assert.deepEqual([reached, delivery.pending], [[], 2]);
    delivery.waiting.add(events('10'), at('10'), ordered);
    const again = delivery.deliver(run);
    const failed = assert.rejects(again, { code: 'COMMIT_FAILED' });
    await clock.advance(399);
    assert.equal(sender.batches.length, 1);
    await clock.advance(1);
    await failed;
    assert.equal(sender.batches.length, 2);
    const third = delivery.deliver(run);
    await clock.advance(799);
    assert.equal(sender.batches.length, 2);
    await clock.advance(1);
    await third;
    assert.deepEqual(batches(), ['rejected 1', 'rejected 1', 'committed 1', 'committed 10']);
    const [one, two, three] = sender.batches.map(({ events: [event] }) => event);
    assert.ok(one !== undefined && one === two && two === three, 'not the same object');
    assert.deepEqual(reached, [at('9'), at('10')]);
    const { delivered, filtered } = ledger.close(delivery.pending);
    assert.deepEqual([delivered, filtered, delivery.pending], [2, 1, 0]);
  });

  it('forgets refusals when a batch is committed', async () => {
    for (let round = 0; round < 3; round++) {
      delivery.waiting.add(events('1'), at('1'), ordered);
      sender.rejectNext(1);
      await assert.rejects(delivery.deliver(run));
      const fromMs = clock.monotonicMs();
      await clock.runUntil(delivery.deliver(run));
      assert.equal(clock.monotonicMs() - fromMs, 400);
    }
  });

  it('says again why a batch was refused, where the run ends before the next try', async () => {
    delivery.waiting.add(events('1'), at('1'), ordered);
    sender.rejectNext(1, { error: new EventsRejectedError(['1']) });
    await assert.rejects(delivery.deliver(run), { code: 'EVENTS_REJECTED' });
    const again = delivery.deliver(run);
    ended.abort(budgetSpent(100));
    await assert.rejects(again, { code: 'EVENTS_REJECTED' });
    assert.equal(sender.batches.length, 1);
    assert.equal(delivery.pending, 1);
  });

  it('keeps a batch of which the sender threw, and one of which the transform did', async () => {
    delivery.waiting.add(events('1'), at('1'), ordered);
    await assert.rejects(
      delivery.deliver({ ...run, transform: () => assert.fail('of a tag provider') }),
      /of a tag provider/,
    );
    assert.deepEqual([delivery.pending, reached], [1, []]);
    sender.throwOnHandOver(1);
    await assert.rejects(delivery.deliver(run), { code: 'SENDER_THREW' });
    assert.deepEqual([delivery.pending, reached, batches()], [1, [], []]);
    await clock.runUntil(delivery.deliver(run));
    assert.deepEqual([delivery.pending, reached, batches()], [0, [at('1')], ['committed 1']]);
  });

  it('begins nothing new when the host has ended the run, and ends what is under way', async () => {
    delivery.waiting.add(events('1', '2', '3'), at('3'), ordered);
    sender.holdCommits();
    const delivering = delivery.deliver(run);
    await sender.whenCommitting();
    ended.abort(new Error('host'));
    sender.releaseCommits();
    await delivering;
    assert.deepEqual([batches(), reached, delivery.pending], [['committed 1 2'], [at('2')], 1]);
    await delivery.deliver(run);
    assert.equal(delivery.pending, 1);
    await delivery.deliver({ ...run, signal: new AbortController().signal });
    assert.deepEqual(batches(), ['committed 1 2', 'committed 3']);
  });

  it('brings a page to its place even then: stopping in its middle would tell a part of it twice', async () => {
    delivery.waiting.add(events('7', '3', '5'), at('10'), { ordered: false });
    delivery.waiting.add(events('11'), at('11'), ordered);
    sender.holdCommits();
    const delivering = delivery.deliver(run);
    await sender.whenCommitting();
    ended.abort(new Error('host'));
    sender.releaseCommits();
    await delivering;
    assert.deepEqual([batches(), reached, delivery.pending], [['committed 7 3', 'committed 5'], [at('10')], 1]);
  });

  describe('of events that came late', () => {
    it('commits them when the run has ended, before what waits, and reaches no place by them', async () => {
      const late = events('3', '4', '5');
      delivery.waiting.add(events('6'), at('7'), ordered);
      await delivery.deliver(run);
      delivery.waiting.add(events('8'), at('8'), ordered);
      ended.abort(new Error('host'));
      await delivery.commitFirst(late, run);
      assert.deepEqual([batches(), reached, delivery.pending], [['committed 6', 'committed 3 4'], [at('7')], 2]);
      await delivery.deliver(run);
      assert.equal(delivery.pending, 2, 'stopping here tells nothing twice');
      await delivery.deliver({ ...run, signal: new AbortController().signal });
      assert.deepEqual(batches().slice(2), ['committed 5', 'committed 8']);
      assert.deepEqual(reached, [at('7'), at('8')]);
    });

    it('commits the batch in hand before them, of which some may be', async () => {
      const [one, two] = events('1', '2');
      assert.ok(one && two);
      delivery.waiting.add([one], at('7'), ordered);
      sender.rejectNext(1);
      await assert.rejects(delivery.deliver(run));
      await clock.advance(400);
      await delivery.commitFirst([one, two], run);
      await delivery.commitFirst([], run);
      assert.deepEqual(batches(), ['rejected 1', 'committed 1', 'committed 2']);
      assert.equal(delivery.idle, true);
    });
  });

  it('tells which events are committed, or put aside, before the place that is reached by it', async () => {
    const told: unknown[] = [];
    const one = new Delivery({
      ...optionsOf('quarantine'),
      reached: (place) => void told.push(bare(place)),
      committed: (some) => void told.push(some.map(({ version }) => version)),
    });
    one.waiting.add(events('1', '8', '9'), at('11'), ordered);
    sender.rejectNext(1, { error: new EventsRejectedError(['8']) });
    await one.deliver({ ...run, warn: () => undefined });
    assert.deepEqual(told, [['1', '8'], at('8'), ['9'], at('11')]);
  });

  it('goes on when it is only the budget that is spent', async () => {
    delivery.waiting.add(events('1', '2', '3'), at('3'), ordered);
    ended.abort(budgetSpent(15_000));
    await delivery.deliver(run);
    assert.deepEqual(batches(), ['committed 1 2', 'committed 3']);
  });

  describe('that quarantines', () => {
    let warnings: string[];
    beforeEach(() => {
      warnings = [];
      delivery = make('quarantine');
      run = { ...run, warn: (message) => void warnings.push(message) };
    });
    const refuse = (...ids: readonly string[]) => sender.rejectNext(1, { error: new EventsRejectedError(ids) });

    it('puts aside what the sender names, and hands over the rest again at once: the same objects', async () => {
      delivery.waiting.add(events('1', '2'), at('2'), ordered);
      refuse('2');
      await delivery.deliver(run);
      assert.deepEqual([batches(), reached, delivery.pending], [['rejected 1 2', 'committed 1'], [at('2')], 0]);
      assert.equal(sender.batches[0]?.events[0], sender.batches[1]?.events[0]);
      assert.equal(clock.monotonicMs(), 0);
      assert.deepEqual(warnings, ['the sender refuses 1 event(s) for good, which are put aside: u:2']);
      const { delivered, quarantined } = ledger.close(0);
      assert.deepEqual([delivered, quarantined], [1, 1]);
    });

    it('reaches the place of a batch of which all is put aside, one after the other', async () => {
      delivery.waiting.add(events('1', '2'), at('2'), ordered);
      refuse('1');
      refuse('2');
      await delivery.deliver(run);
      assert.deepEqual([batches(), reached], [['rejected 1 2', 'rejected 2'], [at('2')]]);
      const { delivered, quarantined } = ledger.close(0);
      assert.deepEqual([delivered, quarantined, delivery.idle], [0, 2, true]);
    });

    it('counts a bundle by its sources, and names the first ten of them', async () => {
      const bundle = { id: 'b', sources: Array.from({ length: 12 }, (_, n) => ({ id: `u:${n}` })) };
      const many = Array.from({ length: 12 }, (_, n) => `${n + 20}`);
      const one = new Delivery({ ...optionsOf('quarantine'), maxPerCommit: 20 });
      one.waiting.add(events(...many), at('40'), ordered);
      refuse('b');
      const bundling = { ...run, transform: async () => ({ events: [bundle as never], filtered: new Map() }) };
      await one.deliver(bundling);
      const { delivered, quarantined } = ledger.close(0);
      assert.deepEqual([delivered, quarantined, reached], [0, 12, [at('40')]]);
      assert.match(warnings[0] ?? '', /refuses 12 event\(s\) .*: u:0, .*, u:9, and 2 more$/);
    });

    it('takes a refusal of ids that are none of the batch for an ordinary one, with a backoff', async () => {
      delivery.waiting.add(events('1'), at('1'), ordered);
      refuse('7', 'u:1');
      await assert.rejects(delivery.deliver(run), { code: 'EVENTS_REJECTED' });
      assert.deepEqual([delivery.pending, warnings, reached], [1, [], []]);
      await clock.runUntil(delivery.deliver(run));
      assert.deepEqual([clock.monotonicMs(), batches()], [400, ['rejected 1', 'committed 1']]);
    });

    it('keeps what was put aside out of what is pending while the rest is refused', async () => {
      delivery.waiting.add(events('1', '2'), at('2'), ordered);
      refuse('2');
      sender.rejectNext(1);
      await assert.rejects(delivery.deliver(run), { code: 'COMMIT_FAILED' });
      assert.equal(delivery.pending, 1);
      assert.equal(ledger.soFar(delivery.pending).quarantined, 1);
      await clock.runUntil(delivery.deliver(run));
      assert.deepEqual(batches(), ['rejected 1 2', 'rejected 1', 'committed 1']);
      assert.equal(warnings.length, 1);
    });
  });

  it('by default keeps trying what the sender names as refused for good', async () => {
    delivery.waiting.add(events('1', '2'), at('2'), ordered);
    sender.rejectNext(2, { error: new EventsRejectedError(['2']) });
    for (let n = 0; n < 2; n++)
      await assert.rejects(clock.runUntil(delivery.deliver(run)), { code: 'EVENTS_REJECTED' });
    await clock.runUntil(delivery.deliver(run));
    assert.deepEqual(batches(), ['rejected 1 2', 'rejected 1 2', 'committed 1 2']);
    assert.equal(ledger.close(0).quarantined, 0);
  });

  describe('under a lease', () => {
    it('hands over nothing when it has run out, keeps the batch, and is refused by nobody', async () => {
      delivery.waiting.add(events('1'), at('1'), ordered);
      await assert.rejects(delivery.deliver({ ...run, remainingMs: () => 0 }), { code: 'FENCED' });
      assert.deepEqual([sender.batches, sender.handedOver.events, reached], [[], [], []]);
      assert.deepEqual([delivery.pending, delivery.refusal], [1, undefined]);
      await delivery.deliver({ ...run, remainingMs: () => 1000 });
      assert.deepEqual(batches(), ['committed 1']);
    });

    it('gives a commit what is left of it, and no more than its own bound', async () => {
      for (const [leftMs, boundMs] of [
        [700, 700],
        [70_000, 30_000],
      ] as const) {
        const one = make('block');
        one.waiting.add(events('1'), at('1'), ordered);
        sender.holdCommits({ heedAbort: true });
        const fromMs = clock.monotonicMs();
        const delivering = one.deliver({ ...run, remainingMs: () => leftMs });
        await assert.rejects(clock.runUntil(delivering), { code: 'COMMIT_FAILED' });
        assert.equal(clock.monotonicMs() - fromMs, boundMs);
        sender.releaseCommits();
      }
    });

    it('that runs out while a commit waits for its turn hands over nothing', async () => {
      let leftMs = 10_000;
      sender.holdCommits();
      const other = run.gate.commit({ signal: new AbortController().signal });
      await sender.whenCommitting();
      delivery.waiting.add(events('1'), at('1'), ordered);
      const failed = assert.rejects(delivery.deliver({ ...run, remainingMs: () => leftMs }), { code: 'FENCED' });
      await clock.advance(0);
      leftMs = 0;
      sender.releaseCommits();
      await other;
      await failed;
      assert.deepEqual([batches(), sender.handedOver.events, reached], [['committed '], [], []]);
    });
  });

  it('says whether it has anything to do, and does one batch at a time', async () => {
    assert.equal(delivery.idle, true);
    delivery.waiting.add(events('1', '2', '3'), at('3'), ordered);
    assert.deepEqual([delivery.idle, await delivery.next(run), batches()], [false, true, ['committed 1 2']]);
    assert.deepEqual([await delivery.next(run), delivery.idle], [true, true]);
    delivery.waiting.add(events('4'), at('4'), ordered);
    sender.rejectNext(1);
    const error = await delivery.next(run).catch((thrown: unknown) => thrown);
    assert.deepEqual([delivery.idle, delivery.refusal === error], [false, true]);
    ended.abort(new Error('host'));
    assert.equal(await delivery.next(run), false);
  });

  it('tells of each commit: how many events, how long', async () => {
    const told: object[] = [];
    const observer = { frameRead() {}, relisted() {}, committed: (batch: object) => told.push(batch) };
    delivery.waiting.add(events('1', '9'), at('9'), ordered);
    sender.holdCommits();
    const delivering = delivery.deliver({ ...run, observer });
    await sender.whenCommitting();
    await clock.advance(70);
    sender.releaseCommits();
    await delivering;
    assert.deepEqual(told, [{ events: 1, durationMs: 70 }]);
  });
});

describe('a spent budget', () => {
  it('is told from any other end of a run', () => {
    assert.equal(isBudgetSpent(AbortSignal.abort(budgetSpent(100))), true);
    assert.equal(isBudgetSpent(AbortSignal.abort()), false);
    assert.equal(isBudgetSpent(AbortSignal.abort('budget')), false);
    assert.equal(isBudgetSpent(new AbortController().signal), false);
  });

  it('says what it is', () => assert.equal(budgetSpent(100).message, "the run's budget of 100 ms is spent"));
});
