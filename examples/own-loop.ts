/**
 * A host's own loop: the four units without KubeASCheck, each at its own pace, and a commit of the host's own for what is not an event.
 *
 *     node examples/own-loop.ts [ROUNDS] [MILLISECONDS]
 *
 * Runs until it is interrupted, or for so many rounds; a round begins every five seconds, or so many milliseconds after the last one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  controlPlaneHealthCheck,
  createUnitContext,
  eventCollector,
  openShiftDetector,
  quotaRetriever,
  type Unit,
  type UnitOutcome,
} from 'kube-apiserver-check';
import { consoleSender } from 'kube-apiserver-check/senders/console';

const [rounds = Number.POSITIVE_INFINITY, pauseMs = 5_000] = process.argv.slice(2).map(Number);

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
const { signal } = interrupted;

// The default kubeconfig, as nothing else is given. The sender in the context is gated: never two commits at once, whoever commits.
const context = createUnitContext({
  sender: consoleSender(),
  signal,
  warn: (message) => console.error(`warning: ${message}`),
});

// The units share what was found out about OpenShift by sharing the detector.
const detector = openShiftDetector();
const events = eventCollector();
const turns: readonly { readonly unit: Unit; readonly everyRounds: number }[] = [
  { unit: controlPlaneHealthCheck(), everyRounds: 1 },
  { unit: detector, everyRounds: 12 },
  { unit: quotaRetriever({ detector }), everyRounds: 12 },
  // It commits for itself, so it comes last, after the commit of what the others handed over.
  { unit: events, everyRounds: 3 },
];

for (let round = 0; round < rounds && !signal.aborted; round += 1) {
  // An interrupt ends the wait, and the loop with it.
  if (round > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  for (const { unit, everyRounds } of turns) {
    if (signal.aborted || round % everyRounds !== 0) continue;
    if (unit === events) await commitMetrics();
    console.log(`round ${round + 1}: ${unit.name} ${described(await outcomeOf(unit))}`);
  }
  await commitMetrics();
}
await events.stop?.();

/** A unit says in its outcome, or by a throw, that it failed: neither ends the loop. */
async function outcomeOf(unit: Unit): Promise<UnitOutcome | Error> {
  try {
    return (await unit.run(context)) ?? { status: 'ok' };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Gauges and service checks of a commit that failed are gone: the next round measures anew. Not so events: their unit keeps them. */
async function commitMetrics(): Promise<void> {
  try {
    await context.sender.commit({ signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    console.error(`the metrics were not committed: ${error}`);
  }
}

function described(outcome: UnitOutcome | Error): string {
  if (outcome instanceof Error) return `failed: ${outcome.message}`;
  const delivered = outcome.events === undefined ? '' : `, ${outcome.events.ledger.delivered} events delivered`;
  switch (outcome.status) {
    case 'ok':
      return `ok${delivered}`;
    case 'skipped':
      return `skipped: ${outcome.reason}`;
    case 'failed':
      return `failed${delivered}: ${outcome.error.message}`;
  }
}
