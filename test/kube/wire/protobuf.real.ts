import assert from 'node:assert/strict';
import { systemClock } from '../../../src/clock.ts';
import { isKubeCheckError, type KubeCheckError } from '../../../src/errors.ts';
import { createOwnedKubeApi } from '../../../src/kube/api.ts';
import { createEventSource, type EventSource } from '../../../src/kube/event-source.ts';
import { createWireChoice, isProtobuf, type Wire } from '../../../src/kube/wire/choice.ts';
import type { WatchFrame } from '../../../src/kube/wire/codec.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import { writeBulkEvents } from '../../envtest/bulk-events.ts';
import type { ControlPlane } from '../../envtest/control-plane.ts';
import { ADMIN, LEAST_PRIVILEGED } from '../../envtest/credentials.ts';
import { realServerTest } from '../../envtest/real.ts';
import { never } from '../server.ts';

type Sources = Readonly<Record<'json' | 'protobuf', EventSource>>;

const texts = [
  '',
  'plain',
  '☸ Ünïcode 𝒳 \u2028 \ufeffmark',
  '"quoted"\n\ttab \\ <&>',
  '\u0000\u0001\u007f',
  'x'.repeat(900),
];
const times = [
  null,
  '1970-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '0001-01-01T00:00:01Z',
  '9999-12-31T23:59:59Z',
  '2026-02-28T23:59:59+05:30',
];
const microTimes = [
  '2026-01-01T00:00:00.000001Z',
  '2026-01-01T00:00:00.999999Z',
  '1969-12-31T23:59:59.123456Z',
  '1970-01-01T00:00:00.000000Z',
  '2026-01-01T01:02:03.029999Z',
];

/** Events in core/v1 with every text and time in every place. */
function coreEvents(): readonly object[] {
  return texts.flatMap((text, i) =>
    times.map((time, j) => ({
      metadata: { name: `core-${i}-${j}`, namespace: 'default', labels: { a: 'b' }, annotations: { note: text } },
      involvedObject: {
        kind: i % 2 ? 'Pod' : text,
        namespace: 'default',
        name: text,
        uid: text,
        apiVersion: text,
        fieldPath: 'spec.containers{web}',
      },
      reason: text,
      message: text,
      type: j % 2 ? 'Normal' : text,
      source: { component: text, host: text },
      firstTimestamp: time,
      lastTimestamp: times[(j + 1) % times.length],
      ...(j === 0 ? {} : { count: [0, 1, 2147483647, -1, 5][j % 5] }),
    })),
  );
}

const newStyleEvents = (): readonly object[] =>
  microTimes.flatMap((time, i) =>
    [undefined, { count: 2, lastObservedTime: microTimes[(i + 1) % microTimes.length] }].map((series, j) => ({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `new-${i}-${j}`, namespace: 'default' },
      eventTime: time,
      ...(series && { series }),
      reportingController: 'example.com/controller',
      reportingInstance: 'one',
      action: 'Testing',
      reason: 'Tested',
      regarding: { kind: 'Namespace', name: 'default', apiVersion: 'v1' },
      note: texts[i] ?? '',
      type: 'Normal',
    })),
  );

async function write(plane: ControlPlane): Promise<void> {
  for (const [group, events] of [
    ['/api/v1', coreEvents()],
    ['/apis/events.k8s.io/v1', newStyleEvents()],
  ] as const) {
    for (const event of events) {
      const { status, body } = await plane.request(ADMIN, 'POST', `${group}/namespaces/default/events`, event);
      assert.equal(status, 201, JSON.stringify(body));
    }
  }
}

async function sourcesOf(plane: ControlPlane, user: string): Promise<Sources> {
  const api = createOwnedKubeApi(await plane.kubeConfig(user), systemClock);
  const make = (wire: Wire) => createEventSource({ api, clock: systemClock, wire });
  return { json: make('json'), protobuf: make('protobuf') };
}

async function listed(source: EventSource): Promise<readonly KubeEvent[]> {
  const events: KubeEvent[] = [];
  let at: { readonly continueToken?: string } = {};
  do {
    const page = await source.page({ limit: 200, ...at, signal: never });
    assert.equal(page.malformed, 0);
    events.push(...page.events);
    at = page.continueToken === undefined ? {} : { continueToken: page.continueToken };
  } while (at.continueToken !== undefined);
  return events;
}

/** Frames until enough are there, or the server ends the watch. Bookmarks come when they want. */
async function watched(source: EventSource, version: string, count: number): Promise<readonly WatchFrame[]> {
  const ended = new AbortController();
  const frames: WatchFrame[] = [];
  for await (const some of await source.watch({ version, timeoutSeconds: 10, signal: ended.signal })) {
    frames.push(...some.filter(({ type }) => type !== 'bookmark'));
    if (frames.length >= count) break;
  }
  ended.abort();
  return frames.slice(0, count);
}

