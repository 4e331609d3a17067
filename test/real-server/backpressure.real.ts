/**
 * A sender that takes less than the cluster tells, for a while or for good. With `KASC_BACKPRESSURE_EVENTS=200000` the first test is at its
 * full size, and takes minutes.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { KubeASCheck, type KubeASCheckConfig, type RunReport } from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { type BulkEvents, writeBulkEvents } from '../envtest/bulk-events.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { versionOf } from '../scenarios/committed.ts';
import { runInTurn } from './in-turn.ts';
import { sumOfMetric } from './metrics.ts';
import { startPacedCheck } from './paced-check.ts';
import { realWorld } from './real-world.ts';
import { refusingSender } from './refusing-sender.ts';
import { recordServerMemory, serverMemory } from './server-memory.ts';

const MB = 1e6;
/**
 * Over what an idle check takes, and over what the server took before, however many are written. Measured with 100,000 events: ours 141 MB,
 * most of it garbage (10,000 events that wait are 6 MB); the server's 24 MB resident, 40 MB of heap. With a watch left open it was 301 MB.
 */
const mostOfOurs = 180 * MB;
const mostOfTheServers = 100 * MB;
/** What a process that reads nothing may take on all the same. */
const flat = 32 * MB;

/** What is read at once is taken as a whole, though there is room for a part of it only. */
const aChunk = 500;

type Events = Exclude<KubeASCheckConfig['events'], false | undefined>;

/** All bulk events are of pods. */
const eachAlone: Events = { bundling: 'none', collectedEventTypes: [{ kind: 'Pod' }] };

const configOf = (tokenName: string, events: Events = {}): KubeASCheckConfig => ({
  intervalMs: 500,
  leader: { skip: true },
  controlPlane: false,
  quotas: false,
  events: { mode: 'watch', startFrom: 'now', tokenName, ...events },
});

/** Each of them once, and nothing else; and the stored token says so. */
async function assertDeliveredOnce(
  plane: ControlPlane,
  { written, delivered, tokenName }: { written: BulkEvents; delivered: readonly string[]; tokenName: string },
): Promise<void> {
  const once = new Set(delivered);
  assert.equal(delivered.length - once.size, 0, 'delivered again');
  assert.deepEqual(
    written.ids.filter((id) => !once.has(id)),
    [],
    'lost',
  );
  assert.equal(once.size, written.ids.length, 'delivered and never written');
  await assertTokenAtEnd(plane, written, tokenName);
}

async function assertTokenAtEnd(plane: ControlPlane, written: BulkEvents, tokenName: string): Promise<void> {
  const stored = await realWorld(plane).configMapData(tokenName);
  assert.equal(stored?.['event.tokenKey'], String(Math.max(...written.ids.map(versionOf).map(Number))));
}

/** All watches of events that the server has come to an end with. */
const watchesEnded = (plane: ControlPlane): Promise<number> =>
  sumOfMetric(plane, 'apiserver_request_total', { resource: 'events', verb: 'WATCH' });

function tell(t: TestContext, what: string, bytes: Readonly<Record<string, number>>): void {
  const told = Object.entries(bytes).map(([name, count]) => `${name} ${Math.round(count / MB)} MB`);
  t.diagnostic(`${what}: ${told.join(', ')}`);
}

/** Everything is in proportion to it, so that what is written is far ahead of the sender on a slow machine, too. */
async function measuredPace({ eventsEtcd }: ControlPlane): Promise<number> {
  const trial = 2000;
  const { durationMs } = await writeBulkEvents(eventsEtcd, { count: trial, from: 1e6 });
  return Math.floor(Math.min(2000, (trial / durationMs) * 400));
}

