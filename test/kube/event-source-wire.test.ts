/** The two encodings as a caller of the event source sees them: it sees neither. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isKubeCheckError, type KubeCheckError } from '../../src/errors.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { createEventSource, type EventSource } from '../../src/kube/event-source.ts';
import type { Wire } from '../../src/kube/wire/choice.ts';
import { FakeApiServer } from '../../src/testing/fake-api-server/fake-api-server.ts';
import { coreEvent, newStyleEvent } from '../../src/testing/fake-api-server/sample-events.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { json, kubeConfig, never, serve } from './server.ts';

const wires = ['json', 'protobuf'] as const satisfies readonly Wire[];

async function startServer(t: TestContext): Promise<FakeApiServer> {
  const server = await new FakeApiServer().start();
  t.after(() => server.close());
  for (const event of [coreEvent(), newStyleEvent({ count: 2 }), coreEvent({ object: { name: 'ü☸' } })])
    server.addEvent(event);
  return server;
}

function sourceOf(server: FakeApiServer, wire: Wire): EventSource {
  const clock = new ManualClock();
  return createEventSource({ api: createOwnedKubeApi(server.kubeConfig(), clock), clock, wire });
}

/** What is the same in both. */
async function both<T>(server: FakeApiServer, ask: (source: EventSource) => Promise<T>): Promise<T> {
  const [asJson, asProtobuf] = await Promise.all(wires.map((wire) => ask(sourceOf(server, wire))));
  assert.deepEqual(asProtobuf, asJson);
  return asJson as T;
}

async function failure(asked: Promise<unknown>) {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(isKubeCheckError(error), `${error}`);
  const { code, message, details, retryAfterMs, remedy }: KubeCheckError = error;
  return { code, message, details, retryAfterMs, remedy };
}

const page = (source: EventSource, continueToken?: string) =>
  source.page({ limit: 2, signal: never, ...(continueToken === undefined ? {} : { continueToken }) });

describe('in both encodings the same is read', () => {
  test('of pages', async (t) => {
    const server = await startServer(t);
    const { continueToken } = await both(server, (source) => page(source));
    assert.equal((await both(server, (source) => page(source, continueToken))).events.length, 1);
  });

  test('of a watch, with what is deleted, a bookmark and its end', async (t) => {
    const server = await startServer(t);
    const { version } = await page(sourceOf(server, 'json'));
    const reading = both(server, async (source) => {
      const frames = await source.watch({ version, timeoutSeconds: 60, signal: never });
      return (await Array.fromAsync(frames)).flat();
    });
    while (server.openWatches.length < 2) await server.idle();
    const { name = '' } = server.addEvent(coreEvent({ reason: 'Killing' })).metadata;
    server.updateEvent({ name }, { count: 2 });
    server.deleteEvent({ name });
    server.sendBookmarks();
    server.cutWatches();
    assert.deepEqual(
      (await reading).map(({ type }) => type),
      ['event', 'event', 'deleted', 'bookmark'],
    );
  });

  test('of a watch whose version has expired', async (t) => {
    const server = await startServer(t);
    const { version } = await page(sourceOf(server, 'json'));
    for (let n = 0; n < 3; n++) server.addEvent(coreEvent({ reason: `R${n}` }));
    server.compact();
    const gone = await both(server, async (source) => {
      const [frame] = (
        await Array.fromAsync(await source.watch({ version, timeoutSeconds: 60, signal: never }))
      ).flat();
      assert.ok(frame?.type === 'status');
      const { code, message } = source.failure(frame.status);
      return { code, message };
    });
    assert.equal(gone.code, 'API_GONE');
  });

  test('of a continue token that has expired: with the one that goes on', async (t) => {
    const server = await startServer(t);
    const { continueToken } = await page(sourceOf(server, 'json'));
    server.expireContinueTokens();
    const { code, details } = await both(server, (source) => failure(page(source, continueToken)));
    assert.equal(code, 'API_GONE');
    assert.equal((await both(server, (source) => page(source, `${details['continue']}`))).events.length, 1);
  });

  test('of a version that is not there yet', async (t) => {
    const server = await startServer(t);
    const ahead = await both(server, (source) => failure(source.guard({ version: '999999', signal: never })));
    assert.equal(ahead.code, 'API_AHEAD');
  });

  for (const status of [401, 404, 410, 429, 500, 503, 504]) {
    test(`of ${status}`, async (t) => {
      const server = await startServer(t);
      server.fail({ path: /events/, status, times: 10 });
      const { details } = await both(server, (source) => failure(page(source)));
      assert.equal(details['status'], status);
    });
  }
});

describe('a protobuf that nobody can read', () => {
  const type = 'application/vnd.kubernetes.protobuf';

  test('in an error says no more than the HTTP status', async (t) => {
    const server = await serve(t, (_request, response) => response.writeHead(410, { 'content-type': type }).end('k8s'));
    const clock = new ManualClock();
    const source = createEventSource({ api: createOwnedKubeApi(kubeConfig(server.url), clock), clock });
    const { code, message } = await failure(page(source));
    assert.equal(code, 'API_GONE');
    assert.match(message, /HTTP 410$/);
  });

  test('twice at the same place leads to JSON', async (t) => {
    const list = json(200, { metadata: { resourceVersion: '100' }, items: [] });
    const server = await serve(t, (request, response) => {
      if (request.headers.accept === 'application/json') list(request, response);
      else response.writeHead(200, { 'content-type': type }).end('k8s\0cut');
    });
    const clock = new ManualClock();
    const source = createEventSource({ api: createOwnedKubeApi(kubeConfig(server.url), clock), clock });
    for (const place of ['a', 'b', 'b']) assert.equal((await failure(page(source, place))).code, 'API_MALFORMED');
    assert.equal((await page(source, 'b')).version, '100');
  });
});

test('where only protobuf will do, JSON is refused, and its connection is let go', async (t) => {
  const server = await serve(t, json(200, { metadata: { resourceVersion: '100' }, items: [] }));
  const clock = new ManualClock();
  const api = createOwnedKubeApi(kubeConfig(server.url), clock);
  const source = createEventSource({ api, clock, wire: 'protobuf' });
  for (let times = 0; times < 5; times++) {
    const { code, message, remedy } = await failure(page(source));
    assert.deepEqual([code, /no protobuf but application\/json/.test(message)], ['API_MALFORMED', true]);
    assert.match(remedy ?? '', /"auto"/);
    const watch = source.watch({ version: '7', timeoutSeconds: 60, signal: never });
    assert.equal((await failure(watch)).code, 'API_MALFORMED');
  }
  assert.equal(clock.pending, 0);
});
