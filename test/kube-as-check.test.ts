import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { configWarnings } from '../src/config/warnings.ts';
import { isKubeCheckError, KubeCheckError } from '../src/errors.ts';
import { emptyLedger } from '../src/events/ledger.ts';
import type { KubeConfigLike } from '../src/kube-api.ts';
import { KubeASCheck, type KubeASCheckOptions } from '../src/kube-as-check.ts';
import type { RunReport, UnitOutcome } from '../src/report.ts';
import type { CheckEvent } from '../src/sender.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { RecordingSender } from '../src/testing/recording-sender.ts';
import type { Unit, UnitContext } from '../src/unit.ts';

const unit = (name: string, run: Unit['run'] = async () => {}, more: Partial<Unit> = {}): Unit => ({
  name,
  run,
  ...more,
});
const heeding = ({ signal }: UnitContext): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
/** Nothing listens there: whoever asks fails. */
const kubeConfig: KubeConfigLike = {
  getCurrentCluster: () => ({ server: 'http://127.0.0.1:1' }),
  applyToHTTPSOptions: async () => {},
};
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const rejection = (promise: Promise<unknown>): Promise<KubeCheckError> =>
  promise.then(
    () => assert.fail('it resolved'),
    (error: unknown) => {
      assert.ok(isKubeCheckError(error));
      return error;
    },
  );

