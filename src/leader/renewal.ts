/** Keeps a lease while it is held: renews it in time, tries again where that fails, and notices when it is no longer ours. */
import type { Clock } from '../clock.ts';
import { asKubeCheckError, isKubeCheckError, type KubeCheckError } from '../errors.ts';
import { logger } from '../log.ts';
import { instantOf } from './holding.ts';
import type { Asking, LeaseClient } from './lease-client.ts';
import type { Claim, Lease } from './lease-object.ts';
import { maxHolder, type Tenure } from './tenure.ts';

const log = logger('leader');

/** Parts of the lease's duration. */
const renewEvery = 1 / 6;
const retryEvery = 1 / 12;
/** So that replicas that started together do not ask together. */
const jitter = 0.1;
const maxTimeoutMs = 10_000;
/** A lost race is ordinary, more of them are a fight. */
const maxConflicts = 3;

export interface Renewal {
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly durationMs: number;
  /** Told after each attempt, whatever came of it. */
  settled(): void;
}

/** Resolves when the tenure has ended; never rejects. Keeps no process alive between requests, and those are bounded. */
export async function renewWhileHeld(tenure: Tenure, renewal: Renewal): Promise<void> {
  const { clock, durationMs } = renewal;
  const spread = 1 + jitter * (clock.random() - 0.5);
  let pauseMs = durationMs * renewEvery * spread;
  for (;;) {
    // Where the time to renew is over before, that is noticed in time, and leadership is lost.
    const ended = await pause(clock, Math.min(pauseMs, tenure.renewableMs()), tenure.lost);
    if (ended || !tenure.holds()) return;
    const startedMs = clock.monotonicMs();
    const failure = await renew(tenure, renewal);
    renewal.settled();
    const everyMs = durationMs * (failure ? retryEvery : renewEvery) * spread;
    pauseMs = Math.max(everyMs - (clock.monotonicMs() - startedMs), failure?.retryAfterMs ?? 0, 0);
  }
}

/** True: the signal came first. */
const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> =>
  clock.sleep(Math.ceil(ms), { signal, background: true }).then(
    () => false,
    () => true,
  );

/** Returns why it failed. A lease that is no longer ours ends the tenure. */
async function renew(tenure: Tenure, renewal: Renewal): Promise<KubeCheckError | undefined> {
  try {
    for (let conflicts = 0; ; conflicts++) {
      const conflict = await writeAgain(tenure, renewal);
      if (!conflict || tenure.lost.aborted) return undefined;
      if (conflicts >= maxConflicts) throw conflict;
    }
  } catch (thrown) {
    const error = asKubeCheckError(thrown, 'LEADER_ELECTION_FAILED', 'renewal');
    log('%s: not renewed: %s', renewal.client.where(), error.message);
    tenure.failed(error);
    return error;
  }
}

/** Returns the conflict where somebody else wrote first. Did they leave the lease to us, it can be tried again; else the tenure ends. */
async function writeAgain(tenure: Tenure, { client, clock, durationMs }: Renewal): Promise<unknown> {
  // Leaves room for a retry before renewal is given up.
  const ask = (): Asking => ({
    signal: tenure.lost,
    timeoutMs: Math.ceil(Math.min(maxTimeoutMs, durationMs * renewEvery, tenure.renewableMs())),
  });
  const { holder, term } = tenure.leadership.fence;
  const sentAt = instantOf(clock);
  const claim: Claim = { holder, durationMs, transitions: term, nowMs: sentAt.wallMs };
  try {
    tenure.renewed(await client.update(tenure.lease, claim, ask()), sentAt);
    return undefined;
  } catch (error) {
    if (!isKubeCheckError(error, 'API_CONFLICT') && !isKubeCheckError(error, 'API_ABSENT')) throw error;
    const lease = await client.get(ask());
    const loss = lossOf(tenure, lease);
    if (loss !== undefined) tenure.lose(loss);
    else if (lease) tenure.reread(lease);
    return error;
  }
}

/** Undefined: it is still the lease that was taken, in the same term. */
function lossOf({ leadership: { fence } }: Tenure, lease: Lease | undefined): string | undefined {
  if (!lease || lease.uid !== fence.lease) return 'the lease was deleted';
  if (lease.holder === '') return 'somebody else gave the lease back';
  if (lease.holder !== fence.holder) return `it went to ${JSON.stringify(lease.holder.slice(0, maxHolder))}`;
  return lease.transitions === fence.term ? undefined : `somebody else began term ${lease.transitions} of the lease`;
}
