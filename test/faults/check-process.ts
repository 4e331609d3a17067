/**
 * A replica as a host runs it: `run()` every second until SIGTERM, then `stop()`, and nothing more to do. SIGUSR2 turns the refusing of
 * commits on and off. It says on stdout what it does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultUnits, formatReport, isKubeCheckError, KubeASCheck, type RunRole } from '../../src/index.ts';
import { faultySender } from './faulty-sender.ts';
import { readsFirstPageOnly } from './first-page-only.ts';
import { cpuMs, endWithParent, readOptions, say } from './said.ts';

const everyMs = 1000;

endWithParent();
const options = readOptions();
const { config = {} } = options;
const stopping = new AbortController();
const sender = faultySender(options);
const check = new KubeASCheck({
  sender,
  config,
  ...(options.mutation === 'first-page-only' ? { units: defaultUnits(config).map(readsFirstPageOnly) } : {}),
});

let role: RunRole | undefined;
function tellRole(now: RunRole): void {
  if (now === role) return;
  role = now;
  if (now !== 'leader' && now !== 'sole') sender.forget();
  say({ at: 'role', role: now, atMs: Date.now() });
}

let rejecting = false;
process.on('SIGUSR2', () => {
  rejecting = !rejecting;
  sender.rejecting(rejecting);
  say({ at: 'rejecting', on: rejecting });
});
process.once('SIGTERM', () => stopping.abort());
check.on('roleChanged', (change) => tellRole(change.role));
check.on('gapFound', ({ cause, loss, recovered }) => {
  say({ at: 'gap', cause, loss, recovered, atMs: Date.now() });
});

say({ at: 'begun' });
while (!stopping.signal.aborted) {
  try {
    const report = await check.run({ signal: stopping.signal });
    tellRole(report.role);
    const { ok, events } = report;
    say({
      at: 'reported',
      ok,
      caughtUp: events.caughtUp,
      cpuMs: cpuMs(),
      ...(ok ? {} : { text: formatReport(report) }),
    });
  } catch (error) {
    // A host logs this and tries again on its next round.
    if (!isKubeCheckError(error)) throw error;
    say({ at: 'reported', ok: false, caughtUp: false, cpuMs: cpuMs(), text: `${error.code}: ${error.message}` });
  }
  await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
}
await check.stop();
await sender.close();
