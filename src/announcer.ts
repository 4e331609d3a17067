/**
 * What is told while a check runs, and of its reports: totals for `stats()`, signals for listeners. A listener is the host's code: what it
 * throws must not reach the work that it listens to.
 */
import type { CheckSignals } from './check.ts';
import { logger } from './log.ts';
import type { RunReport, RunRole, Warning } from './report.ts';
import type { Stats } from './stats.ts';
import type { UnitObserver } from './unit.ts';

const log = logger('check');

export type Emit = <Name extends keyof CheckSignals>(name: Name, ...about: Parameters<CheckSignals[Name]>) => void;

export interface Announcer {
  readonly observer: UnitObserver;
  /** Adds to a run's warnings what they do not say already. */
  warn(warnings: Warning[], warning: Warning): void;
  ran(report: RunReport): void;
}

export function createAnnouncer(stats: Stats, emit: Emit): Announcer {
  let role: RunRole | undefined;

  const tell: Emit = (name, ...about) => {
    try {
      emit(name, ...about);
    } catch (error) {
      log('a listener of %s threw: %o', name, error);
    }
  };

  return {
    observer: {
      frameRead: () => stats.touch('lastFrameAtMs'),
      committed(batch) {
        stats.touch('lastCommitAtMs');
        tell('committed', batch);
      },
      relisted(relist) {
        stats.touch('lastListAtMs');
        tell('relisted', relist);
      },
    },
    warn(warnings, warning) {
      if (warnings.some(({ message, unit }) => message === warning.message && unit === warning.unit)) return;
      warnings.push(warning);
      tell('warned', warning);
    },
    ran(report) {
      stats.ran(report);
      if (report.role !== role) {
        role = report.role;
        tell('roleChanged', { role, ...(report.leader === undefined ? {} : { leader: report.leader }) });
      }
      for (const gap of report.events.gaps) tell('gapFound', gap);
      tell('ran', report);
    },
  };
}
