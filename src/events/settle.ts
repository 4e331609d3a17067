/**
 * A graceful end with events held: what was committed above them would come again in the next process, as the token is below them. So what
 * keeps committed places back, and nothing else, is committed before the token is saved for the last time.
 */
import { logger } from '../log.ts';
import type { DeliveryPorts } from './delivery-run.ts';
import type { Session } from './session.ts';

type Ports = Omit<DeliveryPorts, 'signal'>;

const log = logger('events');

/**
 * No batch is begun later than a commit may take, nor without the lease. Never rejects: what could not be committed comes again, and so does
 * what was committed above it.
 */
export async function settle(session: Session, { context, gate }: Ports, commitTimeoutMs: number): Promise<void> {
  const { fold, delivery } = session;
  if (!fold) return;
  const { clock } = context;
  const endMs = clock.monotonicMs() + commitTimeoutMs;
  // A batch whose backoff is not over is not tried: nobody waits for it any more.
  const run = session.deliveryRun({ context, gate, signal: AbortSignal.abort() });
  try {
    for (let late = fold.heldBack.keepingBack; late.length > 0; late = fold.heldBack.keepingBack) {
      if (clock.monotonicMs() > endMs)
        throw new Error(`${late.length} event(s) are too many for the time that is left`);
      fold.letGo(late);
      await delivery.commitFirst(late, run);
    }
  } catch (error) {
    log('what was held could not be committed at the end: %o', error);
  }
}
