/**
 * The check: who runs, which units in which order, one report. Knows no protocol. A call that comes while a run is going on joins it; a
 * failing unit never hides another; nothing is done before the first `run()`.
 */
import type { EventEmitter } from 'eventemitter3';
import { type Announcer, createAnnouncer } from './announcer.ts';
import type { Check, CheckSignals, CheckStats } from './check.ts';
import { type Clock, systemClock } from './clock.ts';
import { type CommitGate, commitGate } from './commit-gate.ts';
import { defaultCheckId } from './config/check-id.ts';
import type { KubeASCheckConfig } from './config/config.ts';
import { type ResolvedConfig, resolveConfig } from './config/resolve.ts';
import { checkConfig } from './config/validate.ts';
import { type ConfigWarning, warningsOf } from './config/warnings.ts';
import { defaultUnits } from './default-units.ts';
import { isKubeCheckError, KubeCheckError } from './errors.ts';
import { createNotes, type Notes } from './events/notes.ts';
import { GuardedEmitter } from './guarded-emitter.ts';
import { type JoinedRuns, joinedRuns } from './joined-runs.ts';
import { createOwnedKubeApi, type OwnedKubeApi } from './kube/api.ts';
import type { KubeConfigSource } from './kube-api.ts';
import type { LeaderElector } from './leader-elector.ts';
import { logger } from './log.ts';
import { orAborted } from './or-aborted.ts';
import type { RunReport, Warning } from './report.ts';
import { runReport } from './run-report.ts';
import { noRound, type RoundResult, runUnits, stopUnits } from './run-units.ts';
import type { Sender } from './sender.ts';
import { Statistics } from './statistics.ts';
import { createStats, type Stats } from './stats.ts';
import type { TagProvider } from './tag-provider.ts';
import { taggedSender, withGlobalTags } from './tagged.ts';
import type { TokenStore } from './token-store.ts';
import { createTurns, leaseElector, type Term, type Turns } from './turn.ts';
import type { Unit, UnitContext } from './unit.ts';

export interface KubeASCheckOptions {
  readonly sender: Sender;
  /** @defaultValue client-node's `loadFromDefault()`: the kubeconfig file, else in-cluster */
  readonly kubeConfig?: KubeConfigSource;
  readonly config?: KubeASCheckConfig;
  readonly id?: string;
  /** @defaultValue a {@link ConfigMapTokenStore} */
  readonly tokenStore?: TokenStore;
  /** @defaultValue a {@link LeaseLeaderElector}; not asked where `leader.skip` says that this is the only replica */
  readonly leaderElector?: LeaderElector;
  readonly tagProvider?: TagProvider;
  readonly clock?: Clock;
  /** How often `statistics` are published. Milliseconds. @defaultValue 1000 */
  readonly statsIntervalMs?: number;
  /** Replaces the list, e.g. `[...defaultUnits(config), mine]`. Run one after the other, each whatever became of the others. */
  readonly units?: readonly Unit[];
}

const log = logger('check');

/**
 * Control-plane health, OpenShift quotas and events of one API server. The host calls {@link run} every {@link intervalMs}.
 * @throws KubeCheckError CONFIG_INVALID at construction, which does nothing else: no I/O, no timer
 */
export class KubeASCheck extends GuardedEmitter<CheckSignals> implements Check, AsyncDisposable {
  readonly id: string;
  readonly name: string = 'kubernetes_apiserver';
  readonly intervalMs: number;
  /** What its configuration allows and surely doesn't mean, for hosts to show at load; reports say it, too. */
  readonly warnings: readonly ConfigWarning[];
  /** `stats()` as a signal, on an interval while somebody listens: `check.statistics.on('published', (stats) => …)`. */
  readonly statistics: Statistics;
  readonly #config: ResolvedConfig;
  readonly #clock: Clock;
  readonly #gate: CommitGate;
  readonly #sender: Sender;
  readonly #tagProvider: TagProvider;
  readonly #units: readonly Unit[];
  readonly #api: OwnedKubeApi;
  readonly #stats: Stats;
  readonly #announcer: Announcer;
  readonly #stopped = new AbortController();
  readonly #elector: LeaderElector;
  readonly #turns: Turns;
  readonly #unfinished = new Set<Unit>();
  readonly #tagNotes: Notes = createNotes();
  readonly #runs: JoinedRuns<RunReport>;
  #stopping: Promise<void> | undefined;

