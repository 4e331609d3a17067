/** What must hold in the end, whatever happened on the way. */
import assert from 'node:assert/strict';
import { isNewer, isVersion, laterOf } from '../../src/kube/version.ts';
import type { CheckHost } from './check-host.ts';
import { versionOf } from './committed.ts';
import type { EventWriter } from './event-writer.ts';
import type { World } from './world.ts';

/** The library's own name for it. */
export const tokenConfigMap = 'kube-apiserver-check';

/** The last version of every event is committed, and nothing that was not written; the stored token says so. */
export async function assertAllDelivered(world: World, host: CheckHost, writer: EventWriter): Promise<void> {
  const stored = await world.eventIds();
  assert.deepEqual([...stored].sort(), [...writer.last].sort(), 'the server holds what was written');
  const committed = new Set(host.committedIds());
  assert.deepEqual(
    stored.filter((id) => !committed.has(id)),
    [],
    'the last version of every event is committed',
  );
  assert.deepEqual(
    [...committed].filter((id) => !writer.made.has(id)),
    [],
    'only what was written is committed',
  );
  const { 'event.tokenKey': token = '', 'event.tokenTimestamp': listedAt = '' } =
    (await world.configMapData(tokenConfigMap)) ?? {};
  const newest = stored.map(versionOf).reduce(laterOf);
  assert.ok(isVersion(token) && !isNewer(newest, token), `the token ${token} is behind ${newest}`);
  assert.match(listedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
}
