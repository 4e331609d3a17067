import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { isKubeCheckError } from '../../src/errors.ts';
import { createKubeApi, createOwnedKubeApi } from '../../src/kube/api.ts';
import type { KubeApi, KubeRequest } from '../../src/kube-api.ts';
import { eventLoopCalm } from '../../src/testing/event-loop.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { json, kubeConfig, never, serve } from './server.ts';

const path = '/api/v1/events';
const watch = { watch: 'true' };
const text = async (body: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(body)).toString();

/** Three requests that were abandoned would leave no slot for a fourth. */
async function assertNothingIsHeld(api: KubeApi): Promise<void> {
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => api.json({ path: '/fine', signal: never }))), [1, 1, 1, 1]);
}

describe('what is asked', () => {
  test('the method, the query and the body arrive as they were given', async (t) => {
    const bodies: string[] = [];
    const server = await serve(t, async (request, response) => {
      bodies.push(await text(request));
      response.end('{}');
    });
    const api = createKubeApi(kubeConfig(server.url));
    const body = { data: { text: 'ünï\n"' } };
    await api.json({ path, query: { fieldSelector: 'reason!=A,type=ä&b', limit: '1' }, signal: never });
    await api.json({ path, method: 'PUT', body, signal: never, accept: 'application/x' });
    await api.json({ path, method: 'POST', body, signal: never });
    assert.deepEqual(
      server.requests.map(({ method, url, headers }) => [
        method,
        url,
        headers.accept,
        headers['content-type'],
        headers['content-length'],
      ]),
      [
        [
          'GET',
          `${path}?fieldSelector=reason%21%3DA%2Ctype%3D%C3%A4%26b&limit=1`,
          'application/json',
          undefined,
          undefined,
        ],
        ['PUT', path, 'application/x', 'application/json', String(Buffer.byteLength(JSON.stringify(body)))],
        ['POST', path, 'application/json', 'application/json', String(Buffer.byteLength(JSON.stringify(body)))],
      ],
    );
    assert.deepEqual(bodies, ['', JSON.stringify(body), JSON.stringify(body)]);
  });
});

describe('open', () => {
  test('gives any status, its headers, and the body as it comes', async (t) => {
    let later: ServerResponse | undefined;
    const server = await serve(t, (_request, response) => {
      later = response;
      response.writeHead(503, { 'retry-after': '7', 'set-cookie': ['a=1', 'b=2'] }).write('first');
    });
    const answer = await createKubeApi(kubeConfig(server.url)).open({ path, signal: never });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '7');
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2']);
    const chunks = answer.body[Symbol.asyncIterator]();
    assert.equal(String((await chunks.next()).value), 'first');
    later?.end('second');
    assert.equal(String((await chunks.next()).value), 'second');
    assert.equal((await chunks.next()).done, true);
  });

  test('reads no faster than its reader: the server is held back, nothing is lost', async (t) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const chunks = 800;
    let written = 0;
    const server = await serve(t, async (_request, response) => {
      for (; written < chunks; written++)
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      response.end();
    });
    const { body } = await createKubeApi(kubeConfig(server.url)).open({ path, signal: never });
    const reader = body[Symbol.asyncIterator]();
    let size = (await reader.next()).value?.length ?? 0;
    await eventLoopCalm();
    assert.ok(written < chunks, 'the server could write it all although nobody read');
    for (let next = await reader.next(); !next.done; next = await reader.next()) size += next.value.length;
    assert.equal(size, chunks * chunk.length);
  });

  test('leaving the loop ends the connection and gives the turn back', async (t) => {
    const server = await serve(t, (request, response) => {
      if (request.url === '/fine') response.end('1');
      else response.writeHead(200).write('endless');
    });
    const api = createKubeApi(kubeConfig(server.url));
    for (let times = 0; times < 4; times++) {
      const { body } = await api.open({ path, signal: never });
      const [socket] = [...server.sockets].slice(-1);
      const closed = new Promise((resolve) => socket?.on('close', resolve));
      for await (const _ of body) break;
      await closed;
    }
    await assertNothingIsHeld(api);
  });
});

