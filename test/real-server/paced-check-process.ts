/**
 * The process of a paced check: it runs the check in turn until SIGTERM, and says on stdout what became of each commit and how much memory
 * it takes, one JSON object a line.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { type CheckEvent, KubeASCheck, type Sender } from '../../src/index.ts';
import type { PacedCheckOptions, PacedMessage } from './paced-check.ts';

type Said = PacedMessage extends infer Message ? (Message extends unknown ? Omit<Message, 'memory'> : never) : never;

const sampledEveryMs = 50;

const {
  config,
  eventsASecond = Number.POSITIVE_INFINITY,
  refusesMs = 0,
}: PacedCheckOptions = JSON.parse(process.argv[2] ?? '');
let peakBytes = 0;
let refusesUntilMs: number | undefined;
let refused: readonly CheckEvent[] = [];
let handedOver: CheckEvent[] = [];

function sample(): number {
  const rssBytes = process.memoryUsage.rss();
  peakBytes = Math.max(peakBytes, rssBytes);
  return rssBytes;
}

function say(what: Said): void {
  const memory = { rssBytes: sample(), peakBytes };
  process.stdout.write(`${JSON.stringify({ ...what, memory })}\n`);
}

const ignore = (): void => undefined;

/** What was refused comes again before anything else, object for object. */
const isAgain = (batch: readonly CheckEvent[]): boolean =>
  refused.length === 0 || (refused.length === batch.length && refused.every((event, index) => event === batch[index]));

const sender: Sender = {
  gauge: ignore,
  count: ignore,
  serviceCheck: ignore,
  event: (event) => void handedOver.push(event),
  async commit() {
    const batch = handedOver;
    handedOver = [];
    if (batch.length === 0) return;
    const ids = batch.flatMap(({ sources }) => sources.map(({ id }) => id));
    const again = isAgain(batch);
    refusesUntilMs ??= performance.now() + refusesMs;
    if (performance.now() < refusesUntilMs) {
      refused = batch;
      say({ at: 'refused', again });
      throw new Error('the destination is away');
    }
    refused = [];
    await sleep((1000 * ids.length) / eventsASecond);
    say({ at: 'committed', ids, again });
  },
};

// Always the longest pause between two tries, so that they come at the same times in each run.
const check = new KubeASCheck({ sender, config, clock: { ...systemClock, random: () => 0.99 } });
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
setInterval(sample, sampledEveryMs).unref();

while (!stopping.signal.aborted) {
  say({ at: 'reported', report: await check.run() });
  await sleep(check.intervalMs, undefined, { signal: stopping.signal }).catch(ignore);
}
await check.stop();
const { user, system } = process.cpuUsage();
say({ at: 'stopped', cpuMs: (user + system) / 1000 });
