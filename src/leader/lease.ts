/**
 * Leadership by a Lease, with the semantics of client-go's leader election: at no instant do two processes that share the lease both lead,
 * however far their clocks are apart, and whoever can't renew knows it before another may lead.
 *
 * Whoever follows looks at the lease only when asked: one that nobody would work under is not taken.
 */
import { type Clock, systemClock } from '../clock.ts';
import { isKubeCheckError, KubeCheckError } from '../errors.ts';
import type { KubeApi } from '../kube-api.ts';
import type { LeaderElector, Leadership } from '../leader-elector.ts';
import { logger } from '../log.ts';
import { type Decision, decide, type Observation } from './decide.ts';
import { giveBack } from './give-back.ts';
import { instantOf } from './holding.ts';
import { type Asking, createLeaseClient, type LeaseClient } from './lease-client.ts';
import type { Claim, Lease } from './lease-object.ts';
import type { LeaderOptions } from './options.ts';
import { renewWhileHeld } from './renewal.ts';
import { maxHolder, Tenure } from './tenure.ts';

const log = logger('leader');

const maxTimeoutMs = 10_000;
/** A lost race or two are ordinary, more of them are a fight. */
const maxRaces = 4;

/** What a {@link LeaseLeaderElector} is made of. */
export interface LeaseLeaderElectorOptions extends LeaderOptions {
  readonly api: KubeApi;
  /** Where the lease is. @defaultValue the service account's, else `default` */
  readonly namespace?: string;
  readonly clock?: Clock;
}

type Taking = Exclude<Decision, { readonly act: 'follow' }>;

/**
 * A {@link LeaderElector} on a Lease of `coordination.k8s.io/v1`. While it leads it renews in the background, which keeps no process alive.
 * It needs the rights of `leaderPermissions`. `enabled` and `skip` are the check's affair: here they change nothing.
 */
export class LeaseLeaderElector implements LeaderElector {
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #client: LeaseClient;
  #identity: string | undefined;
  #observed: Observation & { readonly lease: Lease | undefined };
  #tenure: Tenure | undefined;
  /** Resolves with the end of the tenure. */
  #renewing: Promise<void> = Promise.resolve();
  #renewalSettledMs = 0;
  /** A write was sent that may have made the lease ours, though there is no tenure. */
  #unsure = false;
  #lastAskedAtMs: number | undefined;
  /** One acquire or release at a time. */
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** Aborted by a release. */
  #asking = new AbortController();

  /** Asks nothing yet. */
  constructor(options: LeaseLeaderElectorOptions) {
    const { api, namespace, identity, leaseName: name = 'kube-apiserver-check', clock = systemClock } = options;
    this.#clock = clock;
    this.#durationMs = options.leaseDurationMs ?? 60_000;
    this.#identity = identity;
    this.#observed = { lease: undefined, record: undefined, firstSeenMs: clock.monotonicMs() };
    const settled = () => {
      this.#lastAskedAtMs = clock.nowMs();
    };
    this.#client = createLeaseClient({ api, name, namespace, settled });
  }

  /** When a request last came to its end, whatever that was. Unix milliseconds; undefined before the first. */
  get lastAskedAtMs(): number | undefined {
    return this.#lastAskedAtMs;
  }

  /** False while it leads and renewal has neither succeeded nor failed for longer than the lease lasts. For probes. */
  live(): boolean {
    if (!this.#tenure || this.#tenure.lost.aborted) return true;
    return this.#clock.monotonicMs() - this.#renewalSettledMs <= this.#durationMs;
  }

  /**
   * Leads if the lease is free, expired or already ours. While it leads: the same object, without a request.
   * @throws KubeCheckError API_UNAVAILABLE, also where the server asks for patience; ABORTED; LEADER_ELECTION_FAILED (its cause says why)
   */
  acquire(options: { readonly signal: AbortSignal }): Promise<Leadership> {
    const signal = AbortSignal.any([options.signal, this.#asking.signal]);
    return this.#inTurn(async () => {
      try {
        signal.throwIfAborted();
        return this.#tenure?.holds() ? this.#tenure.leadership : await this.#ask(signal);
      } catch (error) {
        throw this.#client.failure(error, signal);
      }
    });
  }

  /**
   * Ends leadership, and gives the lease back so that another replica need not wait for its end. Where it is not held nothing is written.
   * Takes some seconds at most, never rejects. Idempotent; `acquire` may be called again.
   */
  release(): Promise<void> {
    this.#asking.abort(new KubeCheckError('ABORTED', 'leadership is given back'));
    this.#asking = new AbortController();
    const tenure = this.#tenure;
    const held = tenure !== undefined && tenure.remainingMs() > 0;
    tenure?.lose('it was given back');
    return this.#inTurn(async () => {
      // So that what is written over is what was written last.
      await this.#renewing;
      const unsure = this.#unsure;
      this.#tenure = undefined;
      this.#unsure = false;
      if (!held && !unsure) return;
      await giveBack(this.#client, { identity: this.#self(), clock: this.#clock, known: tenure?.lease });
    });
  }

