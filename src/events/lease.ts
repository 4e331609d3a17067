/** Whether something new may be begun: asked of the lease itself, as after a pause of the process no timer may have told yet. */
import { KubeCheckError } from '../errors.ts';
import type { UnitContext } from '../unit.ts';

/** How much of the lease is left; infinite where there is none. Milliseconds. @throws KubeCheckError FENCED where it has run out */
export function leaseLeft(remainingMs: UnitContext['remainingMs'] | undefined): number {
  const leftMs = remainingMs?.() ?? Number.POSITIVE_INFINITY;
  if (leftMs > 0) return leftMs;
  throw new KubeCheckError('FENCED', 'the lease has run out, so nothing new is begun', {
    remedy: 'nothing: whoever leads next goes on from the stored token',
    details: { leaseRanOut: true },
  });
}

/** Somebody else has claimed the token, or so its store says. */
export const isClaimedElsewhere = (error: KubeCheckError | undefined): boolean =>
  error?.code === 'FENCED' && error.details['leaseRanOut'] !== true;
