import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { test } from 'node:test';
import { FakeApiServer } from '../../../src/testing/fake-api-server/fake-api-server.ts';
import { coreEvent } from '../../../src/testing/fake-api-server/sample-events.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ask, names, open, startServer, told, watch } from './client.ts';

const events = '/api/v1/events';

test('it listens to nothing before it is started', () => {
  const server = new FakeApiServer();
  assert.throws(() => server.url, /was not started/);
  assert.throws(() => server.kubeConfig().getCurrentCluster(), /was not started/);
  assert.equal(
    server.addEvent(coreEvent({ name: 'a' })).metadata.resourceVersion,
    '5',
    'objects can be written before',
  );
});

test('it is started once at a time', async (t) => {
  const server = await startServer(t);
  await assert.rejects(server.start(), /started already/);
});

test('a stop ends watches clean and refuses connections; a start goes on with port, objects and history', async (t) => {
  const server = await startServer(t);
  const { url } = server;
  server.addEvent(coreEvent({ name: 'a' }));
  const stream = await watch(server, `&resourceVersion=${server.version}`);
  await server.stop();
  assert.equal(await stream.next(), undefined);
  await assert.rejects(ask(server, events), { code: 'ECONNREFUSED' });
  assert.equal(server.connections, 0);
  await server.stop();
  server.addEvent(coreEvent({ name: 'b' }));
  await server.start();
  assert.equal(server.url, url);
  const again = await watch(server, '&resourceVersion=5');
  assert.equal(told((await again.next()) ?? assert.fail()), 'ADDED b 6');
  again.close();
});

test('a kill resets every connection', async (t) => {
  const server = await startServer(t);
  const stream = await watch(server, '');
  await server.kill();
  await assert.rejects(stream.next(), { code: 'ECONNRESET' });
  await assert.rejects(ask(server, events), { code: 'ECONNREFUSED' });
  await server.start();
  assert.equal((await ask(server, events)).status, 200);
});

test('a stop does not wait for whom it never answers', async (t) => {
  const server = await startServer(t);
  server.fail({ how: 'hang' });
  const hanging = ask(server, events);
  await server.idle();
  await Promise.all([server.stop(), assert.rejects(hanging, { code: 'ECONNRESET' })]);
});

test('connections are counted, kept, and closed on demand', async (t) => {
  const server = await startServer(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const readyz = (): Promise<void> =>
    new Promise((resolve, reject) => {
      get(`${server.url}/readyz`, { agent, headers: { Authorization: 'Bearer fake-token' } }, (message) =>
        message.resume().once('end', resolve),
      ).once('error', reject);
    });
  for (let n = 0; n < 5; n++) await readyz();
  assert.deepEqual([server.connections, server.connectionsMade], [1, 1]);
  const stream = await watch(server, '');
  assert.deepEqual([server.connections, server.connectionsMade], [2, 2]);
  server.closeConnections();
  await server.idle();
  assert.deepEqual([server.connections, server.openWatches.length], [1, 1], 'the watch has its connection still');
  await readyz();
  assert.equal(server.connectionsMade, 3);
  server.closeConnections('all');
  await assert.rejects(stream.next(), { code: 'ECONNRESET' });
  await server.idle();
  assert.equal(server.connections, 0);
});

const unplanned: readonly [method: string, path: string, status: number, told: RegExp][] = [
  ['GET', '/nonsense', 404, /^GET \/nonsense: this path is not served$/],
  ['GET', '/api/v1/secrets', 404, /^GET \/api\/v1\/secrets: /],
  ['GET', '/readyz/etcd', 404, /^GET \/readyz\/etcd: /],
  ['GET', '/livez', 404, /^GET \/livez: /],
  ['GET', '/api/v1/events/a', 404, /^GET \/api\/v1\/events\/a: /],
  ['POST', '/readyz', 404, /^POST \/readyz: /],
  ['PATCH', '/api/v1/namespaces/default/events/a', 405, /does not PATCH this$/],
  ['POST', '/api/v1/events', 405, /does not POST this$/],
  ['DELETE', '/api/v1/namespaces/default', 405, /does not DELETE this$/],
  ['GET', '/api/v1/configmaps?watch=true', 405, /does not GET this$/],
  ['GET', '/api/v1/events?labelSelector=a%3Db', 400, /parameter labelSelector$/],
];
for (const [method, path, status, expected] of unplanned)
  test(`an unplanned request is answered ${status} and fails the test: ${method} ${path}`, async () => {
    const server = await new FakeApiServer().start();
    const body = method === 'POST' || method === 'PATCH' ? { body: {} } : {};
    assert.equal((await ask(server, path, { method, ...body })).status, status);
    await assert.rejects(server.close(), (error: Error) => {
      const [head, line, ...rest] = error.message.split('\n');
      assert.equal(head, 'unplanned requests to the fake API server:');
      assert.match(line ?? '', expected);
      assert.deepEqual(rest, []);
      return true;
    });
    await server.close();
  });

test('unplanned requests can be looked for in between, and each is told once', async () => {
  const server = await new FakeApiServer().start();
  server.assertNoUnplannedRequests();
  await ask(server, '/one');
  await ask(server, '/two');
  assert.throws(() => server.assertNoUnplannedRequests(), /GET \/one: .*\nGET \/two: /);
  server.assertNoUnplannedRequests();
  await server[Symbol.asyncDispose]();
});

test('what is asked for in a form that there is none of is refused as not acceptable', async (t) => {
  const server = await startServer(t);
  const protobuf = 'application/vnd.kubernetes.protobuf';
  const accepting = (Accept: string, path = events) => ask(server, path, { headers: { Accept } });
  assert.equal((await accepting('application/yaml')).status, 406);
  assert.equal((await accepting(protobuf, '/api/v1/namespaces')).status, 406);
  for (const accept of ['application/json', '*/*', `application/json, ${protobuf}`, 'application/json;stream=watch']) {
    const reply = await accepting(accept);
    assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'application/json']);
  }
});

