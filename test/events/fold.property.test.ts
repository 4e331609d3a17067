/**
 * Folding under any stream, schedule, refusal and end of a process: the last version of each key arrives, none twice but after a kill, the
 * stored token stays below what is held, and the books close. And: the property notices when one of the rules behind it is missing.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { commitGate } from '../../src/commit-gate.ts';
import { Collector } from '../../src/events/collector.ts';
import { Fold } from '../../src/events/fold.ts';
import { HeldBack } from '../../src/events/held-back.ts';
import { resolveEventOptions } from '../../src/events/resolve-options.ts';
import { WatchCollector } from '../../src/events/watch-collector.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { Token, TokenStore } from '../../src/token-store.ts';
import type { UnitContext } from '../../src/unit.ts';
import { assertBooks } from '../books.ts';
import { KubeWorld, keyOf } from './kube-world.ts';
import { loggingStore } from './logging-store.ts';
import { type Mortal, mortal } from './mortal.ts';
import { neverBack } from './token-watch.ts';

type Act =
  | { readonly act: 'write'; readonly key: string; readonly times: number }
  | { readonly act: 'reject'; readonly times: number }
  | { readonly act: 'delete'; readonly key: string }
  | { readonly act: 'run' | 'begin a run that is ended' | 'compact' | 'lose the term' | 'stop' }
  | { readonly act: 'kill'; readonly after: number }
  | { readonly act: 'pass'; readonly ms: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('write' as const),
      key: fc.constantFrom(...'abcd'),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('run' as const) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 12_000 }) }) },
  fc.record({ act: fc.constant('reject' as const), times: fc.integer({ min: 1, max: 2 }) }),
  fc.record({
    act: fc.constantFrom('compact' as const, 'lose the term' as const, 'begin a run that is ended' as const),
  }),
  fc.record({ act: fc.constant('delete' as const), key: fc.constantFrom(...'abcd') }),
  { weight: 2, arbitrary: fc.record({ act: fc.constant('stop' as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('kill' as const), after: fc.integer({ min: 0, max: 12 }) }) },
);

const given = fc.record({
  mode: fc.constantFrom('poll' as const, 'watch' as const),
  maxPerCommit: fc.integer({ min: 1, max: 4 }),
  batchWindowMs: fc.constantFrom(0, 1000),
  checkpointIntervalMs: fc.constantFrom(0, 1000),
  foldRepeatsMs: fc.constantFrom(3000, 10_000),
});
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

interface Process {
  readonly ports: Mortal;
  readonly death: { at?: number; readonly when: 'after' };
  readonly collector: Collector | WatchCollector;
  readonly tenure: AbortController;
  previous: Parameters<typeof assertBooks>[1];
}

const versionIn = (id: string): number => Number(id.slice(id.lastIndexOf(':') + 1));

/** One process after the other over one world and one store. */
class Life {
  readonly clock = new ManualClock({ random: 0 });
  readonly world = new KubeWorld({ nowMs: () => this.clock.nowMs(), firstVersion: 1 });
  readonly store = loggingStore();
  readonly #given: Given;
  readonly #watched = this.#below(neverBack(this.store));
  #written: string[] = [];
  readonly #processes: Process[] = [];
  readonly #excused = new Set<string>();
  readonly #wrong: string[] = [];
  #process: Process | undefined;
  #term = 0;
  #refusals = 0;
  folded = 0;

  constructor(options: Given) {
    this.#given = options;
  }

  get committed(): readonly string[] {
    return this.#processes.flatMap(({ ports }) => ports.sender.committedSourceIds());
  }

