/** Whose turn it is: asked at the start of each run, and what a unit is told of it. */
import { type Clock, deadline } from './clock.ts';
import type { ResolvedConfig } from './config/resolve.ts';
import { asKubeCheckError, isKubeCheckError, KubeCheckError, retold } from './errors.ts';
import type { KubeApi } from './kube-api.ts';
import { LeaseLeaderElector } from './leader/lease.ts';
import type { LeaderElector, Leadership } from './leader-elector.ts';
import { logger } from './log.ts';
import { orAborted } from './or-aborted.ts';
import type { UnitReport } from './report.ts';
import type { UnitContext } from './unit.ts';

const log = logger('check');

/** What a unit's context says of the term in which it works. */
export type Term = Pick<UnitContext, 'tenure' | 'fence' | 'remainingMs'>;

export type Turn =
  | { readonly role: 'leader' | 'sole'; readonly leader?: string; readonly term: Term }
  | { readonly role: 'undecided'; readonly why: KubeCheckError; readonly term: Term }
  | { readonly role: 'follower'; readonly leader: string };

export interface Turns {
  /** @throws KubeCheckError LEADER_ELECTION_DISABLED, LEADER_ELECTION_FAILED */
  next(signal: AbortSignal): Promise<Turn>;
  /** Looks at what came of it: a leader whose term is refused as one of the past begins a later one. Never rejects. */
  taken(turn: Turn, reports: readonly UnitReport[], signal: AbortSignal): Promise<void>;
}

/** The elector of a check that was given none. */
export function leaseElector(
  { leader, resourcesNamespace }: ResolvedConfig,
  api: KubeApi,
  clock: Clock,
): LeaderElector {
  const { identity, ...lease } = leader;
  return new LeaseLeaderElector({
    ...lease,
    ...(identity === undefined ? {} : { identity }),
    ...(resourcesNamespace === undefined ? {} : { namespace: resourcesNamespace }),
    api,
    clock,
  });
}

/** An elector bounds itself; this is for one that does not. */
const answerMs = 30_000;

/** @param stopping - ends every term */
export function createTurns(
  { skip, enabled }: ResolvedConfig['leader'],
  elector: LeaderElector,
  { clock, stopping }: { readonly clock: Clock; readonly stopping: AbortSignal },
): Turns {
  const alone: Term = { tenure: stopping };
  let known: { readonly leadership: Leadership; readonly term: Term } | undefined;

  /** The same term as long as it is the same leadership: what outlives a run is bound to it. */
  function termOf(leadership: Leadership & { readonly role: 'leader' }): Term {
    if (known?.leadership !== leadership) {
      const tenure = AbortSignal.any([stopping, leadership.lost]);
      const remainingMs = leadership.remainingMs && { remainingMs: () => leadership.remainingMs?.() ?? 0 };
      known = { leadership, term: { tenure, fence: leadership.fence, ...remainingMs } };
    }
    return known.term;
  }

  async function ask(signal: AbortSignal): Promise<Leadership> {
    const late = () => new KubeCheckError('API_UNAVAILABLE', `the lease: no answer within ${answerMs} ms`);
    const limit = deadline(clock, answerMs, late, signal);
    try {
      return await orAborted(elector.acquire({ signal: limit.signal }), limit.signal);
    } catch (error) {
      throw limit.passed ? limit.signal.reason : error;
    } finally {
      limit.clear();
    }
  }

  return {
    async next(signal) {
      if (skip) return { role: 'sole', term: alone };
      if (!enabled) throw electionDisabled();
      try {
        const leadership = await ask(signal);
        if (leadership.role === 'follower') return { role: 'follower', leader: leadership.holder };
        return { role: 'leader', leader: leadership.fence.holder, term: termOf(leadership) };
      } catch (error) {
        if (isKubeCheckError(error, 'API_UNAVAILABLE')) return { role: 'undecided', why: error, term: alone };
        throw electionFailed(error);
      }
    },
    async taken({ role }, reports, signal) {
      const terms = reports.flatMap(({ outcome }) => (outcome.status === 'failed' ? laterTermOf(outcome.error) : []));
      if (role !== 'leader' || terms.length === 0) return;
      await elector.outrank?.(Math.max(...terms), { signal }).catch((error) => log('no later term: %o', error));
    },
  };
}

/** The one that a store holds, where it refused ours. */
function laterTermOf({ code, details }: KubeCheckError): readonly number[] {
  const { storedTerm } = details;
  return code === 'FENCED' && typeof storedTerm === 'number' ? [storedTerm] : [];
}

function electionFailed(error: unknown): KubeCheckError {
  const cause = asKubeCheckError(error, 'LEADER_ELECTION_FAILED', 'leader election');
  if (cause.code === 'LEADER_ELECTION_FAILED') return cause;
  return retold(cause, `leader election: ${cause.message}`, {
    code: 'LEADER_ELECTION_FAILED',
    details: { causeCode: cause.code },
  });
}

const electionDisabled = (): KubeCheckError =>
  new KubeCheckError(
    'LEADER_ELECTION_DISABLED',
    'neither is leader election on, nor is this said to be the only replica',
    { remedy: 'with one replica: leader.skip, in a file skip_leader_election: true' },
  );
