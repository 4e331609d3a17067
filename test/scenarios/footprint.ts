/** What a check costs the API server: requests, watches, and what of it is left when a run is over. */
import assert from 'node:assert/strict';
import { createUnitContext, eventCollector, type KubeApi, type KubeRequest } from '../../src/index.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';
import { planWrites } from './event-plan.ts';
import { createEventWriter } from './event-writer.ts';
import type { World } from './world.ts';

export const readTimeoutMs = 400;
const mostRequests = 5;

/**
 * A poll run with nothing to read, of a new process and of one that has run before: what it asks, that its watch is closed at the server,
 * and how long it takes.
 * @returns the milliseconds that each of the two runs took
 */
export async function idlePollRuns(world: World): Promise<readonly number[]> {
  const watchesBefore = await world.openEventWatches();
  const writer = createEventWriter(world, planWrites(10, 4));
  await writer.write(10);
  const kubeConfig = await world.kubeConfig();
  const took: number[] = [];
  const api = createOwnedKubeApi(kubeConfig, world.clock);
  const asked: KubeRequest[] = [];
  const sender = new RecordingSender();
  const context = createUnitContext({ api: recording(api, asked), sender, clock: world.clock });
  const makeUnit = () => eventCollector({ readTimeoutMs, readQuietMs: 100 });

  async function run(unit: ReturnType<typeof makeUnit>, read: number): Promise<void> {
    asked.length = 0;
    const startedAtMs = world.clock.monotonicMs();
    const outcome = await world.settle(unit.run(context));
    took.push(world.clock.monotonicMs() - startedAtMs);
    assert.ok(outcome?.status === 'ok' && outcome.events?.caughtUp, JSON.stringify(outcome));
    assertBooks(outcome);
    assert.equal(outcome.events.ledger.read, read);
  }

  const first = makeUnit();
  await run(first, (await world.eventIds()).length);
  took.length = 0;
  for (const [unit, requests] of [
    [first, ['list events', 'watch events']],
    // Its own token, then whose tokens there are besides.
    [makeUnit(), ['get configmaps', 'get configmaps', 'list events', 'watch events']],
  ] as const) {
    await run(unit, 0);
    assert.deepEqual(asked.map(nameOf), requests);
    assert.ok(requests.length <= mostRequests);
    // While its process lives and its connections are open.
    await world.eventWatchesAre(watchesBefore);
  }
  api.close();
  return took;
}

function recording(api: KubeApi, asked: KubeRequest[]): KubeApi {
  return {
    json: (request) => {
      asked.push(request);
      return api.json(request);
    },
    open: (request) => {
      asked.push(request);
      return api.open(request);
    },
  };
}

function nameOf({ path, query, method = 'GET' }: KubeRequest): string {
  const verb = method !== 'GET' ? method : query?.['watch'] ? 'watch' : query?.['limit'] ? 'list' : 'get';
  return `${verb} ${/events|configmaps/.exec(path)?.[0] ?? path}`;
}
