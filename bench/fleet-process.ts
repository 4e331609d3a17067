/**
 * The process of a fleet: one check with all defaults a server, each run by its own interval as a host does it. It is told when the events
 * begin to be written, says when all are committed, and proves at its end that none came twice.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeASCheck } from '../src/index.ts';
import { type CountingSender, countingSender } from './counting-sender.ts';
import { kubeConfigOf } from './fake-servers.ts';
import type { FleetOrder, FleetSaid } from './fleet.ts';

const { mode, urls, eventsEach }: FleetOrder = JSON.parse(process.argv[2] ?? '');
const sampledEveryMs = 250;

interface Member {
  readonly check: KubeASCheck;
  readonly sender: CountingSender;
}

const member = (url: string): Member => {
  const sender = countingSender();
  return { sender, check: new KubeASCheck({ sender, kubeConfig: kubeConfigOf(url), config: { events: { mode } } }) };
};

async function runOnce({ check }: Member): Promise<void> {
  const report = await check.run();
  assert.ok(report.ok, JSON.stringify(report));
}

/** The next run begins an interval after the last one began, or at once where that took longer. */
async function runOnAndOn(one: Member, firstInMs: number, ended: AbortSignal): Promise<void> {
  await sleep(firstInMs, undefined, { signal: ended }).catch(() => undefined);
  while (!ended.aborted) {
    const startedAtMs = performance.now();
    await runOnce(one);
    const restMs = Math.max(one.check.intervalMs - (performance.now() - startedAtMs), 0);
    await sleep(restMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** Loads what is loaded with the first run, so that it counts for no member. */
async function warmUp(): Promise<number> {
  const first = member(urls[0] ?? '');
  await runOnce(first);
  await first.check.stop();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

const say = (said: FleetSaid): void => void process.send?.(said);

process.once('disconnect', () => process.exit(1));
const baseBytes = await warmUp();
const fleet = urls.map(member);
await Promise.all(fleet.map(runOnce));
say({ at: 'collecting' });
await once(process, 'message');

const ended = new AbortController();
let peakBytes = 0;
const sampler = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, sampledEveryMs);
const startedAtMs = performance.now();
const cpu = process.cpuUsage();
const running = fleet.map((each, i) => runOnAndOn(each, (i / fleet.length) * each.check.intervalMs, ended.signal));
await Promise.all(fleet.map(({ sender }) => sender.reaches(eventsEach)));
const { user, system } = process.cpuUsage(cpu);
const wallMs = performance.now() - startedAtMs;
clearInterval(sampler);
ended.abort();
await Promise.all(fleet.map(({ check }) => check.stop()));
await Promise.all(running);
for (const { sender } of fleet) assert.equal(sender.committed, eventsEach);
say({ at: 'collected', cpuMs: (user + system) / 1000, wallMs, baseBytes, peakBytes });
process.disconnect();