test('events, and failures where they were asked for, come in protobuf to those who prefer it', async (t) => {
  const server = await startServer(t);
  const protobuf = 'application/vnd.kubernetes.protobuf';
  const accepting = (path: string) => ask(server, path, { headers: { Accept: `${protobuf}, application/json` } });
  for (const [path, status, type] of [
    [events, 200, protobuf],
    [`${events}?resourceVersion=999999`, 504, protobuf],
    ['/api/v1/namespaces', 200, 'application/json'],
  ] as const) {
    const reply = await accepting(path);
    assert.deepEqual([reply.status, reply.headers['content-type']], [status, type]);
  }
});

test('every request is recorded with its answer, never with its credentials', async (t) => {
  const clock = new ManualClock({ startAtMs: 1000 });
  const server = await startServer(t, { clock });
  await ask(server, `${events}?limit=1&resourceVersion=0`, { headers: { Accept: 'application/json' } });
  await clock.advance(500);
  const body = { metadata: { name: 'a' }, data: { x: 'y' } };
  await ask(server, '/api/v1/namespaces/default/configmaps', { method: 'POST', body });
  await ask(server, '/readyz', { token: 'wrong-token' });
  assert.deepEqual(server.requests, [
    {
      method: 'GET',
      path: events,
      query: { limit: '1', resourceVersion: '0' },
      accept: 'application/json',
      atMs: 1000,
      status: 200,
      body: undefined,
    },
    {
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      query: {},
      accept: undefined,
      atMs: 1500,
      status: 201,
      body,
    },
    { method: 'GET', path: '/readyz', query: {}, accept: undefined, atMs: 1500, status: 401, body: undefined },
  ]);
  assert.doesNotMatch(JSON.stringify(server.requests), /token/);
});

test('history that is rewritten gives its versions anew, to other events', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent({ name: 'a' }));
  const snapshot = server.version;
  server.updateEvent({ name: 'a' }, { count: 2 });
  server.addEvent(coreEvent({ name: 'b' }));
  const stream = await watch(server, '');
  const token = server.version;
  server.rewriteHistory(snapshot);
  await assert.rejects(stream.rest(), { code: 'ECONNRESET' });
  const list = await ask(server, events);
  assert.deepEqual(
    [names(list), list.json.items[0].count, list.json.metadata.resourceVersion],
    [['default/a'], 1, snapshot],
  );
  assert.equal((await ask(server, `${events}?limit=1&resourceVersion=${token}`)).status, 504);
  const silent = await open(server, `${events}?watch=true&resourceVersion=${token}`);
  assert.equal(silent.statusCode, 200);
  silent.destroy();
  const added = server.addEvent(coreEvent({ name: 'c' }));
  assert.equal(added.metadata.resourceVersion, '6');
  server.addEvent(coreEvent({ name: 'd' }));
  const later = await ask(server, `${events}?limit=9&resourceVersion=7`);
  assert.deepEqual(names(later), ['default/a', 'default/c', 'default/d'], 'what never happened does not come back');
  assert.deepEqual(
    server.eventVersions.map(({ name, resourceVersion }) => `${name} ${resourceVersion}`),
    ['a 5', 'a 6', 'b 7', 'c 6', 'd 7'],
    'all that ever was',
  );
  assert.equal(new Set(server.eventVersions.map(({ id }) => id)).size, 5);
});

test('history goes neither ahead nor back to where nothing is held, and nothing is compacted that is not there', () => {
  const server = new FakeApiServer();
  server.addEvent(coreEvent({ name: 'a' }));
  server.updateEvent({ name: 'a' }, { count: 2 });
  assert.throws(() => server.rewriteHistory('99'), RangeError);
  assert.throws(() => server.compact('99'), RangeError);
  server.compact('6');
  server.compact('5');
  assert.throws(() => server.rewriteHistory('5'), RangeError);
  server.rewriteHistory('6');
});

test('versions pass without events when other things are written', () => {
  const server = new FakeApiServer();
  const before = Number(server.version);
  server.skipVersions(10);
  server.writeConfigMap({ name: 'a' }, { a: 'b' });
  assert.equal(Number(server.addEvent(coreEvent()).metadata.resourceVersion), before + 12);
  assert.equal(server.events.length, 1);
});

test('idle() comes back though a client does not read the answer it asked for', async (t) => {
  const server = await startServer(t);
  for (let n = 0; n < 40; n++) server.addEvent(coreEvent({ name: `e${n}`, message: 'x'.repeat(500_000) }));
  const message = await open(server, events);
  message.pause();
  await server.idle();
  assert.equal(message.complete, false);
  assert.equal((await message.setEncoding('utf8').toArray()).join('').length > 20_000_000, true);
});

test('idle() comes back though requests hang, answers are late and watches are open', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  const stream = await watch(server, '&timeoutSeconds=5');
  server.fail({ delayMs: 1000 });
  server.fail({ how: 'hang' });
  const late = ask(server, events);
  await server.idle();
  const hanging = ask(server, events);
  await server.idle();
  assert.deepEqual(
    clock.sleepers.map(({ ms }) => ms),
    [1000, 5000],
  );
  assert.equal((await clock.runUntil(late, { idle: () => server.idle() })).status, 200);
  server.closeConnections('all');
  await assert.rejects(hanging, { code: 'ECONNRESET' });
  await assert.rejects(stream.rest(), { code: 'ECONNRESET' });
});
