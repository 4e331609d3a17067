/**
 * What is told while a check runs, and of its reports: totals for `stats()`, signals for listeners.
 */
import type { CheckSignals } from './check.ts';
import type { RunReport, RunRole, Warning } from './report.ts';
import type { Stats } from './stats.ts';
import type { UnitObserver } from './unit.ts';

/** Never throws. */
export type Emit = <Name extends keyof CheckSignals>(name: Name, ...about: Parameters<CheckSignals[Name]>) => void;

export interface Announcer {
  readonly observer: UnitObserver;
  /** Adds to a run's warnings what they do not say already. */
  warn(warnings: Warning[], warning: Warning): void;
  ran(report: RunReport): void;
}

export function createAnnouncer(stats: Stats, emit: Emit): Announcer {
  let role: RunRole | undefined;

  return {
    observer: {
      frameRead: () => stats.touch('lastFrameAtMs'),
      committed(batch) {
        stats.touch('lastCommitAtMs');
        emit('committed', batch);
      },
      relisted(relist) {
        stats.touch('lastListAtMs');
        emit('relisted', relist);
      },
    },
    warn(warnings, warning) {
      if (warnings.some(({ message, unit }) => message === warning.message && unit === warning.unit)) return;
      warnings.push(warning);
      emit('warned', warning);
    },
    ran(report) {
      stats.ran(report);
      if (report.role !== role) {
        role = report.role;
        emit('roleChanged', { role, ...(report.leader === undefined ? {} : { leader: report.leader }) });
      }
      for (const gap of report.events.gaps) emit('gapFound', gap);
      emit('ran', report);
    },
  };
}
