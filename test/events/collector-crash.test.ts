/** A collector that is killed, or stopped, at every instant at which it has an effect; a new process goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventCollectorOptions } from '../../src/events/options.ts';
import { isNewer } from '../../src/kube/version.ts';
import type { Token } from '../../src/token-store.ts';
import { type Collecting, collecting } from './collecting.ts';
import type { KubeWorld, Twist } from './kube-world.ts';
import { type Death, type Mortal, mortal } from './mortal.ts';
import { neverBack } from './token-watch.ts';

interface Story {
  readonly title: string;
  readonly options?: EventCollectorOptions;
  readonly stored?: Token;
  /** Before the first process. */
  readonly begin: (world: KubeWorld) => void;
  /** What happens in the world when the so many-th request comes, whoever asks. */
  readonly at: Readonly<Record<number, (world: KubeWorld) => Twist | void>>;
}

const writes = (world: KubeWorld, keys: string): void => {
  for (const key of keys) world.write(key);
};

const stories: readonly Story[] = [
  {
    title: 'a first list in pages, and a stream in batches',
    options: { maxPerCommit: 2 },
    begin: (world) => writes(world, 'abcde'),
    at: {
      1: (world) => writes(world, 'az'),
      3: (world) => writes(world, 'abc'),
    },
  },
  {
    title: 'a token that has expired, and a continue token that expires on the way',
    options: { maxPerCommit: 2, checkpointIntervalMs: 0 },
    stored: { resourceVersion: '2' },
    begin(world) {
      writes(world, 'abcdef');
      world.compact();
    },
    at: {
      2: (world) => {
        writes(world, 'adg');
        world.compact();
      },
      5: (world) => writes(world, 'b'),
      6: (world) => {
        writes(world, 'ce');
        world.delete('a');
      },
    },
  },
  {
    title: 'a stream that breaks',
    options: { maxPerCommit: 3, checkpointIntervalMs: 0 },
    stored: { resourceVersion: '1' },
    begin: (world) => writes(world, 'abcdef'),
    at: {
      1: () => ({ framesThen: [4, new Error('cut')] }),
      4: (world) => writes(world, 'ab'),
    },
  },
  {
    title: 'an etcd restored from a backup',
    options: { maxPerCommit: 2, checkpointIntervalMs: 0 },
    stored: { resourceVersion: '50' },
    begin: (world) => writes(world, 'abcde'),
    at: { 3: (world) => writes(world, 'xy') },
  },
];

interface Lives {
  readonly collecting: Collecting;
  readonly processes: readonly Mortal[];
}

/** The first process ends at a step; others follow until one has caught up. */
async function live(
  { begin, at, options, stored }: Story,
  end: (stop: () => void) => Death,
  how: 'kill' | 'stop',
): Promise<Lives> {
  const it = collecting();
  if (stored) it.store.tokens.set('event', stored);
  const store = neverBack(it.store);
  begin(it.world);
  it.world.onRequest = () => at[it.world.asked.length - 1]?.(it.world);
  const processes: Mortal[] = [];
  for (let n = 0; n < 10; n++) {
    const stopping = new AbortController();
    const ports = mortal(it.world, store, n === 0 ? end(() => stopping.abort(new Error('stop'))) : { when: 'before' });
    processes.push(ports);
    const process = it.process(options, ports);
    try {
      const { caughtUp } = await process.run({ signal: stopping.signal });
      // A process that is stopped saves; one that is just left has done so at the end of its run.
      if (how === 'stop') await process.stop();
      if (caughtUp) return { collecting: it, processes };
    } catch (error) {
      assert.ok(ports.dead, String(error));
    }
  }
  return assert.fail('not caught up after ten processes');
}

function landed(processes: readonly Mortal[]): readonly string[] {
  return processes.flatMap(({ sender }) =>
    sender.batches.flatMap(({ events }) => events.flatMap(({ sources }) => sources.map(({ id }) => id))),
  );
}

function repeated(ids: readonly string[]): readonly string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

const since = ({ stored }: Story, world: KubeWorld): string =>
  stored && !isNewer(stored.resourceVersion, world.version) ? stored.resourceVersion : '0';

describe('a collector', () => {
  for (const story of stories) {
    for (const when of ['before', 'after'] as const) {
      it(`killed ${when} each effect loses nothing, and repeats only what was not saved: ${story.title}`, async () => {
        let step = 0;
        for (; ; step++) {
          const { collecting: it, processes } = await live(story, () => ({ at: step, when }), 'kill');
          const ids = landed(processes);
          const about = `killed ${when} step ${step}: ${ids.join(' ')}`;
          const from = since(story, it.world);
          const lost = it.world.ids.filter((id) => isNewer(id.slice(id.indexOf(':') + 1), from) && !ids.includes(id));
          assert.deepEqual(lost, [], about);
          const twice = repeated(ids).filter((id) => !processes[0]?.excused.includes(id));
          assert.deepEqual(twice, [], about);
          if (step >= (processes[0]?.steps ?? 0)) break;
        }
        assert.ok(step > 10, `only ${step} steps`);
      });
    }

    it(`stopped at each effect loses nothing and repeats nothing: ${story.title}`, async () => {
      let step = 0;
      for (; ; step++) {
        const { collecting: it, processes } = await live(
          story,
          (stop) => ({ at: step, when: 'before', instead: stop }),
          'stop',
        );
        const ids = landed(processes);
        const about = `stopped at step ${step}: ${ids.join(' ')}`;
        const from = since(story, it.world);
        const lost = it.world.ids.filter((id) => isNewer(id.slice(id.indexOf(':') + 1), from) && !ids.includes(id));
        assert.deepEqual(lost, [], about);
        assert.deepEqual(repeated(ids), [], about);
        if (step >= (processes[0]?.steps ?? 0)) break;
      }
      assert.ok(step > 10, `only ${step} steps`);
    });
  }
});