describe('a check', () => {
  let clock: ManualClock;
  let sender: RecordingSender;

  beforeEach(() => {
    clock = new ManualClock({ startAtMs: 1_000_000 });
    sender = new RecordingSender();
  });

  const make = ({ config, ...options }: Partial<KubeASCheckOptions> = {}): KubeASCheck =>
    new KubeASCheck({
      sender,
      clock,
      kubeConfig,
      units: [],
      config: { leader: { skip: true }, ...config },
      ...options,
    });
  const run = (check: KubeASCheck): Promise<RunReport> => clock.runUntil(check.run());

  describe('when it is made', () => {
    it('does nothing: no timer, no request, no kubeconfig, no hand-over', async () => {
      let asked = 0;
      make({
        kubeConfig: () => {
          asked++;
          return kubeConfig;
        },
        config: { events: {} },
        units: undefined as never,
      });
      await settled();
      assert.deepEqual([asked, clock.pending, sender.handedOver.gauges, sender.batches], [0, 0, [], []]);
    });

    it('has the name of the Agent’s check, an interval, and an id that equal configurations share', () => {
      const check = make({ config: { intervalMs: 7000, tags: ['a:b'] } });
      assert.deepEqual([check.name, check.intervalMs], ['kubernetes_apiserver', 7000]);
      assert.match(check.id, /^kubernetes_apiserver:[0-9a-f]{16}$/);
      assert.equal(make({ config: { tags: ['a:b'], intervalMs: 7000 } }).id, check.id);
      assert.notEqual(make().id, check.id);
      assert.equal(make({ id: 'mine' }).id, 'mine');
    });

    it('warns at once of what is allowed and surely not meant', () => {
      const filteredEventTypes = ['type=Normal', 'type=Warning'];
      const config = {
        leader: { skip: true },
        controlPlane: false,
        quotas: false,
        events: { filteredEventTypes },
      } as const;
      const check = make({ config });
      assert.deepEqual(check.warnings, configWarnings(config));
      assert.equal(check.warnings[0]?.path, 'events.filteredEventTypes[1]');
      assert.deepEqual(make().warnings, []);
    });

    it('refuses what is wrong, and what it cannot do yet', () => {
      const refused = (options: Partial<KubeASCheckOptions>) => {
        assert.throws(() => make(options), { code: 'CONFIG_INVALID' });
      };
      refused({ config: { intervalMs: -1 } });
      refused({ config: { quotas: { namespaceQuotas: true } } });
    });
  });

  describe('in a run', () => {
    it('runs its units in their order and reports each', async () => {
      const order: string[] = [];
      const noting = (name: string) => unit(name, async () => void order.push(name));
      const check = make({ units: [noting('a'), noting('b'), noting('c')] });
      const running = check.run();
      await clock.advance(0);
      const report = await clock.runUntil(running);
      assert.deepEqual(order, ['a', 'b', 'c']);
      assert.deepEqual(report, {
        checkId: check.id,
        startedAtMs: 1_000_000,
        durationMs: 0,
        role: 'sole',
        ok: true,
        units: ['a', 'b', 'c'].map((name) => ({ name, outcome: { status: 'ok' }, durationMs: 0 })),
        events: { ledger: emptyLedger, gaps: [], caughtUp: false },
        warnings: [],
      });
    });

    it('has by default the units of its configuration', async () => {
      const names = async (config: KubeASCheckOptions['config']) =>
        (await run(make({ config: config ?? {}, units: undefined as never }))).units.map(({ name }) => name);
      assert.deepEqual(await names({}), ['openshift', 'control-plane', 'quotas']);
      assert.deepEqual(await names({ controlPlane: false, quotas: false }), []);
      assert.deepEqual(await names({ quotas: false, events: {} }), ['control-plane', 'events']);
    });

    it('is not ok when a unit failed, and says so without hiding the others', async () => {
      const report = await run(
        make({
          units: [
            unit('a', () => Promise.reject(new Error('no'))),
            unit('b', async () => ({ status: 'skipped', reason: 'x' })),
          ],
        }),
      );
      assert.equal(report.ok, false);
      assert.deepEqual(
        report.units.map(({ outcome }) => outcome.status),
        ['failed', 'skipped'],
      );
    });

    it('is not ok when the commit failed, and says why', async () => {
      sender.rejectNext(1);
      const report = await run(
        make({ units: [unit('a', async (context) => context.sender.gauge({ name: 'g', value: 1 }))] }),
      );
      assert.deepEqual([report.ok, report.commitError?.code], [false, 'COMMIT_FAILED']);
    });

    it('gives each unit what it needs', async () => {
      const contexts: UnitContext[] = [];
      const keeping = unit('a', async (given) => void contexts.push(given));
      await run(make({ units: [keeping], config: { clusterName: 'blue' } }));
      const [context] = contexts;
      assert.equal(context?.clusterName, 'blue');
      assert.equal(context?.clock, clock);
      assert.equal(context?.signal.aborted, false);
      assert.equal(context?.tenure.aborted, false);
      assert.ok(context?.api && context.observer);
      assert.equal(context?.fence, undefined);
    });

    it('puts its tags on everything that is sent', async () => {
      const event = (tags: readonly string[]) => ({ id: 'e', tags, sources: [{ id: 'u:1' }] }) as unknown as CheckEvent;
      const tagged = event(['team:a', 'own:1']);
      const sending = unit('a', async ({ sender: to, tagProvider }) => {
        to.gauge({ name: 'g', value: 1, tags: ['own:1'] });
        to.count({ name: 'c', value: 1 });
        to.serviceCheck({ name: 's', status: 'ok', hostname: 'h' });
        to.event(event(['own:1']));
        to.event(tagged);
        assert.deepEqual(tagProvider.globalTags?.(), ['team:a', 'of:host']);
      });
      await run(
        make({ units: [sending], config: { tags: ['team:a'] }, tagProvider: { globalTags: () => ['of:host'] } }),
      );
      assert.deepEqual(sender.gauges, [{ name: 'g', value: 1, tags: ['own:1', 'team:a'] }]);
      assert.deepEqual(sender.counts, [{ name: 'c', value: 1, tags: ['team:a'] }]);
      assert.deepEqual(sender.serviceChecks, [{ name: 's', status: 'ok', hostname: 'h', tags: ['team:a'] }]);
      assert.deepEqual(
        sender.events.map(({ tags }) => tags),
        [
          ['own:1', 'team:a'],
          ['team:a', 'own:1'],
        ],
      );
      assert.equal(sender.events[1], tagged, 'what has them all stays the same object');
    });

    it('tells warnings once, by the unit that warned', async () => {
      const warning = (name: string) =>
        unit(name, async ({ warn }) => {
          warn('careful');
          warn('careful');
          warn('very');
        });
      const check = make({ units: [warning('a'), warning('b')] });
      const expected = ['a', 'b'].flatMap((name) => [
        { message: 'careful', unit: name },
        { message: 'very', unit: name },
      ]);
      assert.deepEqual((await run(check)).warnings, expected);
      assert.deepEqual((await run(check)).warnings, expected);
    });

    it('keeps a report as it was given, whatever a unit that was left behind says later', async () => {
      let warnLate: (message: string) => void = () => {};
      const { promise } = Promise.withResolvers<void>();
      const late = unit('late', ({ warn }) => {
        warnLate = warn;
        return promise;
      });
      const report = await run(make({ units: [late] }));
      warnLate('too late');
      assert.deepEqual(report.warnings, []);
    });

    it('makes a report that survives JSON', async () => {
      const outcome: UnitOutcome = {
        status: 'failed',
        error: new KubeCheckError('API_DENIED', 'no', {
          cause: new Error('secret'),
          remedy: 'ask',
          details: { verb: 'list' },
        }),
        events: { ledger: { ...emptyLedger, read: 1, filtered: 1, filteredBy: { a: 1 } }, gaps: [], caughtUp: false },
      };
      const report = await run(make({ units: [unit('a', async () => outcome)] }));
      const { units, events } = JSON.parse(JSON.stringify(report)) as RunReport;
      assert.deepEqual(units[0]?.outcome, {
        ...outcome,
        error: { name: 'KubeCheckError', code: 'API_DENIED', message: 'no', remedy: 'ask', details: { verb: 'list' } },
      });
      assert.deepEqual(events, outcome.events);
    });

    it('adds up the event activity of its units', async () => {
      const activity = (read: number, caughtUp: boolean): UnitOutcome => ({
        status: 'ok',
        events: { ledger: { ...emptyLedger, carried: 1, read, delivered: read - 1, pending: 2 }, gaps: [], caughtUp },
      });
      const { events } = await run(
        make({
          units: [unit('a', async () => activity(3, true)), unit('b'), unit('c', async () => activity(4, true))],
        }),
      );
      assert.deepEqual(events, {
        ledger: { ...emptyLedger, carried: 2, read: 7, delivered: 5, pending: 4 },
        gaps: [],
        caughtUp: true,
      });
      const behind = await run(
        make({ units: [unit('a', async () => activity(3, true)), unit('c', async () => activity(4, false))] }),
      );
      assert.equal(behind.events.caughtUp, false);
    });
  });

  describe('that is called while it runs', () => {
    it('joins: one run, one report, for all', async () => {
      let begun = 0;
      const check = make({ units: [unit('a', () => clock.sleep(100 * ++begun))] });
      const [first, second] = await clock.runUntil(Promise.all([check.run(), check.run()]));
      assert.equal(first, second);
      assert.equal(begun, 1);
      assert.notEqual(await run(check), first);
      assert.equal(begun, 2);
    });

    it("is ended by any caller's signal, for all, and resolves", async () => {
      const check = make({ units: [unit('a', heeding), unit('b')] });
      const first = check.run();
      const late = new AbortController();
      const second = check.run({ signal: late.signal });
      await settled();
      late.abort(new Error('late caller'));
      const report = await clock.runUntil(first);
      assert.equal(await second, report);
      assert.deepEqual(
        report.units.map(({ outcome }) => outcome.status),
        ['failed', 'failed'],
      );
    });

    it('is ended at once by a signal that is aborted already', async () => {
      const check = make({ units: [unit('a', heeding)] });
      const first = check.run();
      await settled();
      void check.run({ signal: AbortSignal.abort() });
      assert.equal((await clock.runUntil(first)).ok, false);
      assert.equal(clock.monotonicMs(), 0);
    });

    it('leaves nothing on signals that outlive it', async () => {
      const host = new AbortController();
      const check = make({ units: [unit('a')] });
      for (let n = 0; n < 3; n++) await clock.runUntil(check.run({ signal: host.signal }));
      assert.deepEqual(getEventListeners(host.signal, 'abort'), []);
    });
  });

  describe('whose client', () => {
    it('can not be made rejects, tries no unit, and is tried again on the next run', async () => {
      let asked = 0;
      let begun = 0;
      const check = make({
        kubeConfig: () => {
          if (asked++ === 0) throw new Error('no kubeconfig');
          return kubeConfig;
        },
        units: [unit('a', async () => void begun++)],
      });
      const error = await rejection(run(check));
      assert.deepEqual([error.code, begun], ['CLIENT_UNAVAILABLE', 0]);
      assert.match(error.message, /no kubeconfig/);
      assert.equal((await run(check)).ok, true);
      assert.deepEqual([begun, check.stats().runs], [1, 1]);
    });

    it('is never made holds neither the run beyond its signal, nor stop', async () => {
      const check = make({ kubeConfig: () => new Promise(() => undefined) });
      const host = new AbortController();
      const running = rejection(check.run({ signal: host.signal }));
      await settled();
      host.abort(new Error('host'));
      const error = await running;
      assert.equal(error.code, 'CLIENT_UNAVAILABLE');
      assert.match(error.message, /the run was ended before there was a client/);
      const second = rejection(check.run());
      await check.stop();
      assert.equal((await second).code, 'CLIENT_UNAVAILABLE');
    });
  });

  describe('with a role', () => {
    it('is skipped where another agent does the work: no client, no unit, nothing sent', async () => {
      const check = make({
        config: { clusterAgentEnabled: true },
        kubeConfig: () => assert.fail('asked for a client'),
        units: [unit('a', () => assert.fail('ran a unit'))],
      });
      const report = await run(check);
      assert.deepEqual([report.role, report.ok, report.units, sender.batches], ['skipped', true, [], []]);
      assert.equal(check.stats().role, 'skipped');
    });

    it('rejects where it is neither the only replica nor may elect one', async () => {
      const check = make({ config: { leader: { enabled: false } } });
      const { code, remedy } = await rejection(run(check));
      assert.deepEqual(
        [code, remedy],
        ['LEADER_ELECTION_DISABLED', 'with one replica: leader.skip, in a file skip_leader_election: true'],
      );
    });
  });

  describe('that is stopped', () => {
    it('refuses to run, and says what to do', async () => {
      const check = make();
      const stopping = check.stop();
      const { code, remedy } = await rejection(check.run());
      assert.deepEqual([code, remedy], ['CHECK_STOPPED', 'make a new check']);
      await stopping;
      assert.equal((await rejection(check.run())).code, 'CHECK_STOPPED');
    });

    it('ends the run, awaits it, then the units, once', async () => {
      const order: string[] = [];
      const stoppable = (name: string): Unit =>
        unit(name, heeding, {
          stop: async () => {
            await settled();
            order.push(`${name} stopped`);
          },
        });
      const check = make({ units: [stoppable('a'), stoppable('b')] });
      const running = check.run().then((report) => {
        order.push('reported');
        return report;
      });
      await settled();
      const stopping = [check.stop(), check.stop(), check[Symbol.asyncDispose]()];
      await clock.runUntil(Promise.all(stopping));
      const { units } = await running;
      assert.deepEqual(order, ['reported', 'a stopped', 'b stopped']);
      const [first] = units;
      assert.ok(first?.outcome.status === 'failed');
      assert.deepEqual(
        [first.outcome.error.code, first.outcome.error.message],
        ['ABORTED', 'the check is being stopped'],
      );
    });

    it('commits what was handed over', async () => {
      const check = make({
        units: [
          unit('a', async (context) => {
            context.sender.gauge({ name: 'g', value: 1 });
            await heeding(context);
          }),
        ],
      });
      const running = check.run();
      await settled();
      await clock.runUntil(check.stop());
      await running;
      assert.deepEqual(sender.gauges, [{ name: 'g', value: 1 }]);
    });

    it('never rejects, whatever units do, and waits for none for ever', async () => {
      const check = make({
        units: [
          unit('throws', undefined, {
            stop: () => {
              throw new Error('at once');
            },
          }),
          unit('rejects', undefined, { stop: () => Promise.reject(new Error('later')) }),
          unit('hangs', undefined, { stop: () => new Promise(() => undefined) }),
        ],
      });
      await run(check);
      assert.equal(await clock.runUntil(check.stop()), undefined);
    });

    it('may be stopped by what its own end calls', async () => {
      let stopped: Promise<void> | undefined;
      const check: KubeASCheck = make({
        units: [
          unit('a', async ({ tenure }) => {
            tenure.addEventListener('abort', () => {
              stopped = check.stop();
            });
          }),
        ],
      });
      await run(check);
      const stopping = check.stop();
      await stopping;
      assert.equal(stopped, stopping);
    });
  });

  describe('that is listened to', () => {
    const gap = {
      cause: 'expired',
      scope: 'cluster',
      fromVersion: '1',
      toVersion: '2',
      spanMs: 1,
      recovered: 1,
      loss: 'overtaken',
    } as const;
    const telling = unit('a', async ({ observer, warn, sender: to }) => {
      warn('careful');
      observer?.frameRead();
      observer?.relisted({ scope: 'cluster', cause: 'expired', read: 3, durationMs: 4 });
      to.gauge({ name: 'g', value: 1 });
      return { status: 'ok', events: { ledger: emptyLedger, gaps: [gap], caughtUp: true } };
    });

    it('tells facts after they happened, and the report last', async () => {
      const check = make({ units: [telling] });
      const heard: unknown[] = [];
      for (const name of ['ran', 'roleChanged', 'relisted', 'gapFound', 'committed', 'warned'] as const)
        check.on(name, (about: object) => heard.push([name, name === 'ran' ? (about as RunReport).checkId : about]));
      const report = await run(check);
      assert.deepEqual(heard.splice(0), [
        ['warned', { message: 'careful', unit: 'a' }],
        ['relisted', { scope: 'cluster', cause: 'expired', read: 3, durationMs: 4 }],
        ['committed', { events: 0, durationMs: 0 }],
        ['roleChanged', { role: 'sole' }],
        ['gapFound', gap],
        ['ran', report.checkId],
      ]);
      await run(check);
      assert.ok(
        !heard.some((signal) => (signal as readonly unknown[])[0] === 'roleChanged'),
        'the role did not change',
      );
    });

    it('takes no harm from listeners that throw', async () => {
      const check = make({ units: [telling] });
      for (const name of ['ran', 'roleChanged', 'relisted', 'gapFound', 'committed', 'warned'] as const)
        check.on(name, () => assert.fail(`the listener of ${name}`));
      const heard: string[] = [];
      for (const name of ['ran', 'roleChanged', 'relisted', 'gapFound', 'committed', 'warned'] as const)
        check.on(name, () => heard.push(name));
      const report = await run(check);
      assert.deepEqual([report.ok, report.warnings.length, sender.gauges.length], [true, 1, 1]);
      assert.deepEqual(
        new Set(heard),
        new Set(['ran', 'roleChanged', 'relisted', 'gapFound', 'committed', 'warned']),
        'those that were registered after one that threw were not called',
      );
    });
  });

  describe('that is asked for its stats', () => {
    it('has none before the first run, and is live', () => {
      assert.deepEqual(make().stats(), { runs: 0, events: emptyLedger, live: true });
    });

    it('adds up runs and books, and dates what happened last', async () => {
      const activity = { ledger: { ...emptyLedger, read: 3, delivered: 2, pending: 1 }, gaps: [], caughtUp: true };
      const then = { ...activity, ledger: { ...emptyLedger, carried: 1, read: 1, delivered: 2 } };
      const outcomes = [activity, then];
      const check = make({
        units: [
          unit('a', async ({ observer, sender: to }) => {
            await clock.sleep(1000);
            observer?.frameRead();
            to.gauge({ name: 'g', value: 1 });
            return { status: 'ok', events: outcomes.shift() ?? assert.fail() };
          }),
        ],
      });
      await run(check);
      assert.deepEqual(check.stats(), {
        runs: 1,
        events: activity.ledger,
        live: true,
        role: 'sole',
        lastFrameAtMs: 1_001_000,
        lastCommitAtMs: 1_001_000,
      });
      await run(check);
      const { runs, events, lastFrameAtMs } = check.stats();
      assert.deepEqual([runs, events, lastFrameAtMs], [2, { ...emptyLedger, read: 4, delivered: 4 }, 1_002_000]);
    });

    it('is not live when a run lasts far beyond its budget, and is again when it has ended', async () => {
      const check = make({
        config: { runBudgetMs: 20_000 },
        units: [unit('slow', () => clock.sleep(300_000), { commits: true })],
      });
      const running = check.run();
      await clock.advance(199_999);
      assert.equal(check.stats().live, true);
      await clock.advance(1);
      assert.equal(check.stats().live, false);
      await clock.runUntil(running);
      assert.equal(check.stats().live, true);
    });
  });
});
