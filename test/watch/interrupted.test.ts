/** Reading that is ended at every point it has, by its signal or by a consumer that leaves, and goes on later: nothing lost, nothing twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventSource } from '../../src/kube/event-source.ts';
import { isNewer } from '../../src/kube/version.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { ListWatch } from '../../src/watch/list-watch.ts';
import type { WatchOutput } from '../../src/watch/output.ts';
import type { WatchState } from '../../src/watch/state.ts';
import { KubeWorld, type Twist } from '../events/kube-world.ts';
import { readerOf } from './rig.ts';

interface Story {
  readonly title: string;
  readonly start: WatchState;
  /** What happens in the world when the so many-th request comes. */
  readonly at: Readonly<Record<number, (world: KubeWorld) => Twist | void>>;
}

const busy = { status: 503, body: { kind: 'Status', code: 503, message: 'busy' } };
const cut: Twist = { framesThen: [2, new Error('cut')] };

const stories: readonly Story[] = [
  {
    title: 'a long list whose continue token expires, a stream that breaks, an expired version',
    start: { at: 'listing', cause: 'first' },
    at: {
      1: (world) => {
        world.write('a');
        world.compact();
      },
      2: () => busy,
      4: (world) => {
        world.write('c');
        world.write('f');
        return cut;
      },
      6: (world) => {
        for (const key of ['a', 'b', 'c', 'd', 'e']) world.write(key);
        world.delete('b');
        return cut;
      },
      8: (world) => {
        world.write('g');
        world.skip(3);
        world.compact();
      },
      9: (world) => void world.write('a'),
    },
  },
  {
    title: 'a token that has expired, and closes without a word',
    start: { at: 'guarding', version: '3' },
    at: {
      0: (world) => world.compact(),
      3: (world) => {
        world.write('h');
        return { framesThen: [0, 'close'] };
      },
      4: () => ({ framesThen: [0, 'close'] }),
      5: (world) => void world.write('a'),
      6: () => busy,
    },
  },
  {
    title: 'a stream with frames that nobody can read',
    start: { at: 'guarding', version: '5' },
    at: {
      1: (world) => {
        world.write('z');
        return { prefix: '{"type":"ADDED","object":{"metadata":{}}}\nnot json\n' };
      },
    },
  },
];

function begin(
  { start, at }: Story,
  readAhead: boolean,
): {
  readonly world: KubeWorld;
  readonly clock: ManualClock;
  readonly reader: ListWatch;
} {
  const clock = new ManualClock({ random: 0 });
  const world = new KubeWorld();
  for (const key of ['a', 'b', 'c', 'd', 'e']) world.write(key);
  world.onRequest = () => at[world.asked.length - 1]?.(world);
  const reader = readerOf(
    start,
    { source: createEventSource({ api: world, clock }), clock },
    { maxFailures: 5, readAhead },
  );
  return { world, clock, reader };
}

const idsOf = (output: WatchOutput): readonly string[] =>
  output.type === 'page' || output.type === 'frames'
    ? output.events.map(({ uid, version }) => `${uid}:${version}`)
    : [];

interface Interruption {
  readonly how: 'abort' | 'leave';
  readonly readAhead: boolean;
}

/** Ends the first read at a step; reads to the end then. Returns what was read, and whether the step was met. */
async function interruptedAt(story: Story, stepToEndAt: number, { how, readAhead }: Interruption) {
  const { world, clock, reader } = begin(story, readAhead);
  const ids: string[] = [];
  const run = new AbortController();
  let steps = 0;
  let met = false;
  const step = (): boolean => {
    if (steps++ !== stepToEndAt) return false;
    met = true;
    if (how === 'abort') run.abort(new Error('over'));
    return true;
  };
  const { onRequest } = world;
  // A request, an answer, an output and the end of a wait are steps: whoever leaves can do so at an output only.
  world.onRequest = (ask) => {
    if (how === 'abort') step();
    return onRequest(ask);
  };
  const { sleep } = clock;
  clock.sleep = async (...asked) => {
    if (how === 'abort' && asked[0] < 2000) step();
    return sleep.apply(clock, asked);
  };
  const read = async (signal: AbortSignal, leaves: boolean): Promise<void> => {
    for await (const output of reader.read(signal)) {
      ids.push(...idsOf(output));
      if (leaves && step() && how === 'leave') return;
    }
  };
  await clock.runUntil(read(run.signal, true)).catch((error: unknown) => assert.ok(run.signal.aborted, String(error)));
  assert.equal(world.openWatches, 0, 'a watch was left open');
  clock.sleep = sleep;
  world.onRequest = onRequest;
  await clock.runUntil(read(new AbortController().signal, false));
  return { ids, met, world, reader };
}

const interruptions: Readonly<Record<string, Interruption>> = {
  aborted: { how: 'abort', readAhead: false },
  'aborted, with a page ahead': { how: 'abort', readAhead: true },
  left: { how: 'leave', readAhead: false },
  'left, with a page ahead': { how: 'leave', readAhead: true },
};

describe('reading that is ended and goes on', () => {
  for (const story of stories) {
    for (const [name, interruption] of Object.entries(interruptions)) {
      it(`${story.title}: ${name} at each step`, async () => {
        let at = 0;
        for (; ; at++) {
          const { ids, met, world, reader } = await interruptedAt(story, at, interruption);
          const about = `ended at step ${at}: ${ids.join(' ')}`;
          assert.equal(reader.state.at, 'settled', about);
          assert.equal(new Set(ids).size, ids.length, `twice, ${about}`);
          const start = 'version' in story.start ? story.start.version : '0';
          const lost = world.ids.filter((id) => isNewer(id.slice(id.indexOf(':') + 1), start) && !ids.includes(id));
          assert.deepEqual(lost, [], about);
          if (!met) break;
        }
        assert.ok(at >= 2, `only ${at} steps`);
      });
    }
  }
});
