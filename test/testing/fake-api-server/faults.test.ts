import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import type { Fault } from '../../../src/testing/fake-api-server/faults.ts';
import { coreEvent } from '../../../src/testing/fake-api-server/sample-events.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ask, open, startServer, told, watch } from './client.ts';

const events = '/api/v1/events';

const answers: readonly [fault: Fault, status: number, contentType: string, body: RegExp][] = [
  [{ status: 429 }, 429, 'text/plain; charset=utf-8', /^Too many requests, please try again later\.\n$/],
  [{ status: 500 }, 500, 'application/json', /"kind":"Status".*"reason":"InternalError".*"code":500/],
  [{ status: 503 }, 503, 'application/json', /"kind":"Status".*"reason":"ServiceUnavailable".*"code":503/],
  [
    { status: 504 },
    504,
    'text/plain; charset=utf-8',
    /^\{"metadata":\{\},"status":"Failure",.*"reason":"Timeout",.*"code":504\}\n$/,
  ],
  [{ status: 410 }, 410, 'application/json', /"kind":"Status".*"reason":"Expired","code":410/],
  [{ status: 401 }, 401, 'application/json', /"Unauthorized"/],
  [{ status: 404 }, 404, 'application/json', /the server could not find the requested resource/],
  [{ status: 418, body: { odd: true } }, 418, 'application/json', /^\{"odd":true\}$/],
  [{ body: '<html>Login</html>' }, 200, 'text/html', /^<html>Login<\/html>$/],
  [{ status: 502, body: 'bad gateway', contentType: 'text/plain' }, 502, 'text/plain', /^bad gateway$/],
];
for (const [fault, status, contentType, body] of answers)
  test(`the answer can be another: ${JSON.stringify(fault)}`, async (t) => {
    const server = await startServer(t);
    server.fail(fault);
    const reply = await ask(server, events);
    assert.deepEqual([reply.status, reply.headers['content-type']], [status, contentType]);
    assert.match(reply.text, body);
    assert.equal((await ask(server, events)).status, 200, 'only once');
  });

test('a 429 asks for a second of patience, or for as much as it is told', async (t) => {
  const server = await startServer(t);
  server.fail({ status: 429 });
  server.fail({ status: 429, headers: { 'Retry-After': '7' } });
  assert.equal((await ask(server, events)).headers['retry-after'], '1');
  assert.equal((await ask(server, events)).headers['retry-after'], '7');
});

test('a fault waits for the requests that it names, so many times', async (t) => {
  const server = await startServer(t);
  server.fail({ path: events, times: 2, status: 503 });
  server.fail({ path: /configmaps\/[a-z]+$/, method: 'PUT', status: 500 });
  server.fail({ query: { limit: '1' }, status: 504 });
  const put = { method: 'PUT', body: { metadata: { name: 'a' } } };
  const maps = '/api/v1/namespaces/default/configmaps/a';
  const statuses = [
    (await ask(server, '/readyz')).status,
    (await ask(server, maps)).status,
    (await ask(server, maps, put)).status,
    (await ask(server, maps, put)).status,
    (await ask(server, `${events}?limit=1`)).status,
    (await ask(server, events)).status,
    (await ask(server, `${events}?limit=1`)).status,
    (await ask(server, `${events}?limit=1`)).status,
  ];
  assert.deepEqual(statuses, [200, 404, 500, 404, 503, 503, 504, 200]);
});

test('a fault for ever lasts until the faults are cleared', async (t) => {
  const server = await startServer(t);
  server.fail({ status: 503, times: Number.POSITIVE_INFINITY });
  for (let n = 0; n < 5; n++) assert.equal((await ask(server, events)).status, 503);
  server.clearFaults();
  assert.equal((await ask(server, events)).status, 200);
});

test('a fault can be for watches, or for all but watches', async (t) => {
  const server = await startServer(t);
  server.fail({ watch: true, status: 410, body: { kind: 'Status', code: 410 } });
  server.fail({ watch: false, status: 503 });
  assert.equal((await ask(server, events)).status, 503);
  assert.equal((await ask(server, `${events}?watch=true`)).status, 410);
});

