import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { createEventSource, type EventSource, type EventSourceOptions } from '../../src/kube/event-source.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { json, kubeConfig, never, serve, type TestServer } from './server.ts';

interface World {
  readonly server: TestServer;
  readonly clock: ManualClock;
  readonly source: EventSource;
}

async function world(
  t: TestContext,
  answer: RequestListener,
  options: Partial<EventSourceOptions> = {},
): Promise<World> {
  const server = await serve(t, answer);
  const clock = new ManualClock();
  const api = createOwnedKubeApi(kubeConfig(server.url), clock);
  return { server, clock, source: createEventSource({ api, clock, ...options }) };
}

const emptyPage = json(200, { kind: 'EventList', metadata: { resourceVersion: '100' }, items: [] });
const urls = ({ server }: World) => server.requests.map(({ url }) => url);
const added = (version: string) =>
  `${JSON.stringify({ type: 'ADDED', object: { metadata: { uid: 'u', resourceVersion: version } } })}\n`;

/** How each of the three asks. */
const asks: Readonly<Record<string, (source: EventSource, signal?: AbortSignal) => Promise<unknown>>> = {
  page: (source, signal = never) => source.page({ limit: 500, signal }),
  guard: (source, signal = never) => source.guard({ version: '7', signal }),
  watch: (source, signal = never) => source.watch({ version: '7', timeoutSeconds: 300, signal }),
};

describe('what is asked', () => {
  test('of the whole cluster', async (t) => {
    const made = await world(t, emptyPage);
    await made.source.page({ limit: 500, signal: never });
    await made.source.page({ limit: 500, continueToken: 'a+b/c=', signal: never });
    await made.source.guard({ version: '7', signal: never });
    await made.source.watch({ version: '7', timeoutSeconds: 300, signal: never });
    assert.deepEqual(urls(made), [
      '/api/v1/events?limit=500',
      '/api/v1/events?limit=500&continue=a%2Bb%2Fc%3D',
      '/api/v1/events?limit=1&resourceVersion=7',
      '/api/v1/events?watch=true&resourceVersion=7&timeoutSeconds=300&allowWatchBookmarks=true',
    ]);
    const protobuf = 'application/vnd.kubernetes.protobuf';
    assert.deepEqual(
      made.server.requests.map(({ headers }) => headers.accept),
      [protobuf, protobuf, protobuf, `${protobuf};stream=watch`].map((type) => `${type}, application/json`),
    );
  });

  test('of one namespace, with a field selector: the guard needs none', async (t) => {
    const made = await world(t, emptyPage, { namespace: 'shop', fieldSelector: 'reason!=Pulled' });
    for (const ask of Object.values(asks)) await ask(made.source);
    const selector = 'fieldSelector=reason%21%3DPulled';
    const path = '/api/v1/namespaces/shop/events';
    assert.deepEqual(urls(made), [
      `${path}?limit=500&${selector}`,
      `${path}?limit=1&resourceVersion=7`,
      `${path}?watch=true&resourceVersion=7&timeoutSeconds=300&allowWatchBookmarks=true&${selector}`,
    ]);
  });

  test('of a namespace that is none stays inside its place in the path', async (t) => {
    const made = await world(t, emptyPage, { namespace: '../kube-system?x=#' });
    await made.source.page({ limit: 1, signal: never });
    assert.deepEqual(urls(made), ['/api/v1/namespaces/..%2Fkube-system%3Fx%3D%23/events?limit=1']);
  });
});

