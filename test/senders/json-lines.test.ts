import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { type JsonLinesSender, jsonLinesSender } from '../../src/senders/json-lines.ts';
import { senderContract } from '../../src/testing/sender-contract.ts';
import { checkEvent, MemoryStream, unaborted } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'json-lines-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = (): string => join(folder, `${++files}.jsonl`);

const linesOf = (path: string): readonly string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

async function senderOnFile(t: TestContext, path = newPath()) {
  const sender = jsonLinesSender({ path });
  t.after(() => sender.close());
  return { path, sender };
}

/** All open files share a prototype, so that one that fails can be made of any. */
async function fileHandles(): Promise<FileHandle> {
  const handle = await open(folder, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle);
}

const paths = new WeakMap<JsonLinesSender, string>();
for (const { name, run } of senderContract<JsonLinesSender>({
  create: () => {
    const path = newPath();
    const sender = jsonLinesSender({ path });
    paths.set(sender, path);
    return sender;
  },
  read: (sender) => linesOf(paths.get(sender) ?? ''),
  failNextCommit: async () => {
    const handles = await fileHandles();
    const { datasync } = handles;
    handles.datasync = async () => {
      handles.datasync = datasync;
      throw new Error('EIO: i/o error, fdatasync');
    };
  },
  stallNextCommit: async () => {
    const handles = await fileHandles();
    const { datasync } = handles;
    let recover = () => {};
    const recovered = new Promise<void>((resolve) => {
      recover = resolve;
    });
    handles.datasync = () => {
      handles.datasync = datasync;
      return recovered;
    };
    return recover;
  },
  dispose: (sender) => sender.close(),
}))
  test(`sender contract, file: ${name}`, run);

const streams = new WeakMap<JsonLinesSender, MemoryStream>();
const streamOf = (sender: JsonLinesSender): MemoryStream => streams.get(sender) ?? assert.fail('not made here');
for (const { name, run } of senderContract<JsonLinesSender>({
  create: () => {
    const stream = new MemoryStream();
    const sender = jsonLinesSender({ stream });
    streams.set(sender, stream);
    return sender;
  },
  read: (sender) => streamOf(sender).lines,
  dispose: (sender) => sender.close(),
}))
  test(`sender contract, stream: ${name}`, run);

test('each kind of item is one JSON object a line, its type first', async (t) => {
  const { path, sender } = await senderOnFile(t);
  const event = checkEvent('e1', { text: 'a\nb\u2028c\u202e\ud800' });
  sender.gauge({ name: 'g', value: 1.5, tags: ['a:b'] });
  sender.count({ name: 'c', value: 2, hostname: 'node-1' });
  sender.serviceCheck({ name: 's', status: 'critical', message: 'etcd' });
  sender.event(event);
  await sender.commit(unaborted());
  const lines = linesOf(path);
  assert.deepEqual(lines.slice(0, 3), [
    '{"type":"gauge","name":"g","value":1.5,"tags":["a:b"]}',
    '{"type":"count","name":"c","value":2,"hostname":"node-1"}',
    '{"type":"serviceCheck","name":"s","status":"critical","message":"etcd"}',
  ]);
  assert.deepEqual(JSON.parse(lines[3] ?? ''), { type: 'event', ...event });
  assert.equal(lines.length, 4);
  assert.equal(sender.acks, 'written');
});

test('the file is neither made nor opened before the first commit that has something to write', async (t) => {
  const { path, sender } = await senderOnFile(t);
  sender.gauge({ name: 'g', value: 1 });
  assert.equal(existsSync(path), false);
  await sender.commit(unaborted());
  assert.equal(linesOf(path).length, 1);
  const { path: other, sender: idle } = await senderOnFile(t);
  await idle.commit(unaborted());
  assert.equal(existsSync(other), false);
});

test('a commit resolves only after the data is synced', async (t) => {
  const { sender } = await senderOnFile(t);
  const handles = await fileHandles();
  const datasync = t.mock.method(handles, 'datasync');
  sender.gauge({ name: 'g', value: 1 });
  await sender.commit(unaborted());
  assert.equal(datasync.mock.callCount(), 1);
});

test('a batch that was written half leaves nothing behind', async (t) => {
  const { path, sender } = await senderOnFile(t);
  sender.gauge({ name: 'before', value: 1 });
  await sender.commit(unaborted());
  const handles = await fileHandles();
  t.mock.method(
    handles,
    'appendFile',
    async (text: string) => {
      appendFileSync(path, text.slice(0, text.length / 2));
      throw new Error('ENOSPC: no space left on device');
    },
    { times: 1 },
  );
  sender.gauge({ name: 'first', value: 1 });
  sender.gauge({ name: 'second', value: 2 });
  await assert.rejects(sender.commit(unaborted()), /ENOSPC/);
  assert.deepEqual(linesOf(path), ['{"type":"gauge","name":"before","value":1}']);
  sender.gauge({ name: 'after', value: 3 });
  await sender.commit(unaborted());
  assert.deepEqual(linesOf(path), [
    '{"type":"gauge","name":"before","value":1}',
    '{"type":"gauge","name":"after","value":3}',
  ]);
});

