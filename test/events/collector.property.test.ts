/** Any life of a collector: what happens in the cluster, to the sender, to the store and to the process, in any order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Collecting, collecting, type Process } from './collecting.ts';
import { type Mortal, mortal } from './mortal.ts';
import { neverBack } from './token-watch.ts';

type Act =
  | { readonly act: 'write' | 'delete'; readonly key: string }
  | { readonly act: 'compact' | 'skip' | 'restart' | 'run' }
  | { readonly act: 'reject' | 'fail the store' | 'break the watch' | 'fail the server'; readonly times: number }
  | { readonly act: 'kill' | 'stop'; readonly at: number };

const key = fc.constantFrom(...'abcdefg');
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ act: fc.constant('write' as const), key }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('delete' as const), key }) },
  {
    weight: 9,
    arbitrary: fc.record({
      act: fc.constantFrom('compact' as const, 'skip' as const, 'restart' as const, 'run' as const, 'run' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom(
        'reject' as const,
        'fail the store' as const,
        'break the watch' as const,
        'fail the server' as const,
      ),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom('kill' as const, 'stop' as const),
      at: fc.integer({ min: 0, max: 25 }),
    }),
  },
);

const options = fc.record({
  maxPerCommit: fc.integer({ min: 1, max: 4 }),
  pageSize: fc.integer({ min: 1, max: 4 }),
  checkpointIntervalMs: fc.constantFrom(0, 1000),
  wire: fc.constantFrom('protobuf' as const, 'json' as const),
});

/** Each of the acts fails at most three of them. */
const mostRuns = 130;

class Life {
  readonly it: Collecting = collecting();
  readonly #store = neverBack(this.it.store);
  readonly #options;
  readonly #processes: Mortal[] = [];
  #process: Process | undefined;
  #breaks = 0;
  #fails = 0;

  constructor(given: {
    readonly maxPerCommit: number;
    readonly pageSize: number;
    readonly checkpointIntervalMs: number;
    readonly wire: 'protobuf' | 'json';
  }) {
    this.#options = given;
    this.it.world.skip();
    this.it.world.onRequest = (ask) => {
      if (this.#fails > 0) {
        this.#fails--;
        return { status: 503 };
      }
      if (ask.startsWith('watch') && this.#breaks > 0) {
        this.#breaks--;
        return { framesThen: [1, new Error('cut')] };
      }
      return undefined;
    };
  }

  async do(what: Act): Promise<void> {
    const { world, store } = this.it;
    switch (what.act) {
      case 'write':
        world.write(what.key);
        return;
      case 'delete':
        world.delete(what.key);
        return;
      case 'compact':
        return world.compact();
      case 'skip':
        return world.skip();
      case 'restart':
        await this.#process?.stop();
        this.#process = undefined;
        return;
      case 'run':
        await this.#run();
        return;
      case 'reject':
        this.#living();
        return this.#processes.at(-1)?.sender.rejectNext(what.times);
      case 'fail the store':
        return store.failNext(what.times);
      case 'break the watch':
        this.#breaks = what.times;
        return;
      case 'fail the server':
        this.#fails = what.times;
        return;
      case 'kill':
        this.#process = this.#begin({ at: what.at, when: 'after' });
        await this.#run();
        return;
      case 'stop': {
        const host = new AbortController();
        this.#process = this.#begin({ at: what.at, when: 'before', instead: () => host.abort(new Error('host')) });
        await this.#run(host.signal);
        return;
      }
    }
  }

  /** What a process that is replaced without a stop has committed since its last save may come again. */
  #begin(death: Parameters<typeof mortal>[2]): Process {
    const ports = mortal(this.it.world, this.#store, death);
    this.#processes.push(ports);
    return this.it.process(this.#options, ports);
  }

  #living(): Process {
    this.#process ??= this.#begin({ when: 'before' });
    return this.#process;
  }

  /** A process that was to be killed may die in a later run. */
  async #run(signal?: AbortSignal): Promise<boolean> {
    try {
      const { caughtUp } = await this.#living().run(signal ? { signal } : {});
      return caughtUp;
    } catch (error) {
      assert.ok(this.#processes.at(-1)?.dead, String(error));
      this.#process = undefined;
      return false;
    }
  }

  async end(): Promise<void> {
    for (let run = 0; run < mostRuns; run++) if (await this.#run()) return;
    assert.fail(`not caught up after ${mostRuns} runs`);
  }

  assertNothingLostAndNothingTwice(): void {
    const landed = this.#processes.flatMap(({ sender }) => sender.committedSourceIds());
    const lost = this.it.world.ids.filter((id) => !landed.includes(id));
    assert.deepEqual(lost, []);
    const excused = this.#processes.flatMap((process) => process.excused);
    const twice = landed.filter((id, index) => landed.indexOf(id) !== index && !excused.includes(id));
    assert.deepEqual(twice, []);
  }
}

describe('whatever happens', () => {
  it('nothing is lost, nothing told twice that was saved, the token never goes back, and the books close', async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.array(act, { maxLength: 40 }), async (given, acts) => {
        const life = new Life(given);
        for (const what of acts) await life.do(what);
        await life.end();
        life.assertNothingLostAndNothingTwice();
      }),
      { numRuns: 150 },
    );
  });
});