describe('what is answered', () => {
  test('a page', async (t) => {
    const made = await world(
      t,
      json(200, {
        metadata: { resourceVersion: '100', continue: 'more' },
        items: [{ metadata: { uid: 'u', resourceVersion: '9' } }, null],
      }),
    );
    const { version, continueToken, events, malformed } = await made.source.page({ limit: 500, signal: never });
    assert.deepEqual(
      [version, continueToken, events.map((event) => event.version), malformed],
      ['100', 'more', ['9'], 1],
    );
  });

  test('the frames of a watch, as they come', async (t) => {
    let later: ServerResponse | undefined;
    const made = await world(t, (_request, response) => {
      later = response;
      response.writeHead(200).write(added('1'));
    });
    const watch = await made.source.watch({ version: '7', timeoutSeconds: 300, signal: never });
    const frames = watch[Symbol.asyncIterator]();
    assert.equal((await frames.next()).value?.[0]?.type, 'event');
    await made.clock.advance(6 * 60_000);
    later?.end(added('2') + JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } }).concat('\n'));
    const [event, ended] = (await frames.next()).value ?? [];
    assert.equal(event?.type, 'event');
    assert.ok(ended?.type === 'status');
    assert.equal(made.source.failure(ended.status).code, 'API_GONE');
    assert.match(made.source.failure(ended.status).message, /^watch events at the cluster scope: /);
    assert.equal((await frames.next()).done, true);
  });

  const refusals: readonly (readonly [string, RequestListener, string])[] = [
    ['an expired version', json(410, { code: 410, reason: 'Expired' }), 'API_GONE'],
    [
      'a version ahead of the server',
      json(504, { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] }, code: 504 }),
      'API_AHEAD',
    ],
    ['a missing right', json(403, {}), 'API_DENIED'],
    ['too much', json(429, {}, { 'retry-after': '2' }), 'API_THROTTLED'],
    ['a failure', json(500, {}), 'API_UNAVAILABLE'],
    ['a redirect', json(302, {}, { location: '/elsewhere' }), 'API_MALFORMED'],
    ['a success that is none of a list', json(204, {}), 'API_MALFORMED'],
  ];
  for (const [what, answer, code] of refusals) {
    for (const [name, ask] of Object.entries(asks)) {
      test(`to ${name}, ${what}: ${code}`, async (t) => {
        const made = await world(t, answer);
        for (let times = 0; times < 4; times++) await assert.rejects(ask(made.source), { code });
        assert.equal(made.clock.pending, 0);
      });
    }
  }

  for (const [name, ask] of Object.entries(asks)) {
    test(`to ${name}, HTML with 200: API_MALFORMED`, async (t) => {
      const html = { 'content-type': 'text/html' };
      const made = await world(t, (_request, response) => response.writeHead(200, html).end('<html>\n'));
      await assert.rejects(ask(made.source), { code: 'API_MALFORMED', message: /no JSON|no watch but text\/html/ });
    });
  }

  test('a page that comes in place of a watch, and never ends, is left', async (t) => {
    const closed = Promise.withResolvers<void>();
    const made = await world(t, (request, response) => {
      request.socket.on('close', () => closed.resolve());
      response.writeHead(200, { 'content-type': 'text/html' }).write('<html>');
    });
    await assert.rejects(asks['watch']?.(made.source) ?? assert.fail(), { code: 'API_MALFORMED' });
    await closed.promise;
  });
});

