/** What an idle watch costs: every timer that ends in ten minutes in which nothing happens, by how long it was set for. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../../src/clock.ts';
import { KubeASCheck, type KubeASCheckConfig, MemoryTokenStore, type TokenStore } from '../../src/index.ts';
import { coreEvent, FakeApiServer, ManualClock, RecordingSender } from '../../src/testing/index.ts';

const periodMs = 600_000;

interface Idle {
  /** How many timers ended, by their length in milliseconds. */
  readonly woken: Readonly<Record<string, number>>;
  /** How many were set, also those that were cleared. */
  readonly set: number;
  /** `<method> <what>`, and how often. */
  readonly asked: Readonly<Record<string, number>>;
}

interface Circumstances {
  readonly leader: NonNullable<KubeASCheckConfig['leader']>;
  readonly tokenStore?: TokenStore;
  /** Of statistics. */
  readonly listeners?: number;
}

/** A check that has read an event and committed it, and is then left alone: its host runs it no more. */
async function idleFor(t: TestContext, { leader, tokenStore, listeners = 0 }: Circumstances): Promise<Idle> {
  const clock = new ManualClock({ random: 0.5 });
  // Time stands still at the server: it ends nothing by itself.
  const server = await new FakeApiServer({ clock: new ManualClock() }).start();
  t.after(() => server.close());
  const woken: number[] = [];
  let set = 0;
  const counting: Clock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    random: () => clock.random(),
    async sleep(ms, options) {
      set++;
      await clock.sleep(ms, options);
      woken.push(ms);
    },
  };
  const sender = new RecordingSender();
  const check = new KubeASCheck({
    ...{ sender, clock: counting, kubeConfig: server.kubeConfig(), config: { leader, events: { mode: 'watch' } } },
    ...(tokenStore ? { tokenStore } : {}),
  });
  for (let n = 0; n < listeners; n++) check.statistics.on('published', () => undefined);
  const idle = { idle: () => server.idle() };
  t.after(() => clock.runUntil(check.stop(), idle));
  server.addEvent(coreEvent());
  assert.ok((await clock.runUntil(check.run(), idle)).ok);
  // Until its batch is closed, committed and saved, and the bookkeeping of all that is over.
  await clock.advance(90_000, idle);
  assert.deepEqual(
    sender.committedSourceIds(),
    server.eventVersions.map(({ id }) => id),
  );
  const before = { woken: woken.length, set, asked: server.requests.length };
  await clock.advance(periodMs, idle);
  return {
    woken: counted(woken.slice(before.woken)),
    set: set - before.set,
    asked: counted(
      server.requests.slice(before.asked).map(({ method, path }) => `${method} ${path.split('/').at(-1)}`),
    ),
  };
}

function counted(values: readonly (string | number)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const alone: Idle = { woken: { 60000: 10 }, set: 30, asked: { 'GET events': 20 } };
const leading: Idle = {
  woken: { 10000: 60, 60000: 10 },
  set: 150,
  asked: { 'GET events': 20, 'PUT kube-apiserver-check': 60 },
};

test('an idle watch is woken once a minute: the silent stream is proved, and opened again', async (t) => {
  assert.deepEqual(await idleFor(t, { leader: { skip: true }, tokenStore: new MemoryTokenStore() }), alone);
});

test('an idle watch whose token is kept on the server saves nothing that has not moved', async (t) => {
  assert.deepEqual(await idleFor(t, { leader: { skip: true } }), alone);
});

test('an idle watch that leads renews its lease every sixth of it, and has no other timer besides', async (t) => {
  assert.deepEqual(await idleFor(t, { leader: {} }), leading);
});

test('an idle watch whose statistics somebody listens to has one timer a second, for all listeners, and asks no more', async (t) => {
  const listened = await idleFor(t, { leader: {}, listeners: 3 });
  assert.deepEqual(listened, { ...leading, woken: { 1000: 600, ...leading.woken }, set: leading.set + 600 });
});
