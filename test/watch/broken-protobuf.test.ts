/** A watch whose protobuf is out of step: it is closed and opened again at the same place; twice there, and JSON is read. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createEventSource } from '../../src/kube/event-source.ts';
import type { KubeApi } from '../../src/kube-api.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { KubeWorld } from '../events/kube-world.ts';
import { readerOf } from './rig.ts';

/** How often what is asked for in protobuf as a watch comes with a frame of 4 GiB. */
function harmed(world: KubeWorld, times: number, accepts: string[]): KubeApi {
  let left = times;
  return {
    json: world.json,
    async open(request) {
      const answer = await world.open(request);
      if (request.query?.['watch'] !== 'true') return answer;
      accepts.push(`${request.query['resourceVersion']} ${request.accept}`);
      if (request.accept === 'application/json' || left-- <= 0) return answer;
      const body = async function* () {
        yield Uint8Array.of(255, 255, 255, 255);
      };
      return { ...answer, body: body() };
    },
  };
}

const protobuf = '3 application/vnd.kubernetes.protobuf;stream=watch, application/json';
const json = '3 application/json';

for (const [times, asked] of [
  [1, [protobuf, protobuf]],
  [2, [protobuf, protobuf, json]],
  [9, [protobuf, protobuf, json]],
] as const) {
  it(`broken ${times} times: all is read, and nothing twice`, async () => {
    const clock = new ManualClock({ random: 0 });
    const world = new KubeWorld();
    const ids = ['a', 'b', 'c', 'd', 'e'].map((key) => world.write(key));
    const accepts: string[] = [];
    const source = createEventSource({ api: harmed(world, times, accepts), clock });
    const reader = readerOf({ at: 'guarding', version: '3' }, { source, clock }, { maxFailures: 5 });
    const read = async () => {
      const seen: string[] = [];
      for await (const output of reader.read(new AbortController().signal))
        if (output.type === 'frames') seen.push(...output.events.map(({ uid, version }) => `${uid}:${version}`));
      return seen;
    };
    assert.deepEqual(await clock.runUntil(read()), ids.slice(3));
    assert.deepEqual(accepts, asked);
  });
}
