/**
 * At no instant do two lead, whatever happens: requests and answers that are late, lost or out of order, processes that stop for a while,
 * machines that are suspended, wall clocks that jump. Driven through the rules themselves: decide(), leftMs(), leaseOf(), claimed().
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decide, type Observation } from '../../src/leader/decide.ts';
import { type Instant, leftMs } from '../../src/leader/holding.ts';
import { claimed, type Lease, leaseOf, newLease } from '../../src/leader/lease-object.ts';

type Body = Readonly<Record<string, unknown>>;

/** What is between a replica and the server: a write is sent, gets there or not, is answered or not, at any time. */
interface Write {
  readonly body: Body;
  readonly over: Lease | undefined;
  readonly sentAt: Instant;
  answer: Lease | 'refused' | undefined;
}

interface Rules {
  readonly decide: typeof decide;
  /** When a lease is taken to begin for its holder. */
  readonly begin: (write: Write, now: Instant) => Instant;
  readonly left: typeof leftMs;
  /** When content that was read is taken to have been seen first. */
  readonly seen: (askedMs: number, nowMs: number) => number;
}
const ours: Rules = { decide, begin: ({ sentAt }) => sentAt, left: leftMs, seen: (_, nowMs) => nowMs };

class Store {
  object: Body | undefined;
  #versions = 0;

  /** As an API server compares before it writes. */
  apply({ body, over }: Write): Lease | 'refused' {
    const held = this.object && leaseOf(this.object);
    if (held?.uid !== over?.uid || held?.version !== over?.version) return 'refused';
    this.#versions++;
    const metadata = { name: 'l', uid: held?.uid ?? `u-${this.#versions}`, resourceVersion: `${this.#versions}` };
    this.object = { ...body, metadata };
    return leaseOf(this.object);
  }
}

class Process {
  readonly identity: string;
  readonly #durationMs: number;
  readonly #rules: Rules;
  monotonicMs: number;
  wallMs: number;
  #observed: (Observation & { readonly lease: Lease | undefined }) | undefined;
  #asked: { readonly atMs: number; answer?: { readonly lease: Lease | undefined } } | undefined;
  readonly #writes: Write[] = [];
  #held: Instant | undefined;

  constructor(identity: string, durationMs: number, offsetMs: number, rules: Rules) {
    this.identity = identity;
    this.#durationMs = durationMs;
    this.#rules = rules;
    this.monotonicMs = offsetMs;
    this.wallMs = offsetMs * 1000;
  }

  get #now(): Instant {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }

  leads(): boolean {
    return this.#held !== undefined && this.#rules.left(this.#held, this.#durationMs, this.#now) > 0;
  }

  /** All without delay. */
  acquire(store: Store): void {
    this.ask();
    this.look(store);
    this.read();
    this.arrive(store, 0);
    this.answered();
  }

  ask(): void {
    this.#asked = { atMs: this.monotonicMs };
  }

  /** The question gets to the server. */
  look(store: Store): void {
    if (this.#asked) this.#asked.answer ??= { lease: store.object && leaseOf(store.object) };
  }

  /** Reads what was answered, and sends a write if the lease can be had. */
  read(): void {
    if (!this.#asked?.answer) return;
    const { lease } = this.#asked.answer;
    const { atMs } = this.#asked;
    this.#asked = undefined;
    const before = this.#observed?.lease;
    if (!this.#observed || before?.uid !== lease?.uid || before?.version !== lease?.version)
      this.#observed = { lease, record: lease, firstSeenMs: this.#rules.seen(atMs, this.monotonicMs) };
    const me = { identity: this.identity, durationMs: this.#durationMs };
    const decision = this.#rules.decide(this.#observed, me, this.monotonicMs);
    if (decision.act === 'follow') return;
    const { transitions } = decision;
    const claim = { holder: this.identity, durationMs: this.#durationMs, transitions, nowMs: this.wallMs };
    const body = lease ? claimed(lease, claim) : newLease('l', claim);
    this.#writes.push({ body, over: lease, sentAt: this.#now, answer: undefined });
  }

  /** A write gets to the server. */
  arrive(store: Store, n: number): void {
    const waiting = this.#writes.filter(({ answer }) => answer === undefined);
    const write = waiting[n % Math.max(waiting.length, 1)];
    if (write) write.answer = store.apply(write);
  }

  /** Its answer is read; in the end the client has given up on those before it. */
  answered(): void {
    const n = this.#writes.findIndex(({ answer }) => answer !== undefined);
    const [write] = n === -1 ? [] : this.#writes.splice(n, 1);
    if (!write) return;
    if (write.answer === 'refused') return;
    this.#held = this.#rules.begin(write, this.#now);
  }
}

const who = fc.nat({ max: 1 });
const span = fc.integer({ min: 0, max: 2500 });
const command = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('acquire'), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask'), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look'), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read'), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('arrive'), who, n: fc.nat({ max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answered'), who }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('pass'), ms: span }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('suspend'), who, ms: span }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wall'), who, ms: fc.integer({ min: -5000, max: 5000 }) }) },
);
type Command = { readonly do: string; readonly who?: number; readonly n?: number; readonly ms?: number };