realServerTest(
  'a sender of 2,000 events a second slows the reading of far more: memory is bounded, ours and the server’s, and each comes once',
  { separateEvents: true, timeoutMs: 900_000 },
  async (plane, t) => {
    const eventsASecond = await measuredPace(plane);
    const count = Number(process.env['KASC_BACKPRESSURE_EVENTS'] ?? eventsASecond * 20);
    const bufferSize = Math.min(10_000, Math.floor(count / 8));
    const config = configOf('paced', { bufferSize });
    using check = startPacedCheck(plane.kubeconfigPath(ADMIN), { config, eventsASecond });
    await check.caughtUp();
    const idle = await serverMemory(plane);
    const watchesBefore = await watchesEnded(plane);
    await using server = recordServerMemory(plane);

    const written = await writeBulkEvents(plane.eventsEtcd, { count });
    await until('all to be committed', () => check.committed.length >= count, 600_000);
    await server.stop();
    await check.caughtUp();
    const { cpuMs } = await check.stop();
    await assertDeliveredOnce(plane, { written, delivered: check.committed, tokenName: 'paced' });

    const mostPending = Math.max(...check.reports.map(({ events }) => events.ledger.pending));
    const writtenASecond = Math.round((count / written.durationMs) * 1000);
    t.diagnostic(`${count} events, ${writtenASecond} written and ${eventsASecond} taken a second`);
    t.diagnostic(`${mostPending} pending at most, ${Math.round(cpuMs)} ms of CPU`);
    tell(t, 'the check', { idle: check.baselineBytes, peak: check.peakBytes });
    tell(t, 'the server, resident', { before: idle.residentBytes, peak: server.peak.residentBytes });
    tell(t, 'the server, heap in use', { before: idle.heapInUseBytes, peak: server.peak.heapInUseBytes });
    // Reports look at it twice a second, and while there is no room it falls from full to half.
    assert.ok(mostPending >= bufferSize / 2, `reading never had to wait: ${mostPending} pending`);
    assert.ok(mostPending < bufferSize + aChunk, `${mostPending} pending`);
    const watches = (await watchesEnded(plane)) - watchesBefore;
    assert.ok(watches > 1, 'the watch was never closed for want of room');
    assert.ok(check.peakBytes - check.baselineBytes < mostOfOurs, 'memory of the check');
    assert.ok(server.peak.residentBytes - idle.residentBytes < mostOfTheServers, 'memory of the server');
    assert.ok(server.peak.heapInUseBytes - idle.heapInUseBytes < mostOfTheServers, 'heap of the server');
  },
);