test('a reset connection breaks the request before any answer', async (t) => {
  const server = await startServer(t);
  server.fail({ how: 'reset' });
  await assert.rejects(ask(server, events), { code: 'ECONNRESET' });
  assert.deepEqual(
    server.requests.map(({ path, status }) => [path, status]),
    [[events, undefined]],
  );
});

test('a connection can be reset in the middle of a body', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent({ message: 'x'.repeat(100_000) }));
  server.fail({ how: 'reset-mid-body' });
  const message = await open(server, events);
  let text = '';
  await assert.rejects(
    async () => {
      for await (const chunk of message.setEncoding('utf8')) text += chunk;
    },
    { code: 'ECONNRESET' },
  );
  assert.match(text, /^\{"kind":"EventList"/);
});

test('a truncated body is whole for HTTP, and broken as JSON', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent());
  server.fail({ how: 'truncate' });
  const message = await open(server, events);
  const text = (await message.setEncoding('utf8').toArray()).join('');
  assert.equal(message.complete, true);
  assert.match(text, /^\{"kind":"EventList"/);
  assert.throws(() => JSON.parse(text), SyntaxError);
});

test('a stalled body begins and goes no further; a request that hangs gets no answer', async (t) => {
  const server = await startServer(t);
  server.addEvent(coreEvent());
  server.fail({ how: 'stall' });
  server.fail({ how: 'hang' });
  const message = await open(server, events);
  let text = '';
  message.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const agent = new Agent();
  const hanging = request(`${server.url}${events}`, { agent, headers: { Authorization: 'Bearer fake-token' } });
  let answered = false;
  hanging.on('response', () => {
    answered = true;
  });
  hanging.on('error', () => undefined).end();
  await server.idle();
  assert.match(text, /^\{"kind":"EventList"/);
  assert.deepEqual([message.complete, answered, server.requests.length], [false, false, 2]);
  message.destroy();
  hanging.destroy();
  await server.idle();
  assert.equal(server.connections, 0);
});

test('an endless body grows with the time of the server, not faster', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  server.fail({ how: 'endless' });
  const message = await open(server, events);
  let bytes = 0;
  message.on('data', (chunk) => {
    bytes += chunk.length;
  });
  const idle = () => server.idle();
  await clock.advance(0, { idle });
  const begun = bytes;
  await clock.advance(1000, { idle });
  assert.equal(bytes - begun, 10 * 64 * 1024);
  message.destroy();
  await clock.advance(200, { idle });
  assert.equal(clock.pending, 0);
});

test('an answer can be late, by the clock of the server', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  server.fail({ delayMs: 5000 });
  server.fail({ delayMs: 5000, status: 503 });
  const statuses: number[] = [];
  for (let n = 0; n < 2; n++)
    void ask(server, events).then(({ status }) => {
      statuses.push(status);
    });
  await server.idle();
  await clock.advance(4999);
  await server.idle();
  assert.deepEqual(statuses, []);
  await clock.advance(1);
  await server.idle();
  assert.deepEqual(statuses.sort(), [200, 503]);
});

test('watches break in their own ways', async (t) => {
  const server = await startServer(t);
  const from = server.version;
  server.addEvent(coreEvent({ name: 'a' }));
  server.fail({ watch: true, how: 'truncate' });
  server.fail({ watch: true, how: 'stall' });
  server.fail({ watch: true, how: 'reset-mid-body' });
  const half = await open(server, `${events}?watch=true&resourceVersion=${from}`);
  assert.match((await half.setEncoding('utf8').toArray()).join(''), /^\{"type":"ADDED","object":\{[^\n]*$/);
  const silent = await open(server, `${events}?watch=true&resourceVersion=${from}`);
  let heard = 0;
  silent.on('data', () => {
    heard++;
  });
  await server.idle();
  server.addEvent(coreEvent({ name: 'b' }));
  await server.idle();
  assert.deepEqual([silent.statusCode, heard, server.openWatches.length], [200, 0, 0]);
  silent.destroy();
  const broken = await watch(server, `&resourceVersion=${from}`);
  await assert.rejects(broken.next(), { code: 'ECONNRESET' });
  const whole = await watch(server, `&resourceVersion=${from}`);
  assert.equal(told((await whole.next()) ?? assert.fail()), 'ADDED a 5');
  whole.close();
});
