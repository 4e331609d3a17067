/** Watch mode under any schedule of writes and failures that heal: each version it could read is told exactly once, and the books close. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commitGate } from '../../src/commit-gate.ts';
import { resolveEventOptions } from '../../src/events/resolve-options.ts';
import { WatchCollector } from '../../src/events/watch-collector.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import type { UnitContext } from '../../src/unit.ts';
import { assertBooks } from '../books.ts';
import { KubeWorld } from './kube-world.ts';
import { loggingStore } from './logging-store.ts';
import { neverBack } from './token-watch.ts';

type Act =
  | { readonly act: 'write'; readonly key: string }
  | { readonly act: 'reject' | 'fail the store'; readonly times: number }
  | {
      readonly act: 'hold' | 'release' | 'close the watch' | 'break the watch' | 'report' | 'lose the term' | 'restart';
    }
  | { readonly act: 'pass'; readonly ms: number };

const times = fc.integer({ min: 1, max: 4 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('write' as const), key: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 9000 }).map((ms): Act => ({ act: 'pass', ms })) },
  fc.record({ act: fc.constantFrom('reject' as const, 'fail the store' as const), times }),
  fc
    .constantFrom('hold', 'release', 'close the watch', 'break the watch', 'report', 'lose the term', 'restart')
    .map((what): Act => ({ act: what }) as Act),
);

/** One process after the other over one world and one store; each ends gracefully. */
class Life {
  readonly clock = new ManualClock({ random: 0 });
  readonly world = new KubeWorld({ nowMs: () => this.clock.nowMs(), firstVersion: 1 });
  readonly sender = new RecordingSender();
  readonly store = loggingStore();
  readonly written: string[] = [];
  readonly #options;
  readonly #watched = neverBack(this.store);
  #collector: WatchCollector;
  #tenure = new AbortController();
  #term = 1;
  #previous: Parameters<typeof assertBooks>[1];

  constructor(maxPerCommit: number, batchWindowMs: number, wire: 'protobuf' | 'json') {
    this.#options = resolveEventOptions({
      ...{ mode: 'watch', bundling: 'none', collectedEventTypes: [{ kind: 'Pod' }], bufferSize: 3 },
      ...{ maxPerCommit, batchWindowMs, wire, startFrom: 'now', commitTimeoutMs: 1_000_000 },
    });
    this.#collector = this.#begin();
  }

  #begin(): WatchCollector {
    this.#previous = undefined;
    return new WatchCollector(this.#options, { name: 'cluster', tokenKey: 'event' });
  }

  async report(): Promise<void> {
    const { clock, sender, world } = this;
    const context: UnitContext = {
      ...{ api: world, sender, clock, tagProvider: {}, signal: new AbortController().signal, warn: () => undefined },
      ...{ tenure: this.#tenure.signal, fence: { holder: 'me', term: this.#term, lease: 'l' } },
    };
    const outcome = await this.#collector.run(context, this.#watched, commitGate(sender, clock));
    this.#close(outcome);
    await clock.advance(0);
  }

  #close(told: Parameters<typeof assertBooks>[0]): void {
    assertBooks(told, this.#previous);
    this.#previous = told;
  }

  async #stop(): Promise<void> {
    this.sender.releaseCommits();
    this.store.answer();
    await this.clock.runUntil(this.#collector.stop());
  }

  async do(what: Act): Promise<void> {
    switch (what.act) {
      case 'write':
        this.written.push(this.world.write(what.key));
        break;
      case 'reject':
        this.sender.rejectNext(what.times);
        break;
      case 'fail the store':
        this.store.failNext(what.times);
        break;
      case 'hold':
        this.sender.holdCommits();
        break;
      case 'release':
        this.sender.releaseCommits();
        break;
      case 'close the watch':
      case 'break the watch': {
        let once = true;
        const end = what.act === 'close the watch' ? 'close' : new Error('reset');
        this.world.onRequest = (ask) => {
          if (!once || !ask.startsWith('watch')) return;
          once = false;
          return { framesThen: [1, end] };
        };
        break;
      }
      case 'pass':
        return await this.clock.advance(what.ms);
      case 'report':
        return await this.report();
      case 'lose the term':
        this.#tenure.abort(new Error('lost'));
        await this.#stop();
        this.#close({ events: this.#collector.takeEvents({ ledElsewhere: true }) });
        this.#tenure = new AbortController();
        this.#term++;
        return await this.report();
      case 'restart':
        await this.#stop();
        this.#collector = this.#begin();
        this.#tenure = new AbortController();
        this.#term++;
        return await this.report();
    }
    await this.clock.advance(0);
  }

  async end(): Promise<void> {
    this.sender.releaseCommits();
    this.store.answer();
    await this.report();
    await this.clock.advance(600_000);
    await this.report();
    await this.#stop();
  }
}

describe('watch mode', () => {
  it('tells each version exactly once, in order, whatever is refused, held, cut or handed over on the way', async () => {
    const schedule = fc.array(act, { minLength: 5, maxLength: 40 });
    const wire = fc.constantFrom('protobuf' as const, 'json' as const);
    const given = fc.tuple(fc.constantFrom(1, 2, 5), fc.constantFrom(0, 1000), wire);
    await fc.assert(
      fc.asyncProperty(schedule, given, async (acts, [most, windowMs, encoding]) => {
        const life = new Life(most, windowMs, encoding);
        await life.report();
        await life.clock.advance(0);
        for (const each of acts) await life.do(each);
        await life.end();
        assert.deepEqual(life.sender.committedSourceIds(), life.written);
        assert.equal(life.store.tokens.get('event')?.resourceVersion, life.world.version);
        assert.equal(life.world.openWatches, 0);
        assert.equal(life.clock.pending, 0);
      }),
      { numRuns: 150 },
    );
  });
});
