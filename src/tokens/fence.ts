/**
 * Who may write a token, by the writer that is stored with it. A claim comes with each load and says "from here on it is me"; every write
 * after it must find itself there. Terms are compared within one lease only: one that was deleted and made anew counts from the
 * beginning. Pure.
 */
import { KubeCheckError } from '../errors.ts';
import { record } from '../kube/wire/json-value.ts';
import type { Fence } from '../leader-elector.ts';
import { quoted } from '../quoted.ts';

/** What is stored, read back: what is no fence fences nobody. */
export function parseFence(value: unknown): Fence | undefined {
  const { holder, term, lease } = record(value) ?? {};
  if (typeof holder !== 'string' || typeof term !== 'number' || !Number.isFinite(term)) return undefined;
  if (lease === undefined) return { holder, term };
  return typeof lease === 'string' && lease !== '' ? { holder, term, lease } : undefined;
}

/** As it is stored: whatever else an elector's object may hold stays out. */
export const fenceToStore = ({ holder, term, lease }: Fence): Fence => ({
  holder,
  term,
  ...(lease === undefined ? {} : { lease }),
});

export const isSameFence = (a: Fence | undefined, b: Fence): boolean =>
  a !== undefined && isSameLease(a, b) && a.term === b.term && a.holder === b.holder;

const isSameLease = (a: Fence, b: Fence): boolean => a.lease === b.lease;

/** Refused by a later term of the same lease only: the holder of a lease made anew takes over, whatever its term. @throws KubeCheckError FENCED */
export function assertMayClaim(stored: Fence | undefined, mine: Fence): void {
  if (stored && isSameLease(stored, mine) && stored.term > mine.term) throw refusedBy(stored, mine);
}

/** Refused by whoever claimed since: a later term, the same one of another holder, or another lease. @throws KubeCheckError FENCED */
export function assertMayWrite(stored: Fence | undefined, mine: Fence): void {
  if (stored === undefined || isSameFence(stored, mine)) return;
  if (!isSameLease(stored, mine) || stored.term >= mine.term) throw refusedBy(stored, mine);
}

function refusedBy(stored: Fence, mine: Fence): KubeCheckError {
  const lease = isSameLease(stored, mine) ? '' : ' under another lease';
  const same = lease === '' && stored.term === mine.term;
  const later = lease === '' && stored.term > mine.term ? { storedTerm: stored.term } : {};
  const ours = same ? `term ${mine.term} of ${named(mine.holder)}` : `term ${mine.term}`;
  return new KubeCheckError(
    'FENCED',
    `the event token belongs to term ${stored.term} of ${named(stored.holder)}${lease}, this is ${ours}`,
    {
      remedy: same
        ? "nothing, if another leader goes on from here; where both write, let the elector's terms count up"
        : 'nothing: a newer leader goes on from here',
      details: later,
    },
  );
}

const longestHolder = 100;

/** Anyone who may edit what is stored may have written it. */
const named = (holder: string): string => quoted(holder, longestHolder);