  /** Of a token that went back, or is above the last version of a key that is not committed. Thrown it would pass for a failing store. */
  #below(store: TokenStore): TokenStore {
    return {
      ...store,
      save: async (...asked) => {
        const missing = this.#missingBelow(asked[1]);
        if (missing.length > 0) this.#wrong.push(`${asked[1].resourceVersion} is saved without ${missing}`);
        return await store.save(...asked).catch((error: unknown) => {
          if (error instanceof assert.AssertionError) this.#wrong.push(error.message);
          throw error;
        });
      },
    };
  }

  #missingBelow({ resourceVersion }: Token): readonly string[] {
    const done = new Set(this.committed);
    const last = new Map(this.#written.map((id) => [keyOf(id), id]));
    return [...last.values()].filter((id) => versionIn(id) <= Number(resourceVersion) && !done.has(id));
  }

  #living(): Process {
    if (this.#process?.ports.dead === false) return this.#process;
    if (this.#process) this.#excuse();
    const death: Process['death'] = { when: 'after' };
    const options = resolveEventOptions({
      ...{ bundling: 'none', collectedEventTypes: [{ kind: 'Pod' }], pageSize: 2, bufferSize: 5 },
      ...this.#given,
    });
    const scope = { name: 'cluster', tokenKey: 'event' };
    this.#term++;
    this.#process = {
      ports: mortal(this.world, this.#watched, death),
      death,
      collector: this.#given.mode === 'watch' ? new WatchCollector(options, scope) : new Collector(options, scope),
      tenure: new AbortController(),
      previous: undefined,
    };
    this.#refusals = 0;
    this.#processes.push(this.#process);
    return this.#process;
  }

  /** What is committed and above the stored token may come again. */
  #excuse(): void {
    const token = Number(this.store.tokens.get('event')?.resourceVersion ?? 0);
    for (const id of this.committed) if (versionIn(id) > token) this.#excused.add(id);
  }

  async #run(signal = new AbortController().signal): Promise<boolean> {
    const process = this.#living();
    const { collector, ports, tenure } = process;
    const context: UnitContext = {
      ...{ api: ports.api, sender: ports.sender, clock: this.clock, tagProvider: {}, warn: () => undefined },
      ...{ signal, tenure: tenure.signal },
      fence: { holder: 'me', term: this.#term, lease: 'l' },
    };
    const running = collector.run(context, ports.store, commitGate(ports.sender, this.clock));
    const outcome = await this.#unlessDead(running);
    if (!outcome) return false;
    assertBooks(outcome, process.previous);
    process.previous = outcome;
    this.folded += outcome.events?.ledger.folded ?? 0;
    await this.clock.advance(0);
    return outcome.events?.caughtUp ?? false;
  }

  /** Undefined if the process dies of it. */
  async #unlessDead<T>(work: Promise<T>): Promise<T | undefined> {
    const { ports } = this.#process ?? assert.fail('no process');
    const result = await this.clock.runUntil(
      Promise.race([work.then((value) => ({ value })), ports.died]).catch((error: unknown) => {
        if (!ports.dead) throw error;
        return undefined;
      }),
    );
    return ports.dead ? undefined : result?.value;
  }

  /** What is refused at the end can't be committed: then it is as a kill. */
  get #isRefusing(): boolean {
    const batches = this.#process?.ports.sender.batches ?? [];
    return batches.filter(({ error }) => error).length < this.#refusals || batches.at(-1)?.error !== undefined;
  }

  async #stop(): Promise<void> {
    const process = this.#process;
    if (!process || process.ports.dead) return;
    const isRefusing = this.#isRefusing;
    await this.#unlessDead(process.collector.stop());
    if (isRefusing || process.ports.dead) this.#excuse();
    if (!process.ports.dead) this.#process = undefined;
  }

  async #loseTheTerm(): Promise<void> {
    const process = this.#process;
    if (!process || process.ports.dead) return;
    const isRefusing = this.#isRefusing;
    process.tenure.abort(new Error('lost'));
    await this.clock.advance(0);
    if (this.#given.mode === 'poll' || isRefusing || process.ports.dead) this.#excuse();
    // Nobody led in between, but this process can't know.
    this.#process = { ...process, tenure: new AbortController() };
    this.#term++;
  }

  async do(what: Act): Promise<void> {
    switch (what.act) {
      case 'write':
        for (let n = 0; n < what.times; n++) {
          this.#written.push(this.world.write(what.key));
          await this.clock.advance(0);
        }
        return;
      case 'reject':
        this.#living().ports.sender.rejectNext(what.times);
        this.#refusals += what.times;
        return;
      case 'delete':
        // What nobody holds any more is not promised.
        this.world.delete(what.key);
        this.#written = this.#written.filter((id) => keyOf(id) !== what.key);
        return await this.clock.advance(0);
      case 'begin a run that is ended':
        return void (await this.#run(AbortSignal.abort(new Error('host'))));
      case 'compact':
        return this.world.compact();
      case 'kill': {
        const { death, ports } = this.#living();
        death.at = ports.steps + what.after;
        return await this.clock.advance(0);
      }
      case 'pass':
        return await this.clock.advance(what.ms);
      case 'run':
        return void (await this.#run());
      case 'lose the term':
        return await this.#loseTheTerm();
      case 'stop':
        return await this.#stop();
    }
  }

  /** Until all windows have ended, and what was held is told. */
  async end(): Promise<void> {
    let calm = 0;
    for (let round = 0; round < 60 && calm < 3; round++) {
      calm = (await this.#run()) ? calm + 1 : 0;
      await this.clock.advance(15_000);
    }
    assert.equal(calm, 3, 'never caught up');
    await this.#stop();
  }

  assertAll(): void {
    assert.deepEqual(this.#wrong, []);
    const { committed } = this;
    const lost = this.world.ids.filter((id) => !committed.includes(id));
    assert.deepEqual(lost, [], 'lost');
    const twice = committed.filter((id, index) => committed.indexOf(id) !== index && !this.#excused.has(id));
    assert.deepEqual(twice, [], 'told twice');
    assert.equal(this.store.tokens.get('event')?.resourceVersion, this.world.version, 'the token stays behind');
    for (const { ports } of this.#processes) {
      const perKey = Map.groupBy(ports.sender.committedSourceIds(), keyOf);
      for (const ids of perKey.values()) {
        const order = ids.filter((id) => !this.#excused.has(id)).map(versionIn);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        );
      }
    }
  }
}

/** Held while a list of several pages is read, and its places are saved. */
const overAList: [Given, Act[]] = [
  { mode: 'poll', maxPerCommit: 2, batchWindowMs: 0, checkpointIntervalMs: 0, foldRepeatsMs: 10_000 },
  [
    { act: 'write', key: 'a', times: 1 },
    { act: 'run' },
    { act: 'write', key: 'a', times: 2 },
    { act: 'run' },
    ...[...'bcd'].map((key): Act => ({ act: 'write', key, times: 1 })),
    { act: 'compact' },
    { act: 'run' },
  ],
];

/** A stop while there is something held below what is committed. */
const stopped = (mode: Given['mode']): [Given, Act[]] => [
  { mode, maxPerCommit: 2, batchWindowMs: 0, checkpointIntervalMs: 0, foldRepeatsMs: 10_000 },
  [
    { act: 'write', key: 'a', times: 1 },
    { act: 'run' },
    { act: 'write', key: 'a', times: 3 },
    { act: 'write', key: 'b', times: 1 },
    { act: 'run' },
    { act: 'pass', ms: 1 },
    { act: 'stop' },
    { act: 'run' },
  ],
];

/** A stop right after a newer version has freed a place, and before anything else is committed. */
const freed: [Given, Act[]] = [
  { mode: 'watch', maxPerCommit: 1, batchWindowMs: 1000, checkpointIntervalMs: 0, foldRepeatsMs: 3000 },
  [
    { act: 'run' },
    { act: 'stop' },
    { act: 'write', key: 'b', times: 2 },
    { act: 'run' },
    { act: 'write', key: 'b', times: 1 },
    { act: 'stop' },
  ],
];

const examples = [overAList, stopped('poll'), stopped('watch'), freed];

let folded = 0;
const folding = fc.asyncProperty(given, fc.array(act, { minLength: 4, maxLength: 40 }), async (options, acts) => {
  const life = new Life(options);
  for (const each of acts) await life.do(each);
  await life.end();
  life.assertAll();
  folded += life.folded;
});

describe('folding', () => {
  it('loses no last version, tells none twice, and keeps the token below what is held, whatever happens', async (test) => {
    folded = 0;
    await fc.assert(folding, { numRuns: 250, examples });
    test.diagnostic(`${folded} versions were folded`);
    assert.ok(folded > 100, `only ${folded} versions were folded`);
  });

  const missing: Readonly<Record<string, (test: TestContext) => void>> = {
    'the token heeds what is held': (test) => test.mock.method(HeldBack.prototype, 'owe', () => undefined),
    'what is held is committed at the end': (test) => test.mock.getter(HeldBack.prototype, 'keepingBack', () => []),
    'nothing is held over a list': (test) => test.mock.method(Fold.prototype, 'flush', () => []),
  };
  for (const [rule, remove] of Object.entries(missing)) {
    it(`is found to be broken where a rule is missing: ${rule}`, async (test) => {
      remove(test);
      const { failed, numRuns } = await fc.check(folding, { numRuns: 2000, endOnFailure: true, examples });
      test.diagnostic(`after ${numRuns} lives`);
      assert.equal(failed, true, 'not noticed');
    });
  }
});
