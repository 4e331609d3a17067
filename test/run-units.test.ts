import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type CommitGate, commitGate } from '../src/commit-gate.ts';
import { KubeCheckError } from '../src/errors.ts';
import { isBudgetSpent } from '../src/events/budget.ts';
import { emptyLedger } from '../src/events/ledger.ts';
import type { UnitOutcome } from '../src/report.ts';
import { noRound, type Round, runUnits, stopUnits } from '../src/run-units.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { RecordingSender } from '../src/testing/recording-sender.ts';
import type { Unit, UnitContext } from '../src/unit.ts';

const unit = (name: string, run: Unit['run'] = async () => {}, more: Partial<Unit> = {}): Unit => ({
  name,
  run,
  ...more,
});
const gauging = (name: string): Unit => unit(name, async ({ sender }) => sender.gauge({ name, value: 1 }));

/** Ends with its signal, as a unit should. */
const heeding = ({ signal }: UnitContext): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
const deaf = (): Promise<void> => new Promise(() => undefined);

describe('a round of units', () => {
  let clock: ManualClock;
  let sender: RecordingSender;
  let gate: CommitGate;
  let host: AbortController;
  let committed: number;
  let unfinished: Set<Unit>;

  beforeEach(() => {
    clock = new ManualClock();
    sender = new RecordingSender();
    gate = commitGate(sender, clock);
    host = new AbortController();
    committed = 0;
    unfinished = new Set();
  });

  function round(units: readonly Unit[]): Round {
    return {
      units,
      gate,
      clock,
      unfinished,
      budgetMs: 15_000,
      signal: host.signal,
      committed: () => committed++,
      contextFor: (_unit, signal) => ({ sender: gate, clock, signal }) as unknown as UnitContext,
    };
  }
  const run = (...units: readonly Unit[]) => clock.runUntil(runUnits(round(units)));
  const batches = () =>
    sender.batches.map(({ gauges, events, outcome }) =>
      [outcome, ...gauges.map(({ name }) => name), ...events.map(({ id }) => id)].join(' '),
    );
  const codes = (outcomes: readonly { readonly outcome: UnitOutcome }[]) =>
    outcomes.map(({ outcome }) => (outcome.status === 'failed' ? outcome.error.code : outcome.status));

  it('runs them one after the other, in their order, and measures each', async () => {
    const order: string[] = [];
    const slow = (name: string, ms: number) =>
      unit(name, async () => {
        order.push(`${name} begins`);
        await clock.sleep(ms);
        order.push(`${name} ends`);
      });
    const { units } = await run(slow('a', 100), slow('b', 20));
    assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
    assert.deepEqual(
      units.map(({ name, durationMs }) => [name, durationMs]),
      [
        ['a', 100],
        ['b', 20],
      ],
    );
  });

  it('takes nothing for ok, an outcome as it is, and a throw for failed, whatever is thrown', async () => {
    const skipped: UnitOutcome = { status: 'skipped', reason: 'not here' };
    const ours = new KubeCheckError('API_DENIED', 'no');
    const { units } = await run(
      unit('ok'),
      unit('skipped', async () => skipped),
      unit('ours', () => Promise.reject(ours)),
      unit('sync', () => {
        throw new Error('at once');
      }),
      unit('text', () => Promise.reject('a text')),
      unit('last'),
    );
    assert.deepEqual(codes(units), ['ok', 'skipped', 'API_DENIED', 'UNIT_FAILED', 'UNIT_FAILED', 'ok']);
    assert.equal(units[1]?.outcome, skipped);
    const errors = units.map(({ outcome }) => (outcome.status === 'failed' ? outcome.error : undefined));
    assert.equal(errors[2], ours);
    assert.equal(errors[3]?.message, 'sync: at once');
    assert.equal(errors[4]?.message, 'text: a text');
  });

  it('commits once at the end what units have handed over', async () => {
    assert.deepEqual([(await run(gauging('a'), gauging('b'))).commitError, committed], [undefined, 1]);
    assert.deepEqual(batches(), ['committed a b']);
  });

  it('commits nothing where there is no unit', async () => {
    assert.deepEqual(await run(), { units: [], meanwhile: [] });
    assert.deepEqual(batches(), []);
  });

  it('runs those that have a turn, and tells what happened meanwhile in the others', async () => {
    const order: string[] = [];
    const noting = (name: string, takeEvents?: Unit['takeEvents']) =>
      unit(name, async () => void order.push(name), takeEvents ? { takeEvents } : {});
    const activity = { ledger: emptyLedger, gaps: [], caughtUp: false };
    const asked: boolean[] = [];
    const events = noting('events', ({ ledElsewhere }) => {
      asked.push(ledElsewhere);
      return activity;
    });
    const given = { ...round([events, noting('a'), noting('b')]), hasTurn: ({ name }: Unit) => name === 'b' };
    const { units, meanwhile } = await clock.runUntil(runUnits(given));
    assert.deepEqual([order, units.map(({ name }) => name), meanwhile, asked], [['b'], ['b'], [activity], [false]]);
    assert.deepEqual((await run(events)).meanwhile, [], 'one that has a turn tells by its outcome');
    assert.deepEqual([noRound([events, unit('a')]), asked], [{ units: [], meanwhile: [activity] }, [false, true]]);
  });

  it('commits before a unit that commits for itself, so that its commit carries nothing of others', async () => {
    const committing = unit(
      'events',
      () => gate.commit({ signal: host.signal, handOver: (to) => to.event({ id: 'e' } as never) }),
      {
        commits: true,
      },
    );
    await run(gauging('a'), committing, gauging('b'));
    assert.deepEqual(batches(), ['committed a', 'committed e', 'committed b']);
  });

  it('tells a failed commit, the first of several, and runs the units all the same', async () => {
    sender.rejectNext(1, { error: new Error('first') });
    const { units, commitError } = await run(
      gauging('a'),
      unit('events', async () => {}, { commits: true }),
      gauging('b'),
    );
    assert.deepEqual(codes(units), ['ok', 'ok', 'ok']);
    assert.equal(commitError?.code, 'COMMIT_FAILED');
    assert.match(commitError?.message ?? '', /first/);
    assert.deepEqual([batches(), committed], [['rejected a', 'committed b'], 1]);
  });

  it('names a unit whose sender throws', async () => {
    sender.throwOnHandOver(1);
    const { units } = await run(gauging('a'), gauging('b'));
    assert.deepEqual(codes(units), ['SENDER_THREW', 'ok']);
    assert.deepEqual(batches(), ['committed b']);
  });

  it('ends a unit after a minute, by its signal', async () => {
    const { units } = await run(unit('slow', heeding), unit('next'));
    assert.deepEqual(codes(units), ['ABORTED', 'ok']);
    assert.equal(clock.monotonicMs(), 60_000);
    assert.equal(clock.pending, 0);
  });

  it('leaves a unit behind that does not heed its signal, and begins it anew only when it has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let begun = 0;
    const stubborn = unit('stubborn', () => {
      begun++;
      return promise;
    });
    const first = await run(stubborn, unit('next'));
    assert.deepEqual(codes(first.units), ['UNIT_FAILED', 'ok']);
    assert.equal(clock.monotonicMs(), 61_000, 'a second to end after its signal');
    const { outcome } = first.units[0] ?? assert.fail();
    assert.ok(outcome.status === 'failed');
    assert.match(outcome.error.message, /stubborn did not end in time/);
    assert.match(outcome.error.remedy ?? '', /must heed context.signal/);
    const second = await run(stubborn, unit('next'));
    assert.deepEqual([codes(second.units), begun], [['UNIT_FAILED', 'ok'], 1]);
    resolve();
    await new Promise((ended) => setImmediate(ended));
    const third = await run(stubborn);
    assert.deepEqual([codes(third.units), begun], [['ok'], 2]);
    assert.equal(clock.pending, 0);
  });

  it('gives a unit a second to end by itself, and then its own outcome counts', async () => {
    const tidy = unit('tidy', async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await clock.sleep(900);
      return { status: 'skipped', reason: 'ended' };
    });
    assert.deepEqual(codes((await run(tidy)).units), ['skipped']);
  });

  it('ends the reading of a committing unit at the budget, and waits for it', async () => {
    let spent: boolean | undefined;
    const committing = unit(
      'events',
      async ({ signal }) => {
        await heeding({ signal } as UnitContext).catch(() => undefined);
        spent = isBudgetSpent(signal);
        await clock.sleep(100_000);
      },
      { commits: true },
    );
    const { units } = await run(committing);
    assert.deepEqual([codes(units), spent, units[0]?.durationMs], [['ok'], true, 115_000]);
    assert.equal(clock.pending, 0);
  });

  it('ends when the host says so: the unit that runs is ended, later ones are not tried, what was handed over is committed', async () => {
    let begun = 0;
    const counting = unit('later', async () => void begun++);
    let reason: unknown;
    const committing = unit(
      'events',
      async ({ signal }) => {
        reason = signal.reason;
      },
      { commits: true },
    );
    const running = runUnits(round([gauging('a'), unit('slow', heeding), counting, committing, counting]));
    void clock.sleep(100).then(() => host.abort(new KubeCheckError('ABORTED', 'the host')));
    const { units, commitError } = await clock.runUntil(running);
    assert.deepEqual(codes(units), ['ok', 'ABORTED', 'ABORTED', 'ok', 'ABORTED']);
    assert.deepEqual([begun, commitError, batches()], [0, undefined, ['committed a']]);
    assert.equal(reason, host.signal.reason, 'its books are to be closed all the same');
    assert.equal(clock.monotonicMs(), 100);
  });

  it('does not wait for a deaf unit when the host has ended the run', async () => {
    const running = runUnits(round([unit('deaf', deaf)]));
    void clock.sleep(100).then(() => host.abort(new Error('the host')));
    const { units } = await clock.runUntil(running);
    assert.deepEqual([codes(units), clock.monotonicMs()], [['UNIT_FAILED'], 1100]);
  });
});

describe('the end of units', () => {
  it('is awaited one after the other; what throws, rejects or never ends hides no other', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    const ending = (name: string, stop: () => Promise<void>) =>
      unit(name, async () => {}, {
        stop: () => {
          order.push(name);
          return stop();
        },
      });
    await clock.runUntil(
      stopUnits(
        [
          ending('throws', () => {
            throw new Error('at once');
          }),
          ending('rejects', () => Promise.reject(new Error('later'))),
          unit('has nothing to stop'),
          ending('hangs', deaf),
          ending('ends', () => clock.sleep(5)),
        ],
        clock,
      ),
    );
    assert.deepEqual(order, ['throws', 'rejects', 'hangs', 'ends']);
    assert.deepEqual([clock.monotonicMs(), clock.pending], [150_005, 0]);
  });
});
