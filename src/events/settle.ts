/**
 * A graceful end. With events held, what was committed above them would come again in the next process, as the token is below them: so what
 * keeps committed places back, and nothing else, is committed before the token is saved for the last time. Then the counts that nothing
 * was told along with.
 */
import { deadline } from '../clock.ts';
import { logger } from '../log.ts';
import type { DeliveryRun } from './delivery.ts';
import type { DeliveryPorts } from './delivery-run.ts';
import type { Session } from './session.ts';

type Ports = Omit<DeliveryPorts, 'signal'>;

/** A stop must end: many namespaces take turns at one sender, and each may wait for all others. Milliseconds. */
const longestMs = 60_000;

const log = logger('events');

/**
 * It takes no longer than a commit may, and does nothing without the lease. Never rejects: what could not be committed comes again, and so
 * does what was committed above it.
 */
export async function settle(session: Session, { context, gate }: Ports, commitTimeoutMs: number): Promise<void> {
  const mostMs = Math.min(commitTimeoutMs, longestMs);
  const limit = deadline(context.clock, mostMs, () => new Error('no time is left'));
  // A batch whose backoff is not over is not tried: nobody waits for it any more.
  const run = { ...session.deliveryRun({ context, gate, signal: AbortSignal.abort() }), until: limit.signal };
  try {
    await commitHeld(session, run);
    if (session.delivery.refusal === undefined) await session.counts.commit(run);
  } catch (error) {
    log('not all could be committed at the end: %o', error);
  } finally {
    limit.clear();
  }
}

async function commitHeld({ fold, delivery }: Session, run: DeliveryRun): Promise<void> {
  if (!fold) return;
  for (let late = fold.heldBack.keepingBack; late.length > 0; late = fold.heldBack.keepingBack) {
    fold.letGo(late);
    await delivery.commitFirst(late, run);
  }
}
