/**
 * A process that has nothing to read: the first run reads what is there, the others nothing. Says on stdout what each of those that count
 * took. Credentials are found by KUBECONFIG, as a host's are.
 */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { createUnitContext, eventCollector, KubeASCheck } from '../../src/index.ts';
import type { EventActivity } from '../../src/report.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import type { IdleRun, IdleRunsOptions, IdleSubject } from './idle-runs.ts';

const { subject, warmUp, runs, readTimeoutMs }: IdleRunsOptions = JSON.parse(process.argv[2] ?? '');

const sender = new RecordingSender();
let requests = 0;
channel('http.client.response.finish').subscribe(() => {
  requests++;
});

const events = { readTimeoutMs };
const begin: Readonly<Record<IdleSubject, () => () => Promise<EventActivity | undefined>>> = {
  'events unit': () => {
    const context = createUnitContext({ sender });
    const unit = eventCollector(events);
    return async () => {
      const outcome = await unit.run(context);
      assert.ok(outcome?.status === 'ok', JSON.stringify(outcome));
      return outcome.events;
    };
  },
  check: () => {
    const check = new KubeASCheck({ sender, config: { events } });
    return async () => {
      const report = await check.run();
      assert.ok(report.ok, JSON.stringify(report));
      return report.events;
    };
  },
};

const run = begin[subject]();
const first = await run();
assert.ok(first?.caughtUp, JSON.stringify(first));
for (let n = 0; n < warmUp; n++) await idleRun();
const measured: IdleRun[] = [];
for (let n = 0; n < runs; n++) measured.push(await idleRun());
process.stdout.write(JSON.stringify(measured), () => process.exit());

async function idleRun(): Promise<IdleRun> {
  const askedBefore = requests;
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  const activity = await run();
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - startedAtMs;
  assert.deepEqual([activity?.ledger.read, activity?.caughtUp], [0, true]);
  return { cpuMs: (user + system) / 1000, wallMs, requests: requests - askedBefore };
}
