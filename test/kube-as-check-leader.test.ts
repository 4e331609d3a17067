/** Who leads, as a check tells it: replicas over one fake API server, and electors of a host's own. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { renderRbac } from '../src/default-units.ts';
import { KubeCheckError } from '../src/errors.ts';
import { KubeASCheck, type KubeASCheckOptions } from '../src/kube-as-check.ts';
import type { LeaderElector, Leadership } from '../src/leader-elector.ts';
import type { RunReport } from '../src/report.ts';
import { coreEvent, FakeApiServer, ManualClock, RecordingSender } from '../src/testing/index.ts';
import { assertBooks } from './books.ts';
import { loggingStore } from './events/logging-store.ts';

const leaseName = 'kube-apiserver-check';

interface Replica {
  readonly check: KubeASCheck;
  readonly sender: RecordingSender;
  run(): Promise<RunReport>;
  stop(): Promise<void>;
}

interface Scene {
  readonly server: FakeApiServer;
  readonly clock: ManualClock;
  replica(identity: string, options?: Partial<KubeASCheckOptions>): Replica;
  add(...names: readonly string[]): void;
  pass(ms: number): Promise<void>;
  /** Each version that was written is committed once, whoever did. */
  assertAllOnce(): void;
}

async function scene(t: TestContext): Promise<Scene> {
  const clock = new ManualClock({ random: 0.5 });
  const server = await new FakeApiServer({ clock }).start();
  const idle = { idle: () => server.idle() };
  const replicas: Replica[] = [];
  t.after(async () => {
    for (const { stop } of replicas) await stop();
    await server.close();
  });
  return {
    server,
    clock,
    replica(identity, { config, ...options } = {}) {
      const sender = new RecordingSender();
      const check = new KubeASCheck({
        sender,
        clock,
        kubeConfig: server.kubeConfig(),
        config: {
          leader: { identity, leaseDurationMs: 15_000 },
          quotas: false,
          events: { mode: 'watch', bundling: 'none', collectedEventTypes: [{ kind: 'Pod' }] },
          ...config,
        },
        ...options,
      });
      let previous: RunReport | undefined;
      const replica: Replica = {
        check,
        sender,
        async run() {
          const report = await clock.runUntil(check.run(), idle);
          assertBooks(report, previous);
          previous = report;
          return report;
        },
        stop: () => clock.runUntil(check.stop(), idle),
      };
      replicas.push(replica);
      return replica;
    },
    add(...names) {
      for (const name of names) server.addEvent(coreEvent({ name, object: { name } }));
    },
    pass: (ms) => clock.advance(ms, idle),
    assertAllOnce() {
      const told = replicas.flatMap(({ sender }) => sender.committedSourceIds());
      assert.deepEqual([...told].sort(), server.eventVersions.map(({ id }) => id).sort());
    },
  };
}

const who = ({ role, leader, units }: RunReport) => [role, leader, units.map(({ name }) => name)];

/** Two methods are enough. */
const elector = (acquire: LeaderElector['acquire'], release = async () => {}): LeaderElector => ({ acquire, release });
const leading = (more: Partial<Leadership & { role: 'leader' }> = {}): Leadership => ({
  role: 'leader',
  fence: { holder: 'me', term: 1 },
  lost: new AbortController().signal,
  ...more,
});

