import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import { checkEvent, unaborted } from '../senders/samples.ts';

const ids = (sender: RecordingSender): readonly string[] => sender.events.map(({ id }) => id);

test('what is handed over is committed by the commit, not before', async () => {
  const sender = new RecordingSender();
  sender.gauge({ name: 'g', value: 1 });
  sender.count({ name: 'c', value: 2 });
  sender.serviceCheck({ name: 's', status: 'ok' });
  sender.event(checkEvent('e1'));
  const { gauges, counts, serviceChecks, events } = sender.handedOver;
  assert.deepEqual([gauges.length, counts.length, serviceChecks.length, events.length], [1, 1, 1, 1]);
  assert.deepEqual([sender.gauges, sender.counts, sender.serviceChecks, sender.events], [[], [], [], []]);
  await sender.commit(unaborted());
  assert.deepEqual(sender.handedOver, { gauges: [], counts: [], serviceChecks: [], events: [] });
  assert.deepEqual(sender.gauges, [{ name: 'g', value: 1 }]);
  assert.deepEqual(sender.counts, [{ name: 'c', value: 2 }]);
  assert.deepEqual(sender.serviceChecks, [{ name: 's', status: 'ok' }]);
  assert.deepEqual(ids(sender), ['e1']);
  assert.deepEqual(sender.batches, [{ gauges, counts, serviceChecks, events, outcome: 'committed' }]);
  assert.equal(sender.acks, 'accepted');
});

test('it rejects as many commits as it was told, with the error it was given, and records their batches', async () => {
  const sender = new RecordingSender();
  const refused = new Error('refused');
  sender.rejectNext(2, { error: refused });
  for (let n = 0; n < 2; n++) {
    sender.event(checkEvent('e1'));
    await assert.rejects(sender.commit(unaborted()), refused);
  }
  sender.event(checkEvent('e1'));
  await sender.commit(unaborted());
  assert.deepEqual(ids(sender), ['e1']);
  assert.deepEqual(
    sender.batches.map(({ outcome, error, events }) => [outcome, error, events.length]),
    [
      ['rejected', refused, 1],
      ['rejected', refused, 1],
      ['committed', undefined, 1],
    ],
  );
  assert.deepEqual(sender.duplicateSourceIds(), [], 'what was rejected never arrived');
});

test('a batch that landed though it was rejected is not acknowledged, and shows in the duplicates when it comes again', async () => {
  const sender = new RecordingSender();
  sender.rejectNext(1, { landed: true });
  sender.event(checkEvent('e1'));
  await assert.rejects(sender.commit(unaborted()), /told to reject/);
  assert.deepEqual(ids(sender), []);
  sender.event(checkEvent('e1'));
  sender.event(checkEvent('e2'));
  await sender.commit(unaborted());
  assert.deepEqual(sender.committedSourceIds(), ['e1', 'e2']);
  assert.deepEqual(sender.duplicateSourceIds(), ['e1']);
  assert.deepEqual(
    sender.batches.map(({ outcome }) => outcome),
    ['landed', 'committed'],
  );
});

test('a held commit is pending until it is released, and what is handed over meanwhile waits for the next', async () => {
  const sender = new RecordingSender();
  sender.holdCommits();
  sender.event(checkEvent('e1'));
  const begun = sender.whenCommitting();
  const pending = sender.commit(unaborted());
  await begun;
  await sender.whenCommitting();
  sender.event(checkEvent('e2'));
  assert.equal(sender.committing, true);
  assert.deepEqual(ids(sender), []);
  sender.releaseCommits();
  await pending;
  assert.equal(sender.committing, false);
  assert.deepEqual(ids(sender), ['e1']);
  await sender.commit(unaborted());
  assert.deepEqual(ids(sender), ['e1', 'e2']);
});

test('an abort ends a held commit with its reason, and nothing of it arrives', async () => {
  const sender = new RecordingSender();
  const abort = new AbortController();
  const reason = new Error('too slow');
  sender.holdCommits();
  sender.event(checkEvent('e1'));
  const pending = sender.commit({ signal: abort.signal });
  abort.abort(reason);
  await assert.rejects(pending, reason);
  await assert.rejects(sender.commit({ signal: abort.signal }), reason);
  sender.releaseCommits();
  await assert.rejects(sender.commit({ signal: abort.signal }), reason);
  assert.deepEqual(
    sender.batches.map(({ outcome, error, events }) => [outcome, error, events.length]),
    [
      ['aborted', reason, 1],
      ['aborted', reason, 0],
      ['aborted', reason, 0],
    ],
  );
});

test('a commit that does not heed its abort succeeds late: landed, not acknowledged', async () => {
  const sender = new RecordingSender();
  const abort = new AbortController();
  sender.holdCommits({ heedAbort: false });
  sender.event(checkEvent('e1'));
  const pending = sender.commit({ signal: abort.signal });
  abort.abort(new Error('too slow'));
  sender.releaseCommits();
  await pending;
  assert.deepEqual(
    sender.batches.map(({ outcome }) => outcome),
    ['landed'],
  );
  assert.deepEqual(ids(sender), []);
});

test('two commits at once are an error of the caller', async () => {
  const sender = new RecordingSender();
  sender.holdCommits();
  const first = sender.commit(unaborted());
  await assert.rejects(sender.commit(unaborted()), /while another one was pending/);
  sender.releaseCommits();
  await first;
  await sender.commit(unaborted());
});

test('it throws on as many hand-overs as it was told, and takes nothing of them', () => {
  const sender = new RecordingSender();
  const broken = new Error('broken');
  sender.throwOnHandOver(2, broken);
  assert.throws(() => sender.event(checkEvent('e1')), broken);
  assert.throws(() => sender.gauge({ name: 'g', value: 1 }), broken);
  sender.throwOnHandOver();
  assert.throws(() => sender.count({ name: 'c', value: 1 }), /told to throw/);
  sender.event(checkEvent('e2'));
  assert.deepEqual(
    sender.handedOver.events.map(({ id }) => id),
    ['e2'],
  );
});

test('ids are those of the sources, each told once however often it came', async () => {
  const sender = new RecordingSender();
  const [source] = checkEvent('a').sources;
  const bundle = checkEvent('bundle', { sources: [source, { ...source, id: 'b' }] });
  for (let n = 0; n < 3; n++) sender.event(bundle);
  await sender.commit(unaborted());
  assert.deepEqual(sender.committedSourceIds(), ['a', 'b', 'a', 'b', 'a', 'b']);
  assert.deepEqual(sender.duplicateSourceIds(), ['a', 'b']);
});
