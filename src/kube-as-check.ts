/**
 * The check: who runs, which units in which order, one report. Knows no protocol. A call that comes while a run is going on joins it; a
 * failing unit never hides another; nothing is done before the first `run()`.
 */
import { EventEmitter } from 'eventemitter3';
import { mergeActivity, noActivity } from './activity.ts';
import type { Check, CheckSignals, CheckStats } from './check.ts';
import { type Clock, systemClock } from './clock.ts';
import { type CommitGate, commitGate } from './commit-gate.ts';
import { defaultCheckId } from './config/check-id.ts';
import type { KubeASCheckConfig } from './config/config.ts';
import { type ResolvedConfig, resolveConfig } from './config/resolve.ts';
import { checkConfig } from './config/validate.ts';
import { defaultUnits } from './default-units.ts';
import { KubeCheckError } from './errors.ts';
import { createOwnedKubeApi, type OwnedKubeApi } from './kube/api.ts';
import type { KubeConfigSource } from './kube-api.ts';
import type { LeaderElector } from './leader-elector.ts';
import { logger } from './log.ts';
import type { RunReport, RunRole, Warning } from './report.ts';
import { type RoundResult, runUnits } from './run-units.ts';
import type { Sender } from './sender.ts';
import { createStats, type Stats } from './stats.ts';
import type { TagProvider } from './tag-provider.ts';
import { taggedSender, withGlobalTags } from './tagged.ts';
import type { TokenStore } from './token-store.ts';
import type { Unit, UnitContext } from './unit.ts';

const log = logger('check');

export interface KubeASCheckOptions {
  readonly sender: Sender;
  /** @defaultValue client-node's `loadFromDefault()`: the kubeconfig file, else in-cluster */
  readonly kubeConfig?: KubeConfigSource;
  readonly config?: KubeASCheckConfig;
  readonly id?: string;
  /** @defaultValue a {@link ConfigMapTokenStore} */
  readonly tokenStore?: TokenStore;
  /** Not yet: refused until leader election comes. */
  readonly leaderElector?: LeaderElector;
  readonly tagProvider?: TagProvider;
  readonly clock?: Clock;
  /** Replaces the list, e.g. `[...defaultUnits(config), mine]`. Run one after the other, each whatever became of the others. */
  readonly units?: readonly Unit[];
}

interface Running {
  readonly report: Promise<RunReport>;
  readonly abort: AbortController;
  readonly startedAtMs: number;
}

/**
 * Control-plane health, OpenShift quotas and events of one API server. The host calls {@link run} every {@link intervalMs}.
 * @throws KubeCheckError CONFIG_INVALID at construction, which does nothing else: no I/O, no timer
 */
export class KubeASCheck extends EventEmitter<CheckSignals> implements Check, AsyncDisposable {
  readonly id: string;
  readonly name: string = 'kubernetes_apiserver';
  readonly intervalMs: number;
  readonly #config: ResolvedConfig;
  readonly #clock: Clock;
  readonly #gate: CommitGate;
  readonly #sender: Sender;
  readonly #tagProvider: TagProvider;
  readonly #units: readonly Unit[];
  readonly #api: OwnedKubeApi;
  readonly #stats: Stats;
  readonly #tenure = new AbortController();
  readonly #unfinished = new Set<Unit>();
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;
  #role: RunRole | undefined;

  constructor(options: KubeASCheckOptions) {
    super();
    const { config = {}, clock = systemClock, tagProvider = {} } = options;
    checkConfig(config);
    if (options.leaderElector)
      throw new KubeCheckError('CONFIG_INVALID', 'leaderElector: not yet: leader election comes with a later release', {
        remedy: 'run one replica with leader: { skip: true }',
      });
    this.#config = resolveConfig(config);
    this.#clock = clock;
    this.#units = options.units ?? defaultUnits(config, options.tokenStore ? { tokenStore: options.tokenStore } : {});
    this.#api = createOwnedKubeApi(options.kubeConfig, clock);
    this.#stats = createStats(clock);
    this.#gate = commitGate(options.sender, clock);
    this.#sender = taggedSender(this.#gate, this.#config.tags);
    this.#tagProvider = tagProvider;
    this.id = options.id ?? defaultCheckId(this.#config);
    this.intervalMs = this.#config.intervalMs;
  }

  run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<RunReport> {
    if (this.#stopping) {
      return Promise.reject(
        new KubeCheckError('CHECK_STOPPED', 'the check has been stopped', { remedy: 'make a new check' }),
      );
    }
    this.#running ??= this.#start();
    const running = this.#running;
    if (signal) this.#joinSignal(running, signal);
    return running.report;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  stats(): CheckStats {
    return this.#stats.snapshot(this.#isLive());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #start(): Running {
    const abort = new AbortController();
    const report = this.#runOnce(AbortSignal.any([abort.signal, this.#tenure.signal])).finally(() => {
      this.#running = undefined;
    });
    return { report, abort, startedAtMs: this.#clock.monotonicMs() };
  }

  #joinSignal({ report, abort }: Running, signal: AbortSignal): void {
    const end = () => abort.abort(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    const leave = () => signal.removeEventListener('abort', end);
    report.then(leave, leave);
  }

  async #runOnce(signal: AbortSignal): Promise<RunReport> {
    const startedAtMs = this.#clock.nowMs();
    const startedMonotonicMs = this.#clock.monotonicMs();
    const warnings: Warning[] = [];
    const { role, round } = await this.#round(signal, (warning) => this.#warn(warnings, warning));
    const report: RunReport = {
      checkId: this.id,
      startedAtMs,
      durationMs: this.#clock.monotonicMs() - startedMonotonicMs,
      role,
      ok: round.commitError === undefined && round.units.every(({ outcome }) => outcome.status !== 'failed'),
      units: round.units,
      events: mergeActivity(round.units.map(({ outcome }) => outcome.events ?? noActivity)),
      ...(round.commitError ? { commitError: round.commitError } : {}),
      warnings,
    };
    this.#tell(report);
    return report;
  }

