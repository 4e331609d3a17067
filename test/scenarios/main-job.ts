/**
 * The main job: events are written without a break, while a check in poll mode runs again and again, a fresh process each time; the API
 * server is restarted, is away, and forgets its history. In the end the last version of every event object is committed.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeASCheckConfig } from '../../src/index.ts';
import { isNewer } from '../../src/kube/version.ts';
import { ManualClock } from '../../src/testing/index.ts';
import { assertAllDelivered, tokenConfigMap } from './all-delivered.ts';
import { type CheckHost, createCheckHost } from './check-host.ts';
import { timesEach, versionOf } from './committed.ts';
import { planWrites } from './event-plan.ts';
import { createEventWriter, type EventWriter } from './event-writer.ts';
import type { CheckProcess } from './run-check.ts';
import { restartApiServer, type World } from './world.ts';

export interface MainJobOptions {
  /** Writes of events, updates and deletions among them. */
  readonly writes: number;
  readonly seed: number;
  /** How many runs nothing happens to, before each one that something happens to. */
  readonly calmRuns: number;
  /** @defaultValue 'auto' */
  readonly wire?: 'auto' | 'json' | 'protobuf';
}

const configOf = ({ wire = 'auto' }: Pick<MainJobOptions, 'wire'>): KubeASCheckConfig => ({
  intervalMs: 1000,
  leader: { skip: true },
  // Small batches, so that a run has many commits between two saves of its token.
  events: { wire, readTimeoutMs: 500, readQuietMs: 300, maxPerCommit: 50 },
});

/** No process is killed: every last version exactly once, and nothing twice. */
export async function mainJob(world: World, options: MainJobOptions): Promise<void> {
  const { writes, seed, calmRuns } = options;
  const writer = createEventWriter(world, planWrites(writes, seed));
  using host = createCheckHost(world, configOf(options));
  const disturbances = [
    serverLostWhileRunning,
    awayBetweenRuns,
    compactedWhileRunning,
    compactedBetweenRuns,
    restarted,
  ];
  const share = Math.ceil(writes / (disturbances.length * (calmRuns + 1)));
  const job: Job = { world, host, writer, share };
  for (const disturbed of disturbances) {
    for (let run = 0; run < calmRuns; run++) await runWhileWriting(job);
    await disturbed(job);
  }
  await writer.write(writes);
  await host.catchUp();

  await assertAllDelivered(world, host, writer);
  const committed = host.committedIds();
  assert.equal(new Set(committed).size, committed.length, 'nothing is committed twice');
  const delivered = host.reports.reduce((sum, { events }) => sum + events.ledger.delivered, 0);
  assert.equal(delivered, committed.length, 'the books say what the file holds');
}

/** Processes are killed at instants that nobody chose: nothing is lost, and only what no token covered comes again. */
export async function killedMainJob(
  world: World,
  options: Omit<MainJobOptions, 'calmRuns'> & { readonly rounds: number },
): Promise<void> {
  const { writes, seed, rounds } = options;
  const writer = createEventWriter(world, planWrites(writes, seed));
  using host = createCheckHost(world, configOf(options));
  const chance = new ManualClock({ seed });
  const share = Math.ceil(writes / rounds);
  const mayRepeat = new Map<string, number>();
  let kills = 0;
  for (let round = 0; round < rounds; round++) {
    const check = host.start();
    await Promise.all([writer.write(share), killSomewhere(check, chance)]);
    if (!(await host.killed(check))) continue;
    kills++;
    const token = (await world.configMapData(tokenConfigMap))?.['event.tokenKey'];
    for (const id of new Set(host.committedIds()))
      if (!token || isNewer(versionOf(id), token)) mayRepeat.set(id, (mayRepeat.get(id) ?? 0) + 1);
  }
  assert.ok(kills > rounds / 2, `${kills} of ${rounds} processes were killed before their end`);
  await host.catchUp();

  await assertAllDelivered(world, host, writer);
  for (const [id, times] of timesEach(host.committedIds()))
    assert.ok(times <= 1 + (mayRepeat.get(id) ?? 0), `${id} is committed ${times} times, though a token covered it`);
}

interface Job {
  readonly world: World;
  readonly host: CheckHost;
  readonly writer: EventWriter;
  /** What is written during a run. */
  readonly share: number;
}

/** A third is written before the process is there, a third before it reads, and a third while it does. */
async function runWhileWriting(
  { host, writer, share }: Job,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  const third = Math.floor(share / 3);
  await writer.write(third);
  const check = host.start();
  const writing = async () => {
    await check.begun();
    await writer.write(third);
    await check.committed(1);
    await Promise.all([writer.write(share - 2 * third), meanwhile()]);
  };
  await Promise.all([writing(), host.ended(check)]);
}

/**
 * The API server dies between a commit and the save of the token. A process that ends then can't save it; a host that goes on calling
 * `run()` loses nothing by it. So here one process runs until all is well again.
 */
async function serverLostWhileRunning({ world, host, writer, share }: Job): Promise<void> {
  const check = host.start({ runs: 'until-ok' });
  const before = Math.floor(share / 3);
  await writer.write(before);
  await check.committed(1);
  const lost = async () => {
    await world.killApiServer();
    await check.reported(1);
    await world.startApiServer();
  };
  const [reports] = await Promise.all([host.ended(check), lost(), writer.write(share - before)]);
  assert.equal(reports[0]?.ok, false, 'the run in which the server was lost says so');
  assert.ok(reports.length > 1);
}

async function awayBetweenRuns(job: Job): Promise<void> {
  const { world, host } = job;
  await world.stopApiServer();
  const [report] = await host.ended(host.start());
  await world.startApiServer();
  assert.deepEqual(
    report?.units.map(({ name, outcome }) => [name, outcome.status]),
    ['openshift', 'control-plane', 'quotas', 'events'].map((name) => [name, 'failed']),
  );
  for (const { outcome } of report.units)
    if (outcome.status === 'failed') assert.match(outcome.error.message, /connection refused/);
  await runWhileWriting(job);
}

async function restarted(job: Job): Promise<void> {
  await restartApiServer(job.world);
  await runWhileWriting(job);
}

const compactedWhileRunning = (job: Job): Promise<void> => runWhileWriting(job, () => job.world.compact());

/**
 * The token is older than what the server remembers: the gap is bridged by a list, and told when the list has ended. While it is read, the
 * server forgets the version that it is read at, too.
 */
async function compactedBetweenRuns({ world, host, writer, share }: Job): Promise<void> {
  await host.catchUp();
  const reportsBefore = host.reports.length;
  const before = Math.floor(share / 2);
  await writer.write(before);
  await world.compact();
  const check = host.start();
  await check.committed(1);
  await Promise.all([host.ended(check), writer.write(share - before).then(world.compact)]);
  await host.catchUp();
  const gaps = host.reports.slice(reportsBefore).flatMap(({ events }) => events.gaps);
  assert.ok(gaps.length > 0, 'a gap was told');
  for (const { cause, loss, fromVersion, toVersion } of gaps)
    assert.ok(cause === 'expired' && loss === 'overtaken' && isNewer(toVersion, fromVersion), JSON.stringify(gaps));
}

/** Before it has begun, or some time after one of its first commits: sometimes it is over by then. */
async function killSomewhere(check: CheckProcess, chance: ManualClock): Promise<void> {
  const batches = Math.floor(chance.random() * 4);
  const afterMs = chance.random() * 30;
  await (batches === 0 ? check.begun() : check.committed(batches));
  await sleep(afterMs);
  check.kill();
}