  constructor(options: KubeASCheckOptions) {
    super();
    const { config = {}, clock = systemClock, tagProvider = {} } = options;
    checkConfig(config);
    this.warnings = warningsOf(config);
    for (const { path, message } of this.warnings) log('%s: %s', path, message);
    this.#config = resolveConfig(config);
    this.#clock = clock;
    this.#units = options.units ?? defaultUnits(config, options.tokenStore ? { tokenStore: options.tokenStore } : {});
    this.#api = createOwnedKubeApi(options.kubeConfig, clock);
    this.#elector = options.leaderElector ?? leaseElector(this.#config, this.#api, clock);
    this.#turns = createTurns(this.#config.leader, this.#elector, { clock, stopping: this.#stopped.signal });
    this.#stats = createStats(clock);
    this.#announcer = createAnnouncer(this.#stats, (name, ...about) => {
      this.emit(name, ...(about as EventEmitter.EventArgs<CheckSignals, typeof name>));
    });
    this.#runs = joinedRuns((signal) => this.#runOnce(AbortSignal.any([signal, this.#stopped.signal])), clock);
    this.#gate = commitGate(options.sender, clock);
    this.#sender = taggedSender(this.#gate, this.#config.tags);
    this.#tagProvider = tagProvider;
    this.id = options.id ?? defaultCheckId(this.#config);
    this.intervalMs = this.#config.intervalMs;
    this.statistics = new Statistics({ read: () => this.stats(), clock, intervalMs: options.statsIntervalMs ?? 1000 });
  }

  run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<RunReport> {
    if (this.#stopping) {
      return Promise.reject(stopped());
    }
    return this.#runs.join(signal);
  }

  stop(): Promise<void> {
    // Deferred, so that what the end calls finds the check stopping.
    this.#stopping ??= Promise.resolve().then(() => this.#end());
    return this.#stopping;
  }

  stats(): CheckStats {
    const { lastAskedAtMs } = this.#elector;
    const lease = lastAskedAtMs === undefined ? {} : { lastLeaseAtMs: lastAskedAtMs };
    const units = this.#units.flatMap((unit) => unit.progress?.() ?? []);
    return this.#stats.snapshot({ live: this.#isLive(), ...lease }, units);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #runOnce(signal: AbortSignal): Promise<RunReport> {
    const startedAtMs = this.#clock.nowMs();
    const startedMonotonicMs = this.#clock.monotonicMs();
    const warnings: Warning[] = [];
    const { round, ...who } = await this.#round(signal, (warning) => this.#announcer.warn(warnings, warning));
    const durationMs = this.#clock.monotonicMs() - startedMonotonicMs;
    const report = runReport({ checkId: this.id, startedAtMs, durationMs, ...who }, round, warnings);
    this.#announcer.ran(report);
    return report;
  }

  async #round(
    signal: AbortSignal,
    warn: (warning: Warning) => void,
  ): Promise<Pick<RunReport, 'role' | 'leader'> & { readonly round: RoundResult }> {
    if (this.#config.clusterAgentEnabled) return { role: 'skipped', round: noRound(this.#units) };
    await this.#connect(signal);
    const turn = await this.#turns.next(signal).catch((error) => {
      throw this.#stopped.signal.aborted ? stopped() : error;
    });
    if (turn.role === 'follower') return { role: turn.role, leader: turn.leader, round: noRound(this.#units) };
    if (turn.role === 'undecided') warn({ message: `it can't be told who leads: ${turn.why.message}` });
    const leader = turn.role === 'leader' && turn.leader !== undefined ? { leader: turn.leader } : {};
    const round = await runUnits({
      units: this.#units,
      ...(turn.role === 'undecided' ? { hasTurn: (unit) => unit.runsUndecided === true } : {}),
      gate: this.#gate,
      budgetMs: this.#config.runBudgetMs,
      contextFor: (unit, unitSignal) => this.#contextFor(unit, unitSignal, turn.term, warn),
      signal: AbortSignal.any([signal, turn.term.tenure]),
      unfinished: this.#unfinished,
      committed: this.#announcer.observer.committed,
      clock: this.#clock,
    });
    for (const message of this.#tagNotes.take()) warn({ message });
    await this.#turns.taken(turn, round.units, signal);
    return { role: turn.role, ...leader, round };
  }

  /** Also where the kubeconfig takes its time and no signal. @throws KubeCheckError CLIENT_UNAVAILABLE */
  async #connect(signal: AbortSignal): Promise<void> {
    try {
      await orAborted(this.#api.connect(), signal);
    } catch (error) {
      throw isKubeCheckError(error, 'CLIENT_UNAVAILABLE')
        ? error
        : new KubeCheckError('CLIENT_UNAVAILABLE', 'the run was ended before there was a client', { cause: error });
    }
  }

  #contextFor(unit: Unit, signal: AbortSignal, term: Term, warn: (warning: Warning) => void): UnitContext {
    const { clusterName, tags } = this.#config;
    const say = (message: string) => warn({ message, unit: unit.name });
    return {
      api: this.#api,
      sender: unit.commits ? this.#gate : this.#sender,
      clock: this.#clock,
      // It may fail between two runs, too: then the next one tells.
      tagProvider: withGlobalTags(this.#tagProvider, tags, (message) => this.#tagNotes.add(message)),
      ...(clusterName === undefined ? {} : { clusterName }),
      signal,
      ...term,
      warn: say,
      observer: this.#announcer.observer,
    };
  }

  /** Neither a run nor the renewal of the lease hangs; what goes on between runs, the units tell. */
  #isLive(): boolean {
    const runEnds = (this.#runs.lastsMs ?? 0) < this.#config.runBudgetMs + patienceMs;
    return runEnds && (this.#elector.live?.() ?? true);
  }

  async #end(): Promise<void> {
    this.#stopped.abort(new KubeCheckError('ABORTED', 'the check is being stopped'));
    await this.#runs.ended();
    // The lease is given back last: as long as something may still be committed or saved, nobody else may begin.
    await stopUnits(this.#units, this.#clock);
    await stopUnits([{ name: 'leader election', stop: () => this.#elector.release() }], this.#clock);
    this.#api.close();
    this.statistics.end();
  }
}

/** What a run may take beyond its budget, at most: units that come before, a commit and a save. */
const patienceMs = 180_000;

const stopped = (): KubeCheckError =>
  new KubeCheckError('CHECK_STOPPED', 'the check has been stopped', { remedy: 'make a new check' });