const scenario = fc.record({
  durations: fc.tuple(fc.integer({ min: 500, max: 3000 }), fc.integer({ min: 500, max: 3000 })),
  offsets: fc.tuple(fc.nat({ max: 10_000_000 }), fc.nat({ max: 10_000_000 })),
  /** A clock that stood still and one that was set back, both at once, is beyond what can be told. */
  setsBack: fc.boolean(),
  commands: fc.array(command as fc.Arbitrary<Command>, { maxLength: 60, size: 'max' }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

/** How often somebody led. @throws AssertionError where two did */
function play({ durations, offsets, setsBack, commands }: Scenario, rules: Rules): number {
  const store = new Store();
  const replicas = ['a', 'b'].map((name, n) => new Process(name, durations[n] ?? 0, offsets[n] ?? 0, rules));
  let led = 0;
  for (const { do: what, who: index = 0, n = 0, ms = 0 } of commands) {
    const replica = replicas[index] ?? assert.fail();
    if (what === 'acquire') replica.acquire(store);
    else if (what === 'ask') replica.ask();
    else if (what === 'look') replica.look(store);
    else if (what === 'read') replica.read();
    else if (what === 'arrive') replica.arrive(store, n);
    else if (what === 'answered') replica.answered();
    else if (what === 'wall') replica.wallMs += setsBack ? ms : Math.abs(ms);
    else
      for (const each of replicas) {
        each.wallMs += ms;
        const stands = what === 'suspend' && each === replica && !setsBack;
        if (!stands) each.monotonicMs += ms;
      }
    const leaders = replicas.filter((each) => each.leads()).length;
    assert.ok(leaders <= 1, 'two lead');
    led += leaders;
  }
  return led;
}

describe('of two replicas with clocks of their own', () => {
  test('there is never an instant at which both lead', () => {
    let led = 0;
    fc.assert(
      fc.property(scenario, (each) => {
        led += play(each, ours);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(led > 0, 'somebody led');
  });

  const broken: Readonly<Record<string, Partial<Rules>>> = {
    'a lease were taken when two thirds of it are over': {
      decide: (observed, me, nowMs) => decide(observed, me, nowMs + (observed.record?.durationMs ?? 0) / 3),
    },
    'what is read counted as seen when it was asked for': { seen: (askedMs) => askedMs },
    'a lease began with the answer': { begin: (_, now) => now },
    'a lease were judged by the wall clock alone': {
      left: (since, ms, { wallMs }) => leftMs(since, ms, { ...since, wallMs }),
    },
    'a lease were judged by the monotonic clock alone': {
      left: (since, ms, { monotonicMs }) => leftMs(since, ms, { ...since, monotonicMs }),
    },
    "the other one's own duration did not count": {
      decide: ({ record, ...rest }, me, nowMs) =>
        decide({ ...rest, record: record && { ...record, durationMs: me.durationMs } }, me, nowMs),
    },
  };
  for (const [what, change] of Object.entries(broken)) {
    test(`there would be if ${what}`, () => {
      const found = fc.check(
        fc.property(scenario, (each) => void play(each, { ...ours, ...change })),
        { numRuns: 100_000, seed: 1, endOnFailure: true },
      );
      assert.ok(found.failed);
    });
  }
});
