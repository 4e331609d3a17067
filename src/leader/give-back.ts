/** Gives a lease back, so that another replica need not wait for its end: as client-go does it, an empty holder and a second to live. */
import { type Clock, deadline } from '../clock.ts';
import { isKubeCheckError, KubeCheckError } from '../errors.ts';
import { logger } from '../log.ts';
import type { Asking, LeaseClient } from './lease-client.ts';
import type { Lease } from './lease-object.ts';

const log = logger('leader');

const timeoutMs = 5000;
const emptyDurationMs = 1000;
/** What was cut off may still arrive at the server: one renewal, or one attempt to take the lease. */
const maxWrites = 3;

/**
 * Writes nothing where somebody else holds it. Bounded in time, never rejects: what is not given back ends by itself.
 * @param known - what is to be written over; undefined: it is read first
 */
export async function giveBack(
  client: LeaseClient,
  { identity, clock, known }: { readonly identity: string; readonly clock: Clock; readonly known: Lease | undefined },
): Promise<void> {
  const limit = deadline(clock, timeoutMs, () => new KubeCheckError('ABORTED', 'giving the lease back took too long'));
  const asking = { signal: limit.signal, timeoutMs };
  try {
    let lease = known;
    for (let writes = 0; writes < maxWrites; writes++) {
      lease ??= await client.get(asking);
      if (lease?.holder !== identity || (await isGiven(client, lease, clock, asking))) return;
      lease = undefined;
    }
  } catch (error) {
    log('%s: not given back: %o', client.where(), error);
  } finally {
    limit.clear();
  }
}

/** False: it is no longer what was read. */
async function isGiven(client: LeaseClient, lease: Lease, clock: Clock, asking: Asking): Promise<boolean> {
  const { transitions } = lease;
  const claim = { holder: '', durationMs: emptyDurationMs, transitions, nowMs: clock.nowMs() };
  try {
    await client.update(lease, claim, asking);
    return true;
  } catch (error) {
    if (isKubeCheckError(error, 'API_CONFLICT')) return false;
    throw error;
  }
}
