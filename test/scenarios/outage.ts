/**
 * What a host sees whose check goes on running in one process while etcd is away, the API server, or the etcd that keeps events alone: the
 * outage is said, in its own words and in time, and afterwards nothing is missing and nothing comes twice.
 */
import assert from 'node:assert/strict';
import {
  isKubeCheckError,
  KubeASCheck,
  type KubeASCheckConfig,
  type RunReport,
  type UnitReport,
} from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';
import { planWrites } from './event-plan.ts';
import { createEventWriter, type EventWriter } from './event-writer.ts';
import type { World } from './world.ts';

const runBudgetMs = 4000;
const config: KubeASCheckConfig = {
  leader: { skip: true },
  runBudgetMs,
  events: { readTimeoutMs: 300, readQuietMs: 100 },
};
/** What the events unit may take beyond its budget on a busy machine; a request that waits for the server takes 10 s or more. */
const toleranceMs = 5000;

/** `status: message` of each service check of a run: `up`, and `component:…`. */
export type Health = Readonly<Record<string, string>>;

interface Round {
  readonly report: RunReport;
  readonly health: Health;
}

interface Host {
  readonly writer: EventWriter;
  readonly sender: RecordingSender;
  /** A run of the process that is there from the beginning. */
  run(): Promise<Round>;
  /** A run of one that has just been started. */
  runFresh(): Promise<Round>;
}

async function createHost(world: World): Promise<Host> {
  const kubeConfig = await world.kubeConfig();
  const sender = new RecordingSender();
  const makeCheck = () => new KubeASCheck({ kubeConfig, sender, config, clock: world.clock });
  const lasting = makeCheck();
  let last: RunReport | undefined;

  async function run(check: KubeASCheck, previous?: RunReport): Promise<Round> {
    const before = sender.serviceChecks.length;
    const report = await world.settle(check.run());
    assertBooks(report, previous);
    const checks = sender.serviceChecks.slice(before);
    const said = checks.map(({ tags = ['up'], status, message }) => [tags.join(), `${status}: ${message}`]);
    return { report, health: Object.fromEntries(said) };
  }

  return {
    writer: createEventWriter(world, planWrites(100, 3)),
    sender,
    async run() {
      const round = await run(lasting, last);
      last = round.report;
      return round;
    },
    async runFresh() {
      await using check = makeCheck();
      return await run(check);
    },
  };
}

export async function etcdOutage(world: World, how: 'paused' | 'stopped'): Promise<void> {
  const host = await createHost(world);
  const token = await startWell(world, host);

  await world.loseEtcd(how);
  const lasting = await host.run();
  const fresh = await host.runFresh();
  await world.regainEtcd();
  for (const { report, health } of [lasting, fresh]) {
    assert.deepEqual(health, {
      up: 'critical: not ready: etcd, etcd-readiness',
      'component:apiserver': 'ok: ok',
      'component:etcd': 'critical: etcd not ready: etcd, etcd-readiness',
    });
    assert.deepEqual(statuses(report), { ...wellStatuses, events: 'failed' });
  }
  assertGoesOnFrom(lasting.report, token);
  const unread = eventsOf(fresh.report).outcome;
  assert.ok(unread.status === 'failed' && isKubeCheckError(unread.error, 'TOKEN_STORE_FAILED'));
  assert.match(unread.error.message, /^the event token could not be loaded: no answer/);

  await endWell(world, host);
}

export async function apiServerOutage(world: World, end: 'stopped' | 'killed'): Promise<void> {
  const host = await createHost(world);
  const token = await startWell(world, host);

  await (end === 'stopped' ? world.stopApiServer() : world.killApiServer());
  const lasting = await host.run();
  const fresh = await host.runFresh();
  await world.startApiServer();
  for (const { report, health } of [lasting, fresh]) {
    assert.match(health['up'] ?? '', /^critical: get \/readyz: connection refused/);
    assert.match(health['component:apiserver'] ?? '', /^critical: .*connection refused/);
    assert.match(health['component:etcd'] ?? '', /^unknown: .*connection refused/);
    for (const { name, outcome } of report.units) {
      // The lasting process knows whether it is on OpenShift.
      if (outcome.status !== 'failed') assert.ok(name === 'openshift' || name === 'quotas', name);
      else assert.equal(outcome.error.details['reason'], 'refused', `${name}: ${outcome.error.message}`);
    }
    assert.doesNotMatch(JSON.stringify(report), /abort/i);
  }
  assertGoesOnFrom(lasting.report, token);

  await endWell(world, host);
}

/** @returns what the control plane unit made of it: that depends on whether the server checks this etcd */
export async function eventsEtcdOutage(world: World): Promise<Health> {
  const host = await createHost(world);
  const token = await startWell(world, host);

  await world.loseEventsEtcd();
  const { report, health } = await host.run();
  assert.deepEqual(statuses(report), { ...wellStatuses, events: 'failed' });
  assertGoesOnFrom(report, token);
  const fresh = await host.runFresh();
  assertGoesOnFrom(fresh.report, token);
  await world.regainEtcd();

  await endWell(world, host);
  return health;
}

const wellStatuses = { openshift: 'ok', 'control-plane': 'ok', quotas: 'skipped', events: 'ok' };

const statuses = ({ units }: RunReport): Readonly<Record<string, string>> =>
  Object.fromEntries(units.map(({ name, outcome }) => [name, outcome.status]));

/** @returns the token that is stored */
async function startWell(world: World, host: Host): Promise<string> {
  await host.writer.write(20);
  await assertWell(world, host);
  const data = await world.configMapData('kube-apiserver-check');
  const token = data?.['event.tokenKey'];
  assert.ok(token, JSON.stringify(data));
  return token;
}

async function endWell(world: World, host: Host): Promise<void> {
  await host.writer.write(20);
  await assertWell(world, host);
  assert.deepEqual(host.sender.duplicateSourceIds(), []);
}

async function assertWell(world: World, host: Host): Promise<void> {
  const { report, health } = await host.run();
  assert.deepEqual(statuses(report), wellStatuses, JSON.stringify(report));
  assert.deepEqual(health, { up: 'ok: ok', 'component:apiserver': 'ok: ok', 'component:etcd': 'ok: ok' });
  assert.ok(report.ok && report.events.caughtUp, JSON.stringify(report));
  const committed = new Set(host.sender.committedSourceIds());
  assert.deepEqual(
    (await world.eventIds()).filter((id) => !committed.has(id)),
    [],
  );
}

/** The events unit failed within its bounds, and says that nothing is lost. */
function assertGoesOnFrom(report: RunReport, token: string): void {
  const { outcome, durationMs } = eventsOf(report);
  assert.ok(outcome.status === 'failed');
  const { error } = outcome;
  assert.ok(isKubeCheckError(error, 'API_UNAVAILABLE'), `${error.code}: ${error.message}`);
  assert.match(error.message, new RegExp(`; the next run goes on from ${token}$`));
  assert.equal(error.details['goesOnFrom'], token);
  assert.ok(durationMs < runBudgetMs + toleranceMs, `the events unit took ${durationMs} ms`);
}

function eventsOf({ units }: RunReport): UnitReport {
  const events = units.find(({ name }) => name === 'events');
  assert.ok(events);
  return events;
}