async function failure(asked: Promise<unknown>): Promise<KubeCheckError> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isKubeCheckError(error) ? error : assert.fail(`no failure but ${error}`);
}

const said = ({ code, message, details, retryAfterMs }: KubeCheckError) => ({ code, message, details, retryAfterMs });

/** What both say, which must be the same but for what differs between any two requests. */
async function both<T>(sources: Sources, ask: (source: EventSource) => Promise<T>): Promise<T> {
  const asJson = await ask(sources.json);
  const asProtobuf = await ask(sources.protobuf);
  assert.deepEqual(asProtobuf, asJson);
  return asProtobuf;
}

realServerTest('JSON and protobuf of the same events are the same', { separateEvents: true }, async (plane, t) => {
  const sources = await sourcesOf(plane, ADMIN);
  const start = (await sources.json.page({ limit: 1, signal: never })).version;
  await write(plane);
  const written = coreEvents().length + newStyleEvents().length;

  await t.test('in lists', async () => {
    const events = await both(sources, listed);
    assert.ok(events.length >= written);
    assert.ok(events.some(({ series }) => series));
    assert.ok(events.some(({ firstAtMs }) => firstAtMs === -1000));
    assert.ok(events.some(({ eventAtMs }) => eventAtMs === -877));
  });

  await t.test('key by key, in the same order', async () => {
    const keys = await both(sources, async (source) => (await listed(source)).map((event) => JSON.stringify(event)));
    assert.ok(keys.length >= written);
  });

  await t.test('in watches: added, modified and deleted', async () => {
    const path = '/api/v1/namespaces/default/events/core-1-1';
    assert.equal((await plane.request(ADMIN, 'PATCH', path, { message: 'other' })).status, 200);
    assert.equal((await plane.request(ADMIN, 'DELETE', path)).status, 200);
    const frames = await both(sources, (source) => watched(source, start, written + 2));
    assert.equal(frames.length, written + 2);
    assert.equal(frames.at(-1)?.type, 'deleted');
  });

  await t.test('by the thousand', async () => {
    await writeBulkEvents(plane.eventsEtcd, { count: 1000, namespaces: ['default', 'shop'] });
    assert.ok((await both(sources, listed)).length >= 1000);
  });

  await t.test('where a version is not there yet', async () => {
    const ahead = await both(
      sources,
      async (source) => (await failure(source.guard({ version: '99999999999', signal: never }))).code,
    );
    assert.equal(ahead, 'API_AHEAD');
  });

  await t.test('where a user may not', async () => {
    const refused = await sourcesOf(plane, LEAST_PRIVILEGED);
    const denied = await both(refused, async (source) => said(await failure(source.page({ limit: 1, signal: never }))));
    assert.equal(denied.code, 'API_DENIED');
    await both(refused, async (source) =>
      said(await failure(source.watch({ version: '1', timeoutSeconds: 5, signal: never }))),
    );
  });

  await t.test('and failures come in protobuf too, where it was asked for', async () => {
    const refused = createOwnedKubeApi(await plane.kubeConfig(LEAST_PRIVILEGED), systemClock);
    for (const watch of ['false', 'true']) {
      const accept = createWireChoice('auto').accept(watch === 'true' ? 'watch' : 'list');
      const answer = await refused.open({ path: '/api/v1/events', query: { watch }, accept, signal: never });
      assert.equal(answer.status, 403);
      assert.ok(isProtobuf(answer.headers.get('content-type')), `${answer.headers.get('content-type')}`);
      for await (const _ of answer.body) break;
    }
  });

  await t.test('where a version is none', async () => {
    const invalid = await both(sources, async (source) =>
      said(await failure(source.watch({ version: 'x', timeoutSeconds: 5, signal: never }))),
    );
    assert.match(invalid.message, /Invalid value/);
  });

  await t.test('where what is asked for has expired', async () => {
    const { continueToken = '' } = await sources.json.page({ limit: 10, signal: never });
    for (let n = 0; n < 3; n++) {
      const object = {
        metadata: { name: `later-${n}`, namespace: 'default' },
        involvedObject: { namespace: 'default' },
      };
      await plane.request(ADMIN, 'POST', '/api/v1/namespaces/default/events', object);
    }
    await plane.eventsEtcd.compact();
    const expired = await both(sources, async (source) =>
      said(await failure(source.page({ limit: 10, continueToken, signal: never }))),
    );
    assert.equal(expired.code, 'API_GONE');
    assert.equal(typeof expired.details['continue'], 'string');
    const rest = await both(sources, (source) =>
      source.page({ limit: 10, continueToken: `${expired.details['continue']}`, signal: never }),
    );
    assert.equal(rest.events.length, 10);
    // A watch is served by a cache that begins when the server does.
    const gone = await both(sources, async (source) => {
      const [frame] = await watched(source, start, 1);
      assert.equal(frame?.type, 'status');
      return said(source.failure(frame.status));
    });
    assert.equal(gone.code, 'API_GONE');
  });
});