describe('an abort', () => {
  const ways: readonly (readonly [string, Omit<KubeRequest, 'signal'>])[] = [
    ['a request', { path }],
    ['a watch', { path, query: watch }],
  ];
  for (const [what, request] of ways) {
    test(`before ${what} begins: nothing is asked`, async (t) => {
      const server = await serve(t, json(200, 1));
      const api = createKubeApi(kubeConfig(server.url));
      for (const ask of [api.open, api.json])
        await assert.rejects(ask({ ...request, signal: AbortSignal.abort() }), { code: 'ABORTED' });
      await assertNothingIsHeld(api);
      assert.equal(server.requests.length, 4, 'only those that show that nothing is held');
    });

    test(`before the answer to ${what} ends it, and its connection`, async (t) => {
      const asked = Promise.withResolvers<void>();
      const server = await serve(t, (incoming, response) => {
        if (incoming.url === '/fine') response.end('1');
        else asked.resolve();
      });
      const api = createKubeApi(kubeConfig(server.url));
      const ended = new AbortController();
      const answer = api.open({ ...request, signal: ended.signal });
      await asked.promise;
      const [socket] = server.sockets;
      const closed = new Promise((resolve) => socket?.on('close', resolve));
      ended.abort();
      await assert.rejects(answer, { code: 'ABORTED', message: /events at the cluster scope: aborted$/ });
      await closed;
      await assertNothingIsHeld(api);
    });

    test(`in the middle of the body of ${what} ends it, and its connection`, async (t) => {
      const server = await serve(t, (incoming, response) => {
        if (incoming.url === '/fine') response.end('1');
        else response.writeHead(200).write('[1,');
      });
      const api = createKubeApi(kubeConfig(server.url));
      for (let times = 0; times < 4; times++) {
        const ended = new AbortController();
        const { body } = await api.open({ ...request, signal: ended.signal });
        const closed = Promise.all(
          [...server.sockets].map((one) => new Promise((resolve) => one.on('close', resolve))),
        );
        const reader = body[Symbol.asyncIterator]();
        assert.equal(String((await reader.next()).value), '[1,');
        const next = reader.next();
        ended.abort();
        await assert.rejects(next, { code: 'ABORTED' });
        await closed;
      }
      await assertNothingIsHeld(api);
    });
  }

  test('in the middle of a JSON body, with the reason where it is one of ours', async (t) => {
    const begun = Promise.withResolvers<void>();
    const server = await serve(t, (_request, response) => {
      response.writeHead(200).write('[1,', () => begun.resolve());
    });
    const ended = new AbortController();
    const answer = createKubeApi(kubeConfig(server.url)).json({ path, signal: ended.signal });
    await begun.promise;
    ended.abort(new Error('stopping'));
    await assert.rejects(answer, (error) => {
      assert.ok(isKubeCheckError(error, 'ABORTED'));
      assert.equal((error.cause as Error).message, 'stopping');
      return true;
    });
  });

  test('after the whole body has arrived, unread: what is missing is not passed off as the end', async (t) => {
    const server = await serve(t, (_request, response) => response.end('all of it'));
    const ended = new AbortController();
    const { body } = await createKubeApi(kubeConfig(server.url)).open({ path, signal: ended.signal });
    await eventLoopCalm();
    ended.abort();
    await assert.rejects(text(body), { code: 'ABORTED' });
  });

  test('in the middle of a refusal is no refusal', async (t) => {
    const begun = Promise.withResolvers<void>();
    const server = await serve(t, (_request, response) => {
      response.writeHead(403).write('{"kind":', () => begun.resolve());
    });
    const ended = new AbortController();
    const answer = createKubeApi(kubeConfig(server.url)).json({ path, signal: ended.signal });
    await begun.promise;
    await eventLoopCalm();
    ended.abort();
    await assert.rejects(answer, { code: 'ABORTED' });
  });

  test('of one request that waits for its turn leaves the others theirs', async (t) => {
    const held: ServerResponse[] = [];
    const three = Promise.withResolvers<void>();
    const server = await serve(t, (_request, response) => {
      held.push(response);
      if (held.length === 3) three.resolve();
      else if (held.length > 3) response.end('1');
    });
    const api = createKubeApi(kubeConfig(server.url));
    const first = [1, 2, 3].map(() => api.json({ path, signal: never }));
    await three.promise;
    const ended = new AbortController();
    const leaving = api.json({ path, signal: ended.signal });
    const staying = api.json({ path, signal: never });
    ended.abort();
    await assert.rejects(leaving, { code: 'ABORTED' });
    for (const response of held) response.end('1');
    assert.deepEqual(await Promise.all([...first, staying]), [1, 1, 1, 1]);
    assert.equal(server.requests.length, 4);
  });
});

