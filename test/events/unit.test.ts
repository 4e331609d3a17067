/** The events unit over real HTTP, on a fake API server. No time passes but what the code waits for. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { EventCollectorOptions } from '../../src/events/options.ts';
import { eventUnit } from '../../src/events/unit.ts';
import { createOwnedKubeApi, type OwnedKubeApi } from '../../src/kube/api.ts';
import type { UnitOutcome } from '../../src/report.ts';
import { coreEvent, FakeApiServer, ManualClock, newStyleEvent, RecordingSender } from '../../src/testing/index.ts';
import { MemoryTokenStore } from '../../src/tokens/memory.ts';
import type { Unit } from '../../src/unit.ts';
import { createUnitContext } from '../../src/unit-context.ts';
import { assertBooks } from '../books.ts';

const events = '/api/v1/events';

describe('the events unit', () => {
  let clock: ManualClock;
  let server: FakeApiServer;
  let api: OwnedKubeApi;
  let sender: RecordingSender;
  let tokenStore: MemoryTokenStore;

  beforeEach(async () => {
    clock = new ManualClock({ random: 0 });
    server = await new FakeApiServer({ clock }).start();
    api = createOwnedKubeApi(server.kubeConfig(), clock);
    sender = new RecordingSender();
    tokenStore = new MemoryTokenStore();
  });

  afterEach(async () => {
    api.close();
    assert.equal(server.openWatches.length, 0, 'a watch was left open');
    await server.close();
  });

  const unitWith = (options: EventCollectorOptions = {}): Unit => eventUnit({ tokenStore, ...options });
  const add = (...names: readonly string[]): void => {
    for (const name of names) server.addEvent(coreEvent({ name, object: { name } }));
  };

  const warnings: string[] = [];
  async function run(unit: Unit): Promise<UnitOutcome> {
    warnings.length = 0;
    const context = createUnitContext({ api, clock, sender, warn: (message) => warnings.push(message) });
    const outcome =
      (await clock.runUntil(unit.run(context), { idle: () => server.idle() })) ?? assert.fail('no outcome');
    assertBooks(outcome, last.get(unit));
    last.set(unit, outcome);
    return outcome;
  }
  const last = new Map<Unit, UnitOutcome>();

  const afterMs = (ms: number, act: () => unknown): void => void clock.sleep(ms).then(act);

  function assertAllDelivered(): void {
    assert.deepEqual([...sender.committedSourceIds()].sort(), server.eventVersions.map(({ id }) => id).sort());
    assert.deepEqual(sender.duplicateSourceIds(), []);
  }

  it('reads the backlog in pages, then what comes, in both styles', async () => {
    add('a', 'b', 'c', 'd', 'e');
    const unit = unitWith({ pageSize: 2, lookUp: [] });
    const first = await run(unit);
    assert.deepEqual([first.status, first.events?.caughtUp], ['ok', true]);
    assert.deepEqual(
      server.requests.map(({ path }) => path),
      [events, events, events, events],
    );
    add('f');
    server.addEvent(newStyleEvent({ name: 'g', count: 3 }));
    server.updateEvent({ name: 'a' }, { count: 2 });
    assert.equal((await run(unit)).status, 'ok');
    assertAllDelivered();
    assert.equal((await tokenStore.load('event'))?.resourceVersion, server.version);
  });

  it('notices a restore of etcd that the server has already overtaken, and delivers everything new', async () => {
    add('a');
    const restored = server.version;
    add('b', 'c');
    const unit = unitWith();
    await run(unit);
    const before = server.version;
    server.rewriteHistory(restored);
    add('d', 'e', 'f', 'g');
    assert.ok(Number(server.version) > Number(before), 'not overtaken');
    const { status, events: activity } = await run(unit);
    assert.equal(status, 'ok');
    assert.deepEqual(
      activity?.gaps.map(({ cause, loss, fromVersion }) => [cause, loss, fromVersion]),
      [['rewound', 'rewritten', before]],
    );
    assert.match(warnings.join(), /history was rewritten/);
    assert.deepEqual(new Set(sender.committedSourceIds()), new Set(server.eventVersions.map(({ id }) => id)));
    assert.equal((await tokenStore.load('event'))?.resourceVersion, server.version);
    const { events: after } = await run(unit);
    assert.deepEqual([after?.ledger.read, after?.gaps], [0, []]);
  });

  it('bridges a compaction while it was away, and continue tokens that expire on the way', async () => {
    add('a', 'b', 'c', 'd', 'e');
    await run(unitWith({ pageSize: 2 }));
    add('f', 'g', 'h');
    server.skipVersions(3);
    server.compact();
    // When the first page is committed; what is written then comes by the watch.
    const { commit } = sender;
    sender.commit = (options) => {
      sender.commit = commit;
      server.expireContinueTokens();
      server.updateEvent({ name: 'a' }, { count: 2 });
      return sender.commit(options);
    };
    const outcome = await run(unitWith({ pageSize: 2 }));
    assert.deepEqual([outcome.status, outcome.events?.caughtUp], ['ok', true]);
    assert.ok(server.requests.some(({ status }) => status === 410));
    assert.equal(outcome.events?.gaps[0]?.cause, 'expired');
    assertAllDelivered();
  });

  it('delivers everything of a rewritten history', async () => {
    add('a', 'b', 'c');
    const { version } = server;
    add('d', 'e');
    await run(unitWith());
    server.rewriteHistory(version);
    add('f');
    const outcome = await run(unitWith());
    assert.deepEqual(
      outcome.events?.gaps.map(({ cause, loss }) => [cause, loss]),
      [['rewound', 'rewritten']],
    );
    assert.ok(sender.committedSourceIds().includes(server.eventVersions.at(-1)?.id ?? ''));
    assert.equal((await tokenStore.load('event'))?.resourceVersion, server.version);
    assert.match(warnings.join(), /history was rewritten/);
  });

  it('obeys Retry-After', async () => {
    add('a');
    server.fail({ path: events, status: 429, headers: { 'Retry-After': '7' } });
    const fromMs = clock.monotonicMs();
    const outcome = await run(unitWith());
    assert.equal(outcome.status, 'ok');
    assert.equal(clock.monotonicMs() - fromMs, 7000 + 2000, 'the wait, and the silence before the end');
    assertAllDelivered();
  });

  it('goes on after the server was killed in the middle of a stream', async () => {
    const unit = unitWith();
    add('a');
    await run(unit);
    add('b');
    afterMs(300, async () => {
      await server.kill();
      add('c');
      await server.start();
    });
    const outcome = await run(unit);
    assert.equal(outcome.status, 'ok');
    assert.match(warnings.join(), /tried again after 400 ms/);
    await run(unit);
    assertAllDelivered();
  });

  it('says that events can not be read, where their etcd is dead', async () => {
    add('a');
    const unit = unitWith();
    await run(unit);
    server.stopEtcd('events');
    const outcome = await run(unit);
    assert.equal(outcome.status, 'failed');
    assert.equal(outcome.status === 'failed' && outcome.error.code, 'API_UNAVAILABLE');
    server.startEtcd();
    add('b');
    assert.equal((await run(unit)).status, 'ok');
    assertAllDelivered();
  });

  it('closes a watch that it does not read for 5 s, and reads on when the sender has room', async () => {
    const unit = unitWith({ maxPerCommit: 1 });
    add('a');
    await run(unit);
    const seen: number[] = [];
    sender.holdCommits();
    add('b', 'c');
    afterMs(4999, () => seen.push(server.openWatches.length));
    afterMs(5001, () => seen.push(server.openWatches.length));
    afterMs(6000, () => {
      add('d');
      sender.releaseCommits();
    });
    const outcome = await run(unit);
    assert.equal(outcome.status, 'ok');
    assert.deepEqual(seen, [1, 0]);
    assertAllDelivered();
  });

  it('saves on stop what no run could save', async () => {
    const unit = unitWith();
    await unit.stop?.();
    add('a');
    const { save } = tokenStore;
    tokenStore.save = () => Promise.reject(new Error('refused'));
    assert.equal((await run(unit)).status, 'failed');
    tokenStore.save = save;
    await unit.stop?.();
    assert.equal((await tokenStore.load('event'))?.resourceVersion, server.version);
  });

  it('looks for a namespace that is silent, and says if it is not there', async () => {
    add('a');
    server.addNamespace('quiet');
    assert.equal((await run(unitWith({ namespaces: ['quiet'] }))).status, 'ok');
    assert.deepEqual(warnings, []);
    const unit = unitWith({ namespaces: ['nowhere'] });
    assert.equal((await run(unit)).status, 'ok');
    assert.match(warnings.join(), /the namespace "nowhere" does not exist/);
    server.addEvent(coreEvent({ namespace: 'nowhere', name: 'n' }));
    assert.equal((await run(unit)).events?.ledger.delivered, 1);
    assert.deepEqual(warnings, []);
  });
});
