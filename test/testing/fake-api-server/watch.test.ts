import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreEvent } from '../../../src/testing/fake-api-server/sample-events.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ask, open, startServer, told, watch } from './client.ts';

test('a watch tells every change above its version, those before it was opened too, in order', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent({ name: 'before' }));
  const from = server.version;
  server.addEvent(coreEvent({ name: 'a' }));
  server.updateEvent({ name: 'before' }, { count: 2 });
  const stream = await watch(server, `&resourceVersion=${from}`);
  server.updateEvent({ name: 'a' }, { count: 3 });
  server.deleteEvent({ name: 'before' });
  server.cutWatches();
  const version = Number(from);
  const frames = await stream.rest();
  assert.deepEqual(frames.map(told), [
    `ADDED a ${version + 1}`,
    `MODIFIED before ${version + 2}`,
    `MODIFIED a ${version + 3}`,
    `DELETED before ${version + 4}`,
  ]);
  assert.deepEqual([frames[0]?.object['kind'], frames[0]?.object['apiVersion']], ['Event', 'v1']);
  assert.equal(frames[3]?.object['count'], 2, 'what is deleted is told as it last was, with a newer version');
});

for (const query of ['', '&resourceVersion=0', '&resourceVersion='])
  test(`a watch from no version begins with what is there, in the order of keys: '${query}'`, async (t) => {
    const server = await startServer(t);
    server.addEvent(coreEvent({ name: 'b' }));
    server.addEvent(coreEvent({ name: 'a' }));
    server.compact();
    const stream = await watch(server, query);
    server.updateEvent({ name: 'b' }, { count: 2 });
    server.cutWatches();
    assert.deepEqual((await stream.rest()).map(told), ['ADDED a 6', 'ADDED b 5', 'MODIFIED b 7']);
  });

test('a watch from a version that is compacted away is 200, then one ERROR frame with a Status 410, then its end', async (t) => {
  const server = await startServer(t);
  for (const name of ['a', 'b', 'c']) server.addEvent(coreEvent({ name }));
  server.compact('6');
  const frames = await (await watch(server, '&resourceVersion=4')).rest();
  assert.deepEqual(frames, [
    {
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'The resourceVersion for the provided watch is too old.',
        reason: 'Expired',
        code: 410,
      },
    },
  ]);
  const stream = await watch(server, '&resourceVersion=5');
  server.cutWatches();
  assert.deepEqual(
    (await stream.rest()).map(told),
    ['ADDED b 6', 'ADDED c 7'],
    'the change at the compacted version is held',
  );
});

test('a watch from a future version is 200 and silent until the server gets there; then it tells only what is above', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent({ name: 'a' }));
  const stream = await watch(server, `&resourceVersion=${Number(server.version) + 2}`);
  for (const name of ['b', 'c', 'd', 'e']) server.addEvent(coreEvent({ name }));
  server.cutWatches();
  assert.deepEqual((await stream.rest()).map(told), ['ADDED d 8', 'ADDED e 9']);
});

test('a watch from the largest version replays all that is held, and is expired where something is not', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent({ name: 'a' }));
  server.updateEvent({ name: 'a' }, { count: 2 });
  const stream = await watch(server, '&resourceVersion=18446744073709551615');
  server.cutWatches();
  assert.deepEqual((await stream.rest()).map(told), ['ADDED a 5', 'MODIFIED a 6']);
  server.compact();
  const expired = await watch(server, '&resourceVersion=18446744073709551615');
  assert.equal((await expired.rest())[0]?.object.code, 410);
});

for (const [version, why] of [
  ['abc', 'invalid syntax'],
  ['-1', 'invalid syntax'],
  ['18446744073709551616', 'value out of range'],
])
  test(`a watch from ${version} is a 500 without reason`, async (t) => {
    const server = await startServer(t);
    const { status, json } = await ask(server, `/api/v1/events?watch=true&resourceVersion=${version}`);
    assert.equal(status, 500);
    assert.deepEqual(json, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": ${why}`,
      code: 500,
    });
  });

test('an event that comes into the selection is ADDED, one that leaves it DELETED, as it was', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent({ name: 'warning', type: 'Warning' }));
  server.addEvent(coreEvent({ name: 'normal' }));
  const stream = await watch(server, `&resourceVersion=${server.version}&fieldSelector=type%3DWarning`);
  server.updateEvent({ name: 'normal' }, { type: 'Warning' });
  server.updateEvent({ name: 'warning' }, { type: 'Normal' });
  server.updateEvent({ name: 'warning' }, { count: 5 });
  server.deleteEvent({ name: 'warning' });
  server.updateEvent({ name: 'normal' }, { count: 5 });
  server.deleteEvent({ name: 'normal' });
  server.cutWatches();
  const frames = await stream.rest();
  assert.deepEqual(frames.map(told), [
    'ADDED normal 7',
    'DELETED warning 8',
    'MODIFIED normal 11',
    'DELETED normal 12',
  ]);
  assert.equal(frames[1]?.object['type'], 'Warning');
});