realServerTest('a sender that fails', { separateEvents: true }, async (plane, t) => {
  const world = realWorld(plane);
  const kubeConfig = await plane.kubeConfig(ADMIN);

  await t.test(
    'and hangs stops a list; a watch for which there is no room is closed, and opened again when there is',
    async () => {
      const bufferSize = 1000;
      const config = configOf('hung', { ...eachAlone, startFrom: 'backlog', bufferSize });
      const backlog = await writeBulkEvents(plane.eventsEtcd, { count: 3000, perRevision: 100 });
      const sender = new RecordingSender();
      const check = new KubeASCheck({ kubeConfig, sender, config });
      const pending = () => check.stats().events.pending;

      sender.holdCommits();
      await using host = runInTurn(check);
      await until('as much to be read as may wait', () => pending() >= bufferSize);
      await world.eventIds(); // Takes longer than a page would.
      assert.equal(pending(), bufferSize, 'no page is asked for that there is no room for');
      sender.releaseCommits();
      await until('the backlog to be delivered', () => sender.committedSourceIds().length >= backlog.ids.length);
      await world.eventWatchesAre(1);

      sender.holdCommits();
      const flood = await writeBulkEvents(plane.eventsEtcd, { count: 2500, from: 3000 });
      await world.eventWatchesAre(0);
      assert.ok(sender.committing && pending() >= bufferSize, 'closed as nobody read it');
      assert.ok(pending() < bufferSize + flood.ids.length / 2, `${pending()} pending`);
      sender.releaseCommits();
      const written = { ids: [...backlog.ids, ...flood.ids], durationMs: 0 };
      await until('all to be delivered', () => sender.committedSourceIds().length >= written.ids.length);
      await world.eventWatchesAre(1);
      await host.stop();
      await assertDeliveredOnce(plane, { written, delivered: sender.committedSourceIds(), tokenName: 'hung' });
      assert.ok(host.reports.every(({ ok }) => ok));
    },
  );

  await t.test(
    'every commit for 20 s is handed over the same objects again, and memory does not move',
    async (test) => {
      const config = configOf('away', { bufferSize: 2000 });
      using check = startPacedCheck(plane.kubeconfigPath(ADMIN), { config, refusesMs: 20_000 });
      await check.caughtUp();
      const idle = await serverMemory(plane);
      await using server = recordServerMemory(plane);
      const closed = async () => {
        await world.eventWatchesAre(0);
        assert.equal(check.committed.length, 0, 'closed while the destination was away');
        return check.peakBytes;
      };
      const count = 6000;
      const writing = writeBulkEvents(plane.eventsEtcd, { count, from: 10_000 });
      const [written, full] = await Promise.all([writing, closed()]);
      await until('the destination to be back', () => check.committed.length > 0);
      const { refusals, peakBytes } = check;
      await until('all to be committed', () => check.committed.length >= written.ids.length);
      await server.stop();
      await check.stop();
      await assertDeliveredOnce(plane, { written, delivered: check.committed, tokenName: 'away' });

      tell(test, 'the check', { idle: check.baselineBytes, full, 'when it was back': peakBytes });
      tell(test, 'the server', { before: idle.residentBytes, peak: server.peak.residentBytes });
      assert.ok(refusals >= 4, `${refusals} tries`);
      assert.ok(peakBytes - full < flat, 'memory while it waits');
      assert.ok(full - check.baselineBytes < mostOfOurs, 'memory of what waits');
      assert.ok(server.peak.residentBytes - idle.residentBytes < mostOfTheServers, 'memory of the server');
      const failures = check.reports.map(codeOf);
      assert.ok(failures.includes('COMMIT_FAILED') && failures.at(-1) === undefined, `${failures}`);
    },
  );

  await t.test(
    'at certain events loses these with `quarantine`, and nothing with `block`, which says what to do',
    async () => {
      const refusedNumbers = [30_700, 30_701, 31_200];
      const uids = refusedNumbers.map((number) => `-${number.toString(16).padStart(12, '0')}`);
      const refuses = (id: string) => uids.some((uid) => id.slice(0, id.indexOf(':')).endsWith(uid));
      const make = (onRejected: 'block' | 'quarantine') => {
        const sender = refusingSender(({ id }) => refuses(id));
        const config = configOf(onRejected, { ...eachAlone, maxPerCommit: 100, onRejected });
        return { sender, check: new KubeASCheck({ kubeConfig, sender, config }) };
      };
      const [quarantining, blocking] = [make('quarantine'), make('block')];
      await using calm = runInTurn(quarantining.check);
      await using stuck = runInTurn(blocking.check);
      await world.eventWatchesAre(2);
      const written = await writeBulkEvents(plane.eventsEtcd, { count: 2000, from: 30_000 });
      const refused = written.ids.filter(refuses);
      assert.equal(refused.length, refusedNumbers.length);

      const { taken: others } = quarantining.sender;
      await until('all but those', () => others.length >= written.ids.length - refused.length);
      await until('their report', () => sumOf(calm.reports, 'quarantined') >= refused.length);
      await calm.stop();
      assert.deepEqual([...others].sort(), written.ids.filter((id) => !refuses(id)).sort());
      await assertTokenAtEnd(plane, written, 'quarantine');
      assert.equal(sumOf(calm.reports, 'quarantined'), refused.length);
      assert.ok(calm.reports.every(({ ok }) => ok));
      const said = calm.reports.flatMap(({ warnings }) => warnings.map(({ message }) => message)).join('\n');
      for (const id of refused) assert.ok(said.includes(id), said);

      const { taken } = blocking.sender;
      const inOrder = [...written.ids].sort((one, other) => Number(versionOf(one)) - Number(versionOf(other)));
      const firstRefused = inOrder.findIndex(refuses);
      const report = await until('the report', () => stuck.reports.find((each) => codeOf(each) === 'EVENTS_REJECTED'));
      assertSaysWhatToDo(report, inOrder[firstRefused] ?? '');
      assert.ok(taken.length <= firstRefused);
      assert.deepEqual(taken, inOrder.slice(0, taken.length), 'nothing behind them');
      blocking.sender.relent();
      await until('all of them', () => taken.length >= written.ids.length);
      await stuck.stop();
      assert.deepEqual(taken, inOrder);
      await assertTokenAtEnd(plane, written, 'block');
    },
  );
});

function assertSaysWhatToDo({ units }: RunReport, refused: string): void {
  const [outcome] = units.map((unit) => unit.outcome);
  assert.ok(outcome?.status === 'failed');
  const { remedy = '', details } = outcome.error;
  assert.match(remedy, /see why the destination refuses them/);
  assert.ok((details['ids'] as readonly string[]).includes(refused), JSON.stringify(details));
}

const codeOf = ({ units }: RunReport): string | undefined =>
  units.map(({ outcome }) => (outcome.status === 'failed' ? outcome.error.code : undefined)).find(Boolean);

const sumOf = (reports: readonly RunReport[], entry: 'quarantined'): number =>
  reports.reduce((sum, { events }) => sum + events.ledger[entry], 0);