  /** The next `acquire` leads under the later term. Where the lease is somebody else's by now nothing is written. Never rejects. */
  outrank(term: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    return this.#inTurn(async () => {
      const tenure = this.#tenure;
      if (!tenure?.holds() || tenure.leadership.fence.term > term) return;
      tenure.lose(`term ${term} was there before, a later one begins`);
      await this.#renewing;
      this.#unsure = true;
      const claim = {
        holder: this.#self(),
        durationMs: this.#durationMs,
        transitions: term + 1,
        nowMs: this.#clock.nowMs(),
      };
      await this.#client
        .update(tenure.lease, claim, { signal, timeoutMs: maxTimeoutMs })
        .catch((error) => log('%s: no later term: %o', this.#client.where(), error));
    });
  }

  async #ask(signal: AbortSignal): Promise<Leadership> {
    const timeoutMs = Math.ceil(Math.min(maxTimeoutMs, this.#durationMs / 2));
    for (let races = 0; races < maxRaces; races++) {
      const lease = await this.#client.get({ signal, timeoutMs });
      const candidate = { identity: this.#self(), durationMs: this.#durationMs };
      const decision = decide(this.#observe(lease), candidate, this.#clock.monotonicMs());
      this.#unsure = false;
      if (decision.act === 'follow') return this.#follow(decision.holder);
      const tenure = await this.#take(lease, decision, { signal, timeoutMs });
      if (tenure) return this.#lead(tenure, signal);
    }
    throw new KubeCheckError('API_CONFLICT', `somebody else wrote first, ${maxRaces} times in a row`, {
      remedy: 'find out who else keeps writing to the lease',
    });
  }

  /** The instant is taken after the answer: the lease may be like that for longer, but surely is since then. */
  #observe(lease: Lease | undefined): Observation {
    const before = this.#observed.lease;
    if (!lease || before?.uid !== lease.uid || before.version !== lease.version)
      this.#observed = { lease, record: lease, firstSeenMs: this.#clock.monotonicMs() };
    return this.#observed;
  }

  /** Undefined: somebody else wrote first. */
  async #take(lease: Lease | undefined, taking: Taking, asking: Asking): Promise<Tenure | undefined> {
    const [client, clock, durationMs, identity] = [this.#client, this.#clock, this.#durationMs, this.#self()];
    const sentAt = instantOf(clock);
    const claim: Claim = { holder: identity, durationMs, transitions: taking.transitions, nowMs: sentAt.wallMs };
    this.#unsure = true;
    try {
      const taken = await (lease ? client.update(lease, claim, asking) : client.create(claim, asking));
      log('%s: %s, term %d', client.where(), taking.act, taking.transitions);
      return new Tenure({ clock, durationMs, lease: taken, sentAt, identity, where: client.where() });
    } catch (error) {
      if (isKubeCheckError(error, 'API_CONFLICT') || (lease && isKubeCheckError(error, 'API_ABSENT'))) return undefined;
      throw error;
    }
  }

  #lead(tenure: Tenure, signal: AbortSignal): Leadership {
    // A release that came with the answer would not know of this tenure; so it gives back what is unsure.
    signal.throwIfAborted();
    if (!tenure.holds())
      throw new KubeCheckError('API_UNAVAILABLE', `${this.#client.where()} was over before the server had answered`, {
        remedy: 'look at the API server, or lengthen the lease',
      });
    this.#unsure = false;
    this.#tenure = tenure;
    const settled = () => {
      this.#renewalSettledMs = this.#clock.monotonicMs();
    };
    settled();
    const renewal = { client: this.#client, clock: this.#clock, durationMs: this.#durationMs, settled };
    this.#renewing = renewWhileHeld(tenure, renewal);
    return tenure.leadership;
  }

  #follow(holder: string): Leadership {
    const shown = holder.slice(0, maxHolder);
    this.#tenure?.lose(`it went to ${JSON.stringify(shown)}`);
    return { role: 'follower', holder: shown };
  }

  #self(): string {
    const { hostname } = process.getBuiltinModule('node:os');
    const { randomUUID } = process.getBuiltinModule('node:crypto');
    this.#identity ||= `${hostname()}_${randomUUID()}`;
    return this.#identity;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }
}
