/** One run at a time: a call that comes while one is going on joins it, and any caller's signal ends it for all. */
import type { Clock } from './clock.ts';

export interface JoinedRuns<Report> {
  join(signal?: AbortSignal): Promise<Report>;
  /** Resolves when no run is going on, whatever became of it. */
  ended(): Promise<void>;
  /** How long the run that is going on has lasted. Milliseconds. */
  readonly lastsMs: number | undefined;
}

export function joinedRuns<Report>(run: (signal: AbortSignal) => Promise<Report>, clock: Clock): JoinedRuns<Report> {
  let running:
    | { readonly report: Promise<Report>; readonly abort: AbortController; readonly startedAtMs: number }
    | undefined;

  function start(): NonNullable<typeof running> {
    const abort = new AbortController();
    const startedAtMs = clock.monotonicMs();
    const report = run(abort.signal).finally(() => {
      running = undefined;
    });
    return { report, abort, startedAtMs };
  }

  return {
    join(signal) {
      running ??= start();
      const { report, abort } = running;
      if (!signal) return report;
      const end = () => abort.abort(signal.reason);
      const leave = () => signal.removeEventListener('abort', end);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
      report.then(leave, leave);
      return report;
    },
    async ended() {
      await running?.report.catch(() => undefined);
    },
    get lastsMs() {
      return running && clock.monotonicMs() - running.startedAtMs;
    },
  };
}
