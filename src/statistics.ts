/**
 * The statistics of a check as a signal: taken and told on an interval while somebody listens, and not a timer otherwise. What a listener
 * throws is logged and ignored.
 */
import type { CheckStats, StatsSignals } from './check.ts';
import type { Clock } from './clock.ts';
import { KubeCheckError } from './errors.ts';
import { GuardedEmitter } from './guarded-emitter.ts';
import { logger } from './log.ts';

export interface StatisticsOptions {
  readonly read: () => CheckStats;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly intervalMs: number;
}

type Listening<Name extends 'on' | 'off'> = Parameters<GuardedEmitter<StatsSignals>[Name]>;

/** What a timer can wait for. */
const longestMs = 2 ** 31 - 1;

const log = logger('check');

export class Statistics extends GuardedEmitter<StatsSignals> {
  readonly #options: StatisticsOptions;
  #publishing: AbortController | undefined;
  #ended = false;

  /** @throws KubeCheckError CONFIG_INVALID */
  constructor(options: StatisticsOptions) {
    super();
    if (!(options.intervalMs >= 1 && options.intervalMs <= longestMs)) throw unusable(options.intervalMs);
    this.#options = options;
  }

  override on(...listening: Listening<'on'>): this {
    super.on(...listening);
    return this.#adjust();
  }

  override once(...listening: Listening<'on'>): this {
    super.once(...listening);
    return this.#adjust();
  }

  override off(...listening: Listening<'off'>): this {
    super.off(...listening);
    return this.#adjust();
  }

  override removeAllListeners(name?: keyof StatsSignals): this {
    super.removeAllListeners(name);
    return this.#adjust();
  }

  /** Tells a last time; nothing is told after it. */
  end(): void {
    if (this.#ended) return;
    this.#publish();
    this.#ended = true;
    this.#adjust();
  }

  #adjust(): this {
    const wanted = !this.#ended && this.listenerCount('published') > 0;
    if (wanted && !this.#publishing) {
      this.#publishing = new AbortController();
      void this.#publishUntil(this.#publishing.signal);
    } else if (!wanted) {
      this.#publishing?.abort();
      this.#publishing = undefined;
    }
    return this;
  }

  async #publishUntil(ended: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!ended.aborted) {
      // Rejects with the end only.
      await clock.sleep(intervalMs, { signal: ended, background: true }).catch(() => undefined);
      if (!ended.aborted) this.#publish();
    }
  }

  #publish(): void {
    try {
      this.emit('published', this.#options.read());
    } catch (error) {
      log('the statistics could not be read: %o', error);
    }
  }
}

function unusable(intervalMs: unknown): KubeCheckError {
  return new KubeCheckError('CONFIG_INVALID', `statsIntervalMs: must be from 1 to ${longestMs}, got ${intervalMs}`, {
    remedy: 'leave it out for every second',
  });
}