describe('replicas of a check', () => {
  it('have one leader, whom both name; the other sends nothing', async (t) => {
    const its = await scene(t);
    const [one, two] = [its.replica('one'), its.replica('two')];
    its.add('a');
    assert.deepEqual(who(await one.run()), ['leader', 'one', ['control-plane', 'events']]);
    assert.deepEqual(who(await two.run()), ['follower', 'one', []]);
    its.add('b');
    await its.pass(2000);
    assert.deepEqual(who(await one.run()), ['leader', 'one', ['control-plane', 'events']]);
    assert.deepEqual([two.sender.batches, two.sender.handedOver.events], [[], []]);
    its.assertAllOnce();
    assert.deepEqual([one.check.stats().role, two.check.stats().role], ['leader', 'follower']);
    assert.equal(one.check.stats().events.delivered, 2);
  });

  it('hand over at a stop: the other leads at its next run, and each event is told once', async (t) => {
    const its = await scene(t);
    const [one, two] = [its.replica('one'), its.replica('two')];
    its.add('a');
    await one.run();
    await two.run();
    await its.pass(2000);
    await one.stop();
    its.add('b');
    assert.deepEqual(who(await two.run()), ['leader', 'two', ['control-plane', 'events']]);
    await its.pass(2000);
    its.assertAllOnce();
  });

  it('tell after a loss what was delivered before it, and the books chain; back in the lead, nothing comes twice', async (t) => {
    const its = await scene(t);
    const one = its.replica('one');
    await one.run();
    its.add('a', 'b');
    await its.pass(2000);
    const renewTime = new Date(its.clock.nowMs()).toISOString().replace('Z', '000Z');
    its.server.writeLease({ name: leaseName }, { holderIdentity: 'other', leaseTransitions: 7, renewTime });
    await its.pass(10_000);
    assert.equal(its.server.openWatches.length, 0, 'its watch has ended without any run');
    its.add('c');
    await its.pass(1000);
    const follower = await one.run();
    assert.deepEqual(who(follower), ['follower', 'other', []]);
    assert.deepEqual([follower.events.ledger.delivered, follower.events.caughtUp], [2, false]);
    assert.equal(one.check.stats().events.delivered, 2);
    await its.pass(20_000);
    const back = await one.run();
    assert.equal(back.role, 'leader');
    await its.pass(2000);
    its.assertAllOnce();
  });

  it('can not tell who leads while the server is away: the control plane is told of all the same, as critical', async (t) => {
    const its = await scene(t);
    const one = its.replica('one', { config: { controlPlane: {} } });
    await its.server.kill();
    const report = await one.run();
    assert.deepEqual(who(report), ['undecided', undefined, ['control-plane']]);
    assert.match(report.warnings[0]?.message ?? '', /^it can't be told who leads: /);
    const told = new Set(one.sender.serviceChecks.map(({ status }) => status));
    assert.deepEqual([told.has('critical'), told.has('ok')], [true, false]);
    assert.equal(report.events.ledger.read, 0);
    await its.server.start();
    its.add('a');
    assert.equal((await one.run()).role, 'leader');
  });

  it('that lead go on to deliver what they have while the server is away, and tell it as undecided', async (t) => {
    const its = await scene(t);
    const one = its.replica('one');
    await one.run();
    await its.pass(2000);
    one.sender.holdCommits();
    its.add('a');
    await its.pass(100);
    await its.server.kill();
    one.sender.releaseCommits();
    await its.pass(60_000);
    const report = await one.run();
    assert.equal(report.role, 'undecided');
    assert.equal(report.events.ledger.delivered, 1);
    await its.server.start();
    await its.pass(60_000);
    await one.run();
    await its.pass(60_000);
    its.assertAllOnce();
  });
});

describe('an elector of the host', () => {
  it('needs two methods only', async (t) => {
    const its = await scene(t);
    const leadership = leading();
    const one = its.replica('-', { leaderElector: elector(async () => leadership), tokenStore: loggingStore() });
    its.add('a');
    for (let runs = 0; runs < 3; runs++) assert.deepEqual(who(await one.run()).slice(0, 2), ['leader', 'me']);
    its.assertAllOnce();
    assert.equal(its.server.openWatches.length, 1);
    assert.equal(its.server.lease({ name: leaseName }), undefined);
  });

  it('ends what goes on between runs by its signal', async (t) => {
    const its = await scene(t);
    const lost = new AbortController();
    const roles: Leadership[] = [leading({ lost: lost.signal }), { role: 'follower', holder: 'other' }];
    const leaderElector = elector(async () => roles.shift() ?? assert.fail('asked too often'));
    const one = its.replica('-', { leaderElector, tokenStore: loggingStore() });
    await one.run();
    await its.pass(100);
    assert.equal(its.server.openWatches.length, 1);
    lost.abort(new Error('lost'));
    await its.pass(0);
    assert.equal(its.server.openWatches.length, 0);
    assert.deepEqual(who(await one.run()), ['follower', 'other', []]);
  });

  it('that fails makes the run reject, and says why', async (t) => {
    const its = await scene(t);
    for (const [thrown, expected] of [
      [new Error('no right'), /leader election: no right/],
      [new KubeCheckError('API_DENIED', 'get leases: denied'), /leader election: get leases: denied/],
    ] as const) {
      const one = its.replica('-', { leaderElector: elector(() => Promise.reject(thrown)) });
      await assert.rejects(one.run(), { code: 'LEADER_ELECTION_FAILED', message: expected });
      assert.deepEqual(one.sender.batches, []);
    }
  });

  it('that never answers leaves it undecided after 30 s', async (t) => {
    const its = await scene(t);
    const one = its.replica('-', { leaderElector: elector(() => new Promise(() => undefined)) });
    const report = await one.run();
    assert.deepEqual(who(report), ['undecided', undefined, ['control-plane']]);
    assert.equal(its.clock.monotonicMs(), 30_000);
    assert.match(report.warnings[0]?.message ?? '', /no answer within 30000 ms/);
  });

  it('gives back after the last commit and the last save', async (t) => {
    const its = await scene(t);
    const order: string[] = [];
    const store = loggingStore();
    const { save } = store;
    store.save = async (...asked) => {
      order.push('save');
      return await save(...asked);
    };
    const leaderElector = elector(
      async () => leadership,
      async () => void order.push('release'),
    );
    const leadership = leading();
    const one = its.replica('-', { leaderElector, tokenStore: store });
    await one.run();
    await its.pass(2000);
    order.length = 0;
    one.sender.holdCommits();
    its.add('a');
    await its.pass(100);
    const stopping = one.check.stop();
    await its.server.idle();
    assert.equal(order.length, 0);
    one.sender.releaseCommits();
    order.push('committed');
    await stopping;
    assert.deepEqual(order, ['committed', 'save', 'release']);
    its.assertAllOnce();
  });

  it('is not asked where this is the only replica', async (t) => {
    const its = await scene(t);
    const one = its.replica('-', {
      config: { leader: { skip: true } },
      leaderElector: elector(() => assert.fail('asked')),
    });
    const { role, leader } = await one.run();
    assert.deepEqual([role, leader], ['sole', undefined]);
  });
});

describe('the rights', () => {
  it('have leases with an election, and none without', () => {
    assert.match(renderRbac({}), /leases/);
    assert.doesNotMatch(renderRbac({ leader: { skip: true } }), /lease/);
    assert.doesNotMatch(renderRbac({ leader: { enabled: false } }), /lease/);
  });
});