test('where even cutting back fails, the next commit does it before it writes', async (t) => {
  const { path, sender } = await senderOnFile(t);
  const handles = await fileHandles();
  t.mock.method(handles, 'datasync', () => Promise.reject(new Error('EIO')), { times: 1 });
  t.mock.method(handles, 'truncate', () => Promise.reject(new Error('EIO as well')), { times: 2 });
  sender.gauge({ name: 'lost', value: 1 });
  await assert.rejects(sender.commit(unaborted()), /^Error: EIO$/);
  sender.gauge({ name: 'lost too', value: 1 });
  await assert.rejects(sender.commit(unaborted()), /EIO as well/, 'nothing is written behind half a batch');
  sender.gauge({ name: 'kept', value: 2 });
  await sender.commit(unaborted());
  assert.deepEqual(linesOf(path), ['{"type":"gauge","name":"kept","value":2}']);
});

test('an abort during the sync rejects at once, and what was written is taken back', async (t) => {
  const { path, sender } = await senderOnFile(t);
  const handles = await fileHandles();
  const abort = new AbortController();
  let synced = () => {};
  const syncing = new Promise<void>((begun) => {
    t.mock.method(
      handles,
      'datasync',
      () => {
        begun();
        return new Promise<void>((resolve) => {
          synced = resolve;
        });
      },
      { times: 1 },
    );
  });
  sender.event(checkEvent('e1'));
  const pending = sender.commit({ signal: abort.signal });
  await syncing;
  assert.equal(linesOf(path).length, 1);
  const reason = new Error('too slow');
  abort.abort(reason);
  await assert.rejects(pending, reason);
  sender.event(checkEvent('e1'));
  const again = sender.commit(unaborted());
  synced();
  await again;
  assert.equal(linesOf(path).length, 1, 'the same event is there once');
});

const tails: readonly [what: string, tail: string, kept: readonly string[]][] = [
  ['a torn line is cut off', '{"type":"event","id":"x","ti', []],
  ['a line torn in its first bytes is cut off', '{"ty', []],
  [
    'a whole line without its end is ended',
    '{"type":"gauge","name":"x","value":1}',
    ['{"type":"gauge","name":"x","value":1}'],
  ],
  ['the zeros of a power cut are cut off', '\0'.repeat(5000), []],
  ['a line that runs out into zeros is cut off', `{"type":"event","id":"${'\0'.repeat(100)}`, []],
  ['a torn line longer than one read is cut off', `{"type":"event","text":"${'x'.repeat(200_000)}`, []],
];
for (const [what, tail, kept] of tails)
  for (const before of [[], ['{"type":"count","name":"c","value":1}']])
    test(`at the first commit ${what}, ${before.length === 0 ? 'alone in the file' : 'behind whole lines'}`, async (t) => {
      const path = newPath();
      writeFileSync(path, [...before, tail].join('\n'));
      const { sender } = await senderOnFile(t, path);
      sender.gauge({ name: 'g', value: 2 });
      await sender.commit(unaborted());
      assert.deepEqual(linesOf(path), [...before, ...kept, '{"type":"gauge","name":"g","value":2}']);
    });

test('a file that is not ours is refused and left as it is', async (t) => {
  const path = newPath();
  writeFileSync(path, 'root:x:0:0\nno line end');
  const { sender } = await senderOnFile(t, path);
  sender.gauge({ name: 'g', value: 1 });
  await assert.rejects(sender.commit(unaborted()), /does not end with a JSON line of ours/);
  assert.equal(readFileSync(path, 'utf8'), 'root:x:0:0\nno line end');
});

test('an endless last line is refused without reading it all', async (t) => {
  const path = newPath();
  writeFileSync(path, '{"type":"');
  truncateSync(path, 40 * 1024 * 1024);
  const { sender } = await senderOnFile(t, path);
  const handles = await fileHandles();
  const read = t.mock.method(handles, 'read');
  sender.gauge({ name: 'g', value: 1 });
  await assert.rejects(sender.commit(unaborted()), /left as it is/);
  assert.ok(read.mock.callCount() <= 300);
});

test('a file that is emptied meanwhile (copytruncate) is gone on with from its beginning', async (t) => {
  const { path, sender } = await senderOnFile(t);
  sender.gauge({ name: 'old', value: 1 });
  await sender.commit(unaborted());
  truncateSync(path, 0);
  sender.gauge({ name: 'new', value: 2 });
  await sender.commit(unaborted());
  assert.equal(readFileSync(path, 'utf8'), '{"type":"gauge","name":"new","value":2}\n');
});

test('a path that can never be written is tried anew at each commit', async (t) => {
  const path = join(folder, 'missing', 'x.jsonl');
  const { sender } = await senderOnFile(t, path);
  for (let n = 0; n < 2; n++) {
    sender.gauge({ name: 'g', value: 1 });
    await assert.rejects(sender.commit(unaborted()), /ENOENT/);
  }
  const { sender: onDevice } = await senderOnFile(t, '/dev/null');
  onDevice.gauge({ name: 'g', value: 1 });
  await assert.rejects(onDevice.commit(unaborted()), /not a regular file/);
});

test('close() waits for the commit under way, can be called twice, and ends the sender', async () => {
  const path = newPath();
  const sender = jsonLinesSender({ path });
  sender.gauge({ name: 'g', value: 1 });
  const pending = sender.commit(unaborted());
  await sender.close();
  await pending;
  await sender.close();
  assert.equal(linesOf(path).length, 1);
  sender.gauge({ name: 'g', value: 2 });
  await assert.rejects(sender.commit(unaborted()), /closed/);
  const onStream = jsonLinesSender({ stream: new MemoryStream() });
  await onStream[Symbol.asyncDispose]();
  onStream.gauge({ name: 'g', value: 2 });
  await assert.rejects(onStream.commit(unaborted()), /closed/);
});