describe('the deadline', () => {
  /** Answers `/fine`; of anything else `said`, and then nothing more. */
  const stalling = (said?: string, status = 200) =>
    ((request, response) => {
      if (request.url === '/fine') response.end('1');
      else if (said !== undefined) response.writeHead(status).write(said);
    }) satisfies Parameters<typeof serve>[1];

  const timedOut = (ms: number) => ({
    code: 'API_UNAVAILABLE',
    message: `list events at the cluster scope: no complete answer within ${ms} ms`,
    details: { verb: 'list', group: '', resource: 'events', reason: 'timeout' },
  });

  for (const [name, timeoutMs, expected] of [
    ['given', 1234, 1234],
    ['of ten seconds where none is given', undefined, 10_000],
  ] as const) {
    for (const [where, said, status] of [
      ['before the answer', undefined],
      ['in the middle of the body', '{"a":'],
      ['in the middle of a refusal', '{"a":', 500],
    ] as const) {
      test(`${name} counts for json() ${where}`, async (t) => {
        const server = await serve(t, stalling(said, status));
        const clock = new ManualClock();
        const api = createOwnedKubeApi(kubeConfig(server.url), clock);
        for (let times = 0; times < 4; times++) {
          const before = clock.monotonicMs();
          const asked = api.json({ path, signal: never, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
          await assert.rejects(clock.runUntil(asked), timedOut(expected));
          assert.equal(clock.monotonicMs() - before, expected);
        }
        await assertNothingIsHeld(api);
        assert.equal(clock.pending, 0, 'no timer is left');
      });
    }

    test(`${name} counts for open() to the headers`, async (t) => {
      const server = await serve(t, stalling());
      const clock = new ManualClock();
      const api = createOwnedKubeApi(kubeConfig(server.url), clock);
      const asked = api.open({ path, signal: never, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      await assert.rejects(clock.runUntil(asked), timedOut(expected));
      assert.equal(clock.monotonicMs(), expected);
      assert.equal(clock.pending, 0);
    });
  }

  test('does not count for the body of open()', async (t) => {
    let later: ServerResponse | undefined;
    const server = await serve(t, (_request, response) => {
      later = response;
      response.writeHead(200).write('a');
    });
    const clock = new ManualClock();
    const api = createOwnedKubeApi(kubeConfig(server.url), clock);
    const { body } = await api.open({ path, signal: never });
    assert.equal(clock.pending, 0);
    await clock.advance(3_600_000);
    later?.end('b');
    assert.equal(await text(body), 'ab');
  });

  test('does count for the body of a refusal: it holds no connection for ever', async (t) => {
    const server = await serve(t, stalling('it went wr', 500));
    const clock = new ManualClock();
    const api = createOwnedKubeApi(kubeConfig(server.url), clock);
    for (let times = 0; times < 4; times++) {
      const answer = await api.open({ path, signal: never });
      assert.equal(answer.status, 500);
      await assert.rejects(clock.runUntil(Array.fromAsync(answer.body)), timedOut(10_000));
    }
    await assertNothingIsHeld(api);
    assert.equal(clock.pending, 0);
  });

  test('counts while a request waits for its turn', async (t) => {
    const server = await serve(t, stalling());
    const clock = new ManualClock();
    const api = createOwnedKubeApi(kubeConfig(server.url), clock);
    const holding = [1, 2, 3].map(() => api.json({ path, signal: never, timeoutMs: 1000 }));
    const waiting = [1, 2].map(() => api.open({ path, signal: never, timeoutMs: 500 }));
    const ends = (request: Promise<unknown>, ms: number) =>
      assert.rejects(request, timedOut(ms)).then(() => assert.equal(clock.monotonicMs(), ms));
    const all = [...waiting.map((request) => ends(request, 500)), ...holding.map((request) => ends(request, 1000))];
    await clock.runUntil(Promise.all(all));
    assert.equal(server.requests.length, 3);
    assert.equal(clock.pending, 0);
  });

  test('leaves an abort of the caller an abort', async (t) => {
    const server = await serve(t, stalling());
    const clock = new ManualClock();
    const ended = new AbortController();
    const asked = createOwnedKubeApi(kubeConfig(server.url), clock).json({ path, signal: ended.signal });
    await clock.whenSleeping();
    ended.abort();
    await assert.rejects(asked, { code: 'ABORTED' });
    assert.equal(clock.pending, 0);
  });
});

describe('an answer to json()', () => {
  const table: readonly {
    readonly what: string;
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
    readonly code: string;
    readonly message: RegExp;
  }[] = [
    {
      what: 'that is a page of HTML',
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>Log in</title>',
      code: 'API_MALFORMED',
      message: /^GET \/api\/v1\/events: not JSON but text\/html; charset=utf-8$/,
    },
    { what: 'without any type or content', body: '', code: 'API_MALFORMED', message: /not JSON but untyped$/ },
    {
      what: 'that is empty',
      headers: { 'content-type': 'application/json' },
      body: '',
      code: 'API_MALFORMED',
      message: /the JSON is broken or cut off$/,
    },
    {
      what: 'whose JSON is cut off',
      headers: { 'content-type': 'application/json' },
      body: '{"items":[{"metadata":',
      code: 'API_MALFORMED',
      message: /the JSON is broken or cut off$/,
    },
    {
      what: 'nested deeper than any parser likes',
      headers: { 'content-type': 'application/json' },
      body: '['.repeat(100_000),
      code: 'API_MALFORMED',
      message: /the JSON is broken or cut off$/,
    },
    {
      what: 'with a type as long as a book',
      headers: { 'content-type': 'x'.repeat(4000) },
      body: 'x',
      code: 'API_MALFORMED',
      message: /^.{1,200}$/,
    },
    {
      what: 'that sends elsewhere',
      status: 302,
      headers: { location: 'https://login.example/?token=s3cr3t' },
      body: '',
      code: 'API_MALFORMED',
      message: /unexpected answer \(302\), not from an API server\?$/,
    },
    {
      what: 'that is a refusal longer than anyone reads',
      status: 503,
      headers: { 'content-type': 'text/plain' },
      body: 'y'.repeat(1_000_000),
      code: 'API_UNAVAILABLE',
      message: /^list events at the cluster scope: HTTP 503: y{300}$/,
    },
  ];
  for (const { what, status = 200, headers = {}, body, code, message } of table) {
    test(`${what} is ${code}`, async (t) => {
      const server = await serve(t, (_request, response) => response.writeHead(status, headers).end(body));
      const api = createKubeApi(kubeConfig(server.url));
      for (let times = 0; times < 4; times++)
        await assert.rejects(api.json({ path, signal: never }), (error) => {
          assert.ok(isKubeCheckError(error));
          assert.equal(error.code, code);
          assert.match(error.message, message);
          assert.ok(!JSON.stringify(error).includes('s3cr3t'));
          return true;
        });
    });
  }

  test('that never ends is given up when it is larger than any answer', async (t) => {
    const chunk = Buffer.alloc(4 * 1024 * 1024, '[');
    const server = await serve(t, async (_request, response) => {
      const closed = new Promise((resolve) => response.writeHead(200).once('close', resolve));
      while (!response.destroyed)
        if (!response.write(chunk))
          await Promise.race([closed, new Promise((resolve) => response.once('drain', resolve))]);
    });
    const api = createKubeApi(kubeConfig(server.url));
    await assert.rejects(api.json({ path, signal: never, timeoutMs: 600_000 }), {
      code: 'API_MALFORMED',
      message: 'GET /api/v1/events: the answer is larger than 67108864 bytes',
    });
  });

  test('that is a refusal whose body breaks is still that refusal', async (t) => {
    const server = await serve(t, (_request, response) => {
      response.writeHead(403, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    await assert.rejects(createKubeApi(kubeConfig(server.url)).json({ path, signal: never }), { code: 'API_DENIED' });
  });

  test('is any JSON value', async (t) => {
    const values = [{}, [], 'text', 1, false, null];
    const server = await serve(t, (_request, response) =>
      response.end(JSON.stringify(values[server.requests.length - 1])),
    );
    const api = createKubeApi(kubeConfig(server.url));
    for (const value of values) assert.deepEqual(await api.json({ path, signal: never }), value);
  });
});