  async #round(
    signal: AbortSignal,
    warn: (warning: Warning) => void,
  ): Promise<{ readonly role: RunRole; readonly round: RoundResult }> {
    if (this.#config.clusterAgentEnabled) return { role: 'skipped', round: { units: [] } };
    await this.#api.connect();
    if (!this.#config.leader.skip) {
      throw new KubeCheckError(
        'LEADER_ELECTION_DISABLED',
        'neither is leader election on, nor is this said to be the only replica',
        {
          remedy: 'with one replica: leader.skip, in a file skip_leader_election: true',
        },
      );
    }
    const round = await runUnits({
      units: this.#units,
      gate: this.#gate,
      budgetMs: this.#config.runBudgetMs,
      contextFor: (unit, unitSignal) => this.#contextFor(unit, unitSignal, warn),
      signal,
      unfinished: this.#unfinished,
      committed: (batch) => this.#committed(batch),
      clock: this.#clock,
    });
    return { role: 'sole', round };
  }

  #contextFor(unit: Unit, signal: AbortSignal, warn: (warning: Warning) => void): UnitContext {
    const { clusterName, tags } = this.#config;
    const say = (message: string) => warn({ message, unit: unit.name });
    return {
      api: this.#api,
      sender: unit.commits ? this.#gate : this.#sender,
      clock: this.#clock,
      tagProvider: withGlobalTags(this.#tagProvider, tags, say),
      ...(clusterName === undefined ? {} : { clusterName }),
      signal,
      tenure: this.#tenure.signal,
      warn: say,
      observer: {
        committed: (batch) => this.#committed(batch),
        frameRead: () => this.#stats.touch('lastFrameAtMs'),
        relisted: (relist) => {
          this.#stats.touch('lastListAtMs');
          this.#signal('relisted', relist);
        },
      },
    };
  }

  #warn(warnings: Warning[], warning: Warning): void {
    if (warnings.some(({ message, unit }) => message === warning.message && unit === warning.unit)) return;
    warnings.push(warning);
    this.#signal('warned', warning);
  }

  #committed(batch: { readonly events: number; readonly durationMs: number }): void {
    this.#stats.touch('lastCommitAtMs');
    this.#signal('committed', batch);
  }

  #tell(report: RunReport): void {
    this.#stats.ran(report);
    if (report.role !== this.#role) {
      this.#role = report.role;
      this.#signal('roleChanged', { role: report.role });
    }
    for (const gap of report.events.gaps) this.#signal('gapFound', gap);
    this.#signal('ran', report);
  }

  /** A listener is the host's code: what it throws must not reach the work that it listens to. */
  #signal<Name extends keyof CheckSignals>(name: Name, ...about: Parameters<CheckSignals[Name]>): void {
    try {
      this.emit(name, ...(about as EventEmitter.EventArgs<CheckSignals, Name>));
    } catch (error) {
      log('a listener of %s threw: %s', name, error instanceof Error ? error.message : error);
    }
  }

  /** In poll mode everything happens inside run(): what can go silent is a run. */
  #isLive(): boolean {
    if (!this.#running) return true;
    return this.#clock.monotonicMs() - this.#running.startedAtMs < this.#config.runBudgetMs + patienceMs;
  }

  async #end(): Promise<void> {
    this.#tenure.abort(new KubeCheckError('ABORTED', 'the check is being stopped'));
    await this.#running?.report.catch(() => undefined);
    for (const unit of this.#units) {
      await Promise.resolve(unit.stop?.()).catch((error: unknown) => log('%s did not stop: %s', unit.name, error));
    }
    this.#api.close();
  }
}

/** What a run may take beyond its budget, at most: units that come before, a commit and a save. */
const patienceMs = 180_000;
