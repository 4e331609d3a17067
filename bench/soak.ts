/**
 * Whether anything grows: a check in watch mode and one in poll mode, rounds with events and rounds without, watches that the server ends
 * now and then, and after each round the heap once it is collected, what keeps the process alive, and the open connections. Fails where the
 * later half of the samples grows, or an event is not committed exactly once.
 *
 *     npm run soak -- --minutes 30
 *     npm run soak -- --rounds 300
 *
 * By minutes all periods are the defaults and a round takes five seconds. By rounds all is as quick as it goes.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { getHeapSpaceStatistics } from 'node:v8';
import { type EventCollectorOptions, KubeASCheck } from '../src/index.ts';
import { type CountingSender, countingSender } from './counting-sender.ts';
import { type FakeServers, kubeConfigOf, startFakeServers } from './fake-servers.ts';
import { laterHalf, slopeOf } from './growth.ts';

interface Sample {
  /** But for compiled code, which Node goes on making for long. */
  readonly heapBytes: number;
  /** What keeps the process alive: sockets, timers, requests to the system. */
  readonly handles: number;
  /** At the servers, used or kept. */
  readonly connections: number;
}

/**
 * By how much each may grow over the later half of a soak. What leaks once a round grows by far more. Connections come and go between two and
 * four, as those that are kept are used or not.
 */
const bounds: Sample = { heapBytes: 100 * 1024, handles: 1, connections: 3 };
const cutEvery = 10;
const logEvery = 25;

interface Form {
  readonly events: EventCollectorOptions;
  readonly eventsPerRound: number;
  /** How many a second; undefined: all at once. */
  readonly perSecond?: number;
  readonly idleMs: number;
  more(round: number): boolean;
}

function formOf(args: readonly string[]): Form {
  const options = { minutes: { type: 'string' }, rounds: { type: 'string' } } as const;
  const { minutes = '30', rounds } = parseArgs({ args: [...args], options }).values;
  if (rounds !== undefined) {
    const periods = { readTimeoutMs: 20, readQuietMs: 5, batchWindowMs: 5, checkpointIntervalMs: 5 };
    return { events: periods, eventsPerRound: 20, idleMs: 0, more: (round) => round < Number(rounds) };
  }
  const endsAtMs = performance.now() + Number(minutes) * 60_000;
  return { events: {}, eventsPerRound: 50, perSecond: 10, idleMs: 5000, more: () => performance.now() < endsAtMs };
}

interface Subject {
  readonly check: KubeASCheck;
  readonly sender: CountingSender;
}

function startSubject(url: string, events: EventCollectorOptions): Subject {
  const sender = countingSender();
  const check = new KubeASCheck({ sender, kubeConfig: kubeConfigOf(url), config: { events } });
  check.statistics.on('published', () => undefined);
  return { check, sender };
}

async function runOk({ check }: Subject): Promise<void> {
  const report = await check.run();
  assert.ok(report.ok, JSON.stringify(report));
}

async function soak(form: Form): Promise<readonly Sample[]> {
  await using servers = await startFakeServers(2);
  const [watchUrl = '', pollUrl = ''] = servers.urls;
  const watching = startSubject(watchUrl, { ...form.events, mode: 'watch' });
  const polling = startSubject(pollUrl, form.events);
  const samples: Sample[] = [];
  let written = 0;
  for (let round = 0; form.more(round); round++) {
    if (round % cutEvery === cutEvery - 1) await servers.cut();
    if (round % 2 === 0) await servers.write(form.eventsPerRound, form.perSecond);
    else await sleep(form.idleMs);
    written += round % 2 === 0 ? form.eventsPerRound : 0;
    await runOk(watching);
    // A busy machine may bring its frames after the read timeout.
    do await runOk(polling);
    while (polling.sender.committed < written);
    await watching.sender.reaches(written);
    samples.push(await sampled(servers));
    if (round % logEvery === 0) say(`round ${round}: ${JSON.stringify(samples.at(-1))}`);
  }
  for (const { check, sender } of [watching, polling]) {
    await check.stop();
    assert.equal(sender.committed, written);
    assert.equal(check.stats().events.delivered, written);
  }
  return samples;
}

async function sampled(servers: FakeServers): Promise<Sample> {
  const looks = await servers.look();
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('it needs node --expose-gc');
  // What the first one finds unused may have been all that used something else.
  gc();
  gc();
  return {
    heapBytes: getHeapSpaceStatistics()
      .filter(({ space_name }) => !/^(code|trusted)/.test(space_name))
      .reduce((sum, { space_used_size }) => sum + space_used_size, 0),
    handles: process.getActiveResourcesInfo().length,
    connections: looks.reduce((sum, { connections }) => sum + connections, 0),
  };
}

/** Over the later half, by its slope. */
function growthOf(samples: readonly Sample[], figure: keyof Sample): number {
  const later = laterHalf(samples);
  return slopeOf(later.map((sample, x) => ({ x, y: sample[figure] }))) * (later.length - 1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const samples = await soak(formOf(process.argv.slice(2)));
say(`${samples.length} rounds, each event committed once; growth over the later half:`);
for (const figure of ['heapBytes', 'handles', 'connections'] as const) {
  const growth = growthOf(samples, figure);
  say(`${figure}: ${growth.toFixed(1)} (at most ${bounds[figure]}), at last ${samples.at(-1)?.[figure]}`);
  if (!(growth <= bounds[figure])) process.exitCode = 1;
}
