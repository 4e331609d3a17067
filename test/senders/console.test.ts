import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleSender } from '../../src/senders/console.ts';
import { senderContract } from '../../src/testing/sender-contract.ts';
import { checkEvent, MemoryStream, unaborted } from './samples.ts';

const streams = new WeakMap<object, MemoryStream>();

function senderOnStream() {
  const stream = new MemoryStream();
  const sender = consoleSender({ stream });
  streams.set(sender, stream);
  return { stream, sender };
}

const streamOf = (sender: object): MemoryStream => streams.get(sender) ?? assert.fail('not made here');

for (const { name, run } of senderContract({
  create: () => senderOnStream().sender,
  read: (sender) => streamOf(sender).lines,
  stallNextCommit: (sender) => {
    const stream = streamOf(sender);
    stream.stall();
    return () => stream.release();
  },
}))
  test(`sender contract: ${name}`, run);

test('each kind of item is one line, with its tags and host where it has any', async () => {
  const { stream, sender } = senderOnStream();
  sender.gauge({ name: 'openshift.clusterquota.cpu.used', value: 3.5, tags: ['clusterquota:team-a', 'env:prod'] });
  sender.gauge({ name: 'plain', value: -1 });
  sender.count({ name: 'kube_events', value: 12, hostname: 'node-1' });
  sender.count({ name: 'kube_events', value: -2 });
  sender.serviceCheck({ name: 'kube_apiserver_controlplane.up', status: 'critical', message: 'etcd', tags: ['a:b'] });
  sender.serviceCheck({ name: 'kube_apiserver_controlplane.up', status: 'ok' });
  sender.event(checkEvent('e1', { text: 'line one\nline two', hostname: 'node-1' }));
  assert.equal(stream.text, '', 'nothing is written before the commit');
  await sender.commit(unaborted());
  assert.deepEqual(stream.lines, [
    'gauge  openshift.clusterquota.cpu.used = 3.5  [clusterquota:team-a, env:prod]',
    'gauge  plain = -1',
    'count  kube_events = +12  host node-1',
    'count  kube_events = -2',
    'check  kube_apiserver_controlplane.up CRITICAL: etcd  [a:b]',
    'check  kube_apiserver_controlplane.up OK',
    'event  2026-01-01T00:00:00.000Z warning title e1: line one\\nline two  [kube_kind:Pod]  host node-1',
  ]);
});

test('what a terminal would act upon is escaped, wherever it stands', async () => {
  const { stream, sender } = senderOnStream();
  const hostile = '\u001b[2J\r\n\u202e\u009b31m\ud800\u0000';
  sender.gauge({ name: hostile, value: 1, tags: [hostile], hostname: hostile });
  sender.serviceCheck({ name: hostile, status: 'ok', message: hostile });
  sender.event(checkEvent('e1', { title: hostile, text: hostile }));
  await sender.commit(unaborted());
  assert.equal(stream.lines.length, 3);
  assert.doesNotMatch(stream.text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}]/u);
});

test('an event whose time is no time is written all the same', async () => {
  const { stream, sender } = senderOnStream();
  sender.event(checkEvent('e1', { timestampMs: Number.NaN }));
  sender.event(checkEvent('e2', { timestampMs: 9e15 }));
  await sender.commit(unaborted());
  assert.match(stream.lines[0] ?? '', /^event {2}at NaN ms warning/);
  assert.match(stream.lines[1] ?? '', /^event {2}at 9000000000000000 ms warning/);
});

test('a commit resolves only when the stream has taken the batch', async () => {
  const { stream, sender } = senderOnStream();
  stream.stall();
  sender.gauge({ name: 'g', value: 1 });
  let resolved = false;
  const pending = sender.commit(unaborted()).then(() => {
    resolved = true;
  });
  await new Promise(setImmediate);
  assert.equal(resolved, false);
  stream.release();
  await pending;
  assert.deepEqual(stream.lines, ['gauge  g = 1']);
});

test("a commit rejects with the stream's error, as does each one after it, and the process lives on", async () => {
  const { stream, sender } = senderOnStream();
  const broken = new Error('EPIPE');
  stream.failNext(broken);
  for (let n = 0; n < 3; n++) {
    sender.gauge({ name: 'g', value: n });
    await assert.rejects(sender.commit(unaborted()), broken);
  }
  assert.equal(stream.text, '');
});

test('a stream that was ended rejects the commit', async () => {
  const { stream, sender } = senderOnStream();
  stream.end();
  sender.gauge({ name: 'g', value: 1 });
  await assert.rejects(sender.commit(unaborted()), { code: 'ERR_STREAM_WRITE_AFTER_END' });
});

test('a commit rejects with the reason of an abort; the next batch waits behind what the stream still has', async () => {
  const { stream, sender } = senderOnStream();
  const abort = new AbortController();
  stream.stall();
  sender.gauge({ name: 'first', value: 1 });
  const first = sender.commit({ signal: abort.signal });
  const reason = new Error('too slow');
  await new Promise(setImmediate);
  abort.abort(reason);
  await assert.rejects(first, reason);
  sender.gauge({ name: 'second', value: 2 });
  const second = sender.commit(unaborted());
  await new Promise(setImmediate);
  assert.equal(stream.held, 1, 'a stuck stream is not given more');
  assert.equal(stream.writableLength, 'gauge  first = 1\n'.length);
  stream.release();
  await second;
  assert.deepEqual(stream.lines, ['gauge  first = 1', 'gauge  second = 2']);
});

test('a batch that was aborted while it waited behind another is never written', async () => {
  const { stream, sender } = senderOnStream();
  const abort = new AbortController();
  stream.stall();
  sender.gauge({ name: 'first', value: 1 });
  const first = sender.commit({ signal: abort.signal });
  await new Promise(setImmediate);
  abort.abort(new Error('too slow'));
  await assert.rejects(first);
  const abortSecond = new AbortController();
  sender.gauge({ name: 'second', value: 2 });
  const second = sender.commit({ signal: abortSecond.signal });
  abortSecond.abort(new Error('too slow as well'));
  await assert.rejects(second);
  stream.release();
  sender.gauge({ name: 'third', value: 3 });
  await sender.commit(unaborted());
  assert.deepEqual(stream.lines, ['gauge  first = 1', 'gauge  third = 3']);
});

test('a stream that is closed before the batch has left rejects the commit', async () => {
  const { stream, sender } = senderOnStream();
  stream.stall();
  sender.gauge({ name: 'g', value: 1 });
  const pending = sender.commit(unaborted());
  await new Promise(setImmediate);
  stream.destroy();
  await assert.rejects(pending, /closed before the batch was written/);
});

test('it says that a commit means written, and writes to standard output by default', async (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string, done: () => void) => {
    written.push(text);
    done();
    return true;
  });
  const sender = consoleSender();
  assert.equal(sender.acks, 'written');
  sender.gauge({ name: 'g', value: 1 });
  await sender.commit(unaborted());
  assert.ok(written.includes('gauge  g = 1\n'));
});