describe('a guard with a witness', () => {
  const witness = { namespace: 'shop', name: 'cart.1', uid: 'u', version: '40' };
  const item = (uid: string, resourceVersion: string) => ({
    metadata: { namespace: 'shop', name: 'cart.1', uid, resourceVersion },
  });
  const list = (resourceVersion: string, ...items: readonly unknown[]) =>
    json(200, { kind: 'EventList', metadata: { resourceVersion }, items });

  test('looks at that one object, exactly at the version, in its namespace', async (t) => {
    const made = await world(t, list('70', item('u', '40')), { fieldSelector: 'reason!=Pulled' });
    await made.source.guard({ version: '70', witness, signal: never });
    await made.source.guard({ version: '70', witness: { ...witness, namespace: 'a/b', name: 'x,y=z' }, signal: never });
    const exact = 'limit=1&resourceVersion=70&resourceVersionMatch=Exact';
    assert.deepEqual(urls(made), [
      `/api/v1/namespaces/shop/events?fieldSelector=metadata.name%3Dcart.1&${exact}`,
      `/api/v1/namespaces/a%2Fb/events?fieldSelector=metadata.name%3Dx%2Cy%3Dz&${exact}`,
    ]);
  });

  const answers: Readonly<Record<string, readonly [answer: RequestListener, expected: 'held' | 'rewritten']>> = {
    'it is there': [list('70', item('u', '40')), 'held'],
    'it is not there': [list('70'), 'rewritten'],
    'it is there at another version': [list('70', item('u', '41')), 'rewritten'],
    'another object has its name': [list('70', item('v', '40')), 'rewritten'],
    'the server answers at another version, as it knows no exact reads': [list('90'), 'held'],
    'what is there can not be read': [list('70', null), 'held'],
  };
  for (const [what, [answer, expected]] of Object.entries(answers)) {
    test(`answers '${expected}' where ${what}`, async (t) => {
      const { source } = await world(t, answer);
      assert.equal(await source.guard({ version: '70', witness, signal: never }), expected);
    });
  }

  test('says as ever that the version has expired, or is ahead', async (t) => {
    const gone = await world(t, json(410, { code: 410, reason: 'Expired' }));
    await assert.rejects(gone.source.guard({ version: '70', witness, signal: never }), { code: 'API_GONE' });
    const causes = [{ reason: 'ResourceVersionTooLarge' }];
    const ahead = await world(t, json(504, { code: 504, details: { causes } }));
    await assert.rejects(ahead.source.guard({ version: '70', witness, signal: never }), { code: 'API_AHEAD' });
  });
});

test('a guard without a witness is held by any list', async (t) => {
  const { source } = await world(t, emptyPage);
  assert.equal(await source.guard({ version: '7', signal: never }), 'held');
});

describe('the deadline', () => {
  for (const [name, said, seconds] of [
    ['page', undefined, 30],
    ['page', '{"items":[', 30],
    ['guard', undefined, 10],
    ['guard', '{"items":[', 10],
    ['watch', undefined, 30],
  ] as const) {
    test(`of a ${name} that stalls ${said ? 'in its body' : 'before its answer'} is ${seconds} s`, async (t) => {
      const made = await world(t, (_request, response) => {
        if (said) response.writeHead(200).write(said);
      });
      const asked = asks[name]?.(made.source) ?? assert.fail();
      await assert.rejects(made.clock.runUntil(asked), (error: { code?: unknown; details?: { reason?: unknown } }) => {
        assert.deepEqual([error.code, error.details?.reason], ['API_UNAVAILABLE', 'timeout']);
        return true;
      });
      assert.equal(made.clock.monotonicMs(), seconds * 1000);
      assert.equal(made.clock.pending, 0);
    });
  }

  test('also ends the refusal of a watch whose body never ends; it stays that refusal', async (t) => {
    const made = await world(t, (_request, response) => response.writeHead(403).write('{"kind":"Status",'));
    const asked = made.source.watch({ version: '7', timeoutSeconds: 300, signal: never });
    await assert.rejects(made.clock.runUntil(asked), { code: 'API_DENIED' });
    assert.equal(made.clock.pending, 0);
  });
});

describe('an abort', () => {
  for (const [name, ask] of Object.entries(asks)) {
    test(`ends a ${name} before its answer`, async (t) => {
      const asked = Promise.withResolvers<void>();
      const made = await world(t, () => asked.resolve());
      const ended = new AbortController();
      const answer = ask(made.source, ended.signal);
      await asked.promise;
      ended.abort();
      await assert.rejects(answer, { code: 'ABORTED' });
      assert.equal(made.clock.pending, 0);
    });
  }

  test('ends the frames of a watch, and its connection', async (t) => {
    const made = await world(t, (_request, response) => response.writeHead(200).write(added('1')));
    const ended = new AbortController();
    const watch = await made.source.watch({ version: '7', timeoutSeconds: 300, signal: ended.signal });
    const [socket] = made.server.sockets;
    const closed = new Promise((resolve) => socket?.on('close', resolve));
    const frames = watch[Symbol.asyncIterator]();
    await frames.next();
    const next = frames.next();
    ended.abort();
    await assert.rejects(next, { code: 'ABORTED' });
    await closed;
  });
});