test('a watch of a namespace, or of a name, tells of nothing else', async (t) => {
  const server = await startServer(t);
  for (const namespace of ['shop', 'other']) server.addNamespace(namespace);
  const inShop = await watch(server, `&resourceVersion=${server.version}`, '/api/v1/namespaces/shop/events');
  const bySelector = await watch(server, `&resourceVersion=${server.version}&fieldSelector=metadata.namespace%3Dshop`);
  const byName = await watch(server, `&resourceVersion=${server.version}&fieldSelector=metadata.name%3Db`);
  server.addEvent(coreEvent({ namespace: 'other', name: 'a' }));
  server.addEvent(coreEvent({ namespace: 'shop', name: 'b' }));
  server.cutWatches();
  for (const stream of [inShop, bySelector, byName]) assert.deepEqual((await stream.rest()).map(told), ['ADDED b 8']);
});

test('a watch tells nothing of other resources', async (t) => {
  const server = await startServer(t);
  const stream = await watch(server, `&resourceVersion=${server.version}`);
  server.writeConfigMap({ name: 'event' }, { a: 'b' });
  server.cutWatches();
  assert.deepEqual(await stream.rest(), []);
});

test('a watch ends clean after its timeoutSeconds, on the clock of the server', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  const stream = await watch(server, '&timeoutSeconds=300');
  assert.deepEqual(
    server.openWatches.map(({ path, query, unsent }) => ({ path, query, unsent })),
    [{ path: '/api/v1/events', query: { watch: 'true', timeoutSeconds: '300' }, unsent: 0 }],
  );
  await clock.advance(299_999);
  assert.equal(server.openWatches.length, 1);
  await clock.advance(1);
  assert.deepEqual(await stream.rest(), []);
  await server.idle();
  assert.deepEqual([server.openWatches, clock.pending], [[], 0]);
});

test('without timeoutSeconds a watch lives for half an hour to an hour', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  const streams = [await watch(server, ''), await watch(server, '')];
  const lives = clock.sleepers.map(({ ms }) => ms);
  assert.equal(new Set(lives).size, 2);
  assert.ok(
    lives.every((ms) => ms >= 1_800_000 && ms < 3_600_000),
    `${lives}`,
  );
  await clock.advance(3_600_000);
  for (const stream of streams) await stream.rest();
});

test('a watch that its client leaves is gone from the server', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  const stream = await watch(server, '');
  assert.equal(server.openWatches.length, 1);
  stream.close();
  await server.idle();
  assert.deepEqual([server.openWatches, clock.pending, server.connections], [[], 0, 0]);
});

test('watches are cut by a reset, too', async (t) => {
  const server = await startServer(t);
  const stream = await watch(server, '');
  server.cutWatches('reset');
  await assert.rejects(stream.next(), { code: 'ECONNRESET' });
});

test('there are no bookmarks unless the test sends them, and other text is sent as it is', async (t) => {
  const server = await startServer(t);
  const stream = await watch(server, '&allowWatchBookmarks=true');
  server.addEvent(coreEvent({ name: 'a' }));
  server.skipVersions(10);
  server.sendBookmarks();
  server.writeToWatches('{"type":"ODD","object":{"metadata":{"name":"x"}}}\n');
  server.cutWatches();
  const frames = await stream.rest();
  assert.deepEqual(
    frames.map(({ type, object }) => [type, object.metadata.resourceVersion]),
    [
      ['ADDED', '5'],
      ['BOOKMARK', '15'],
      ['ODD', undefined],
    ],
  );
});

test('a client that does not read is not written to, and gets everything when it does', async (t) => {
  const server = await startServer(t);
  const message = await open(server, '/api/v1/events?watch=true');
  message.pause();
  const message4K = 'x'.repeat(4096);
  for (let n = 0; n < 5000; n++) server.addEvent(coreEvent({ name: `e${n}`, message: message4K }));
  await server.idle();
  const unsent = server.openWatches[0]?.unsent ?? 0;
  assert.ok(unsent > 1000, `${unsent} of 5000 frames wait`);
  server.cutWatches();
  let lines = 0;
  for await (const chunk of message.setEncoding('utf8')) lines += chunk.split('\n').length - 1;
  assert.equal(lines, 5000);
});
