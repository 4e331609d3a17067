import assert from 'node:assert/strict';
import { type BulkEvents, bulkEventObject, writeBulkEvents } from './bulk-events.ts';
import type { ControlPlane } from './control-plane.ts';
import { ADMIN } from './credentials.ts';
import { isOfServer } from './own-events.ts';
import { realServerTest } from './real.ts';

const COUNT = 3000;
const namespaces = ['default', 'shop'];

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

interface EventList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Stored[];
}

const idOf = ({ metadata: { uid, resourceVersion } }: Stored): string => `${uid}:${resourceVersion}`;
const sorted = (ids: readonly string[]): readonly string[] => [...ids].sort();

/** Those of tests. */
async function listAll(plane: ControlPlane): Promise<readonly Stored[]> {
  const items: Stored[] = [];
  let more = '';
  do {
    const path: string = `/api/v1/events?limit=500&continue=${encodeURIComponent(more)}`;
    const answer = await plane.request<EventList>(ADMIN, 'GET', path);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    items.push(...answer.body.items.filter((event) => !isOfServer(event)));
    more = answer.body.metadata.continue ?? '';
  } while (more !== '');
  return items;
}

/** As the event of this number was written, with the version it was written at. */
function expected(written: BulkEvents, number: number) {
  const object = bulkEventObject(number, namespaces[number % namespaces.length] as string);
  // What is in a list does not say its kind.
  const { apiVersion: _, kind: __, metadata, ...fields } = object;
  const resourceVersion = written.ids[number]?.split(':')[1];
  return { metadata: { ...metadata, resourceVersion }, ...fields };
}

realServerTest('events put in bulk into etcd', { separateEvents: true }, async (plane, t) => {
  const { metadata } = (await plane.request<EventList>(ADMIN, 'GET', '/api/v1/events')).body;
  const watch = await plane.watch(ADMIN, `/api/v1/events?watch=1&resourceVersion=${metadata.resourceVersion}`);
  const written = await writeBulkEvents(plane.eventsEtcd, { count: COUNT, namespaces });
  t.diagnostic(`${Math.round((COUNT / written.durationMs) * 1000)} events a second, each at a version of its own`);

  await t.test('are exactly what the API server lists, with their fields and versions', async () => {
    const listed = await listAll(plane);
    assert.deepEqual(sorted(listed.map(idOf)), sorted(written.ids));
    const numbers = new Map(written.ids.map((id, number) => [id, number]));
    for (const event of listed) assert.deepEqual(event, expected(written, numbers.get(idOf(event)) ?? -1));
  });

  await t.test('have versions of their own, and reach a watch in that order', async () => {
    assert.equal(new Set(written.ids.map((id) => id.split(':')[1])).size, COUNT);
    const seen: string[] = [];
    for await (const { type, object } of watch.frames) {
      const event = object as Stored;
      if (isOfServer(event)) continue;
      assert.equal(type, 'ADDED');
      seen.push(idOf(event));
      if (seen.length === COUNT) break;
    }
    const versionOf = (id: string) => Number(id.split(':')[1]);
    assert.deepEqual(
      seen,
      [...written.ids].sort((a, b) => versionOf(a) - versionOf(b)),
    );
  });

  await t.test('become newer versions of the same events when written again', async () => {
    const again = await writeBulkEvents(plane.eventsEtcd, { count: 10, namespaces });
    assert.deepEqual(
      sorted((await listAll(plane)).map(idOf)),
      sorted([...again.ids, ...written.ids.slice(again.ids.length)]),
    );
  });

  await t.test('come no faster than the rate asked for, and no more once they are to end', async () => {
    const rate = 200;
    const paced = await writeBulkEvents(plane.eventsEtcd, { count: 50, from: 100_000, rate });
    assert.equal(paced.ids.length, 50);
    assert.ok(paced.durationMs >= ((50 - 1) / rate) * 1000, `${paced.durationMs} ms`);

    const ending = new AbortController();
    const open = await plane.watch(ADMIN, '/api/v1/events?watch=1&resourceVersion=0');
    const ended = writeBulkEvents(plane.eventsEtcd, { count: 1e6, from: 200_000, rate, signal: ending.signal });
    for await (const { object } of open.frames) if ((object as Stored).metadata.uid.endsWith('30d40')) break;
    ending.abort();
    const { ids } = await ended;
    const held = (await listAll(plane)).map(idOf).filter((id) => ids.includes(id));
    assert.deepEqual(sorted(held), sorted(ids));
  });

  await t.test('can share versions where that does no harm, several times as fast', async () => {
    const before = (await listAll(plane)).length;
    const shared = await writeBulkEvents(plane.eventsEtcd, { count: COUNT, from: 2_000_000, perRevision: 128 });
    t.diagnostic(`${Math.round((COUNT / shared.durationMs) * 1000)} events a second, 128 at a version`);
    assert.equal(new Set(shared.ids.map((id) => id.split(':')[1])).size, Math.ceil(COUNT / 128));
    assert.equal((await listAll(plane)).length, before + COUNT);
  });
});
