/** Warnings and signals end in the host's code. What that throws costs what it was told, never an event. */
import { logger } from '../log.ts';
import type { UnitContext, UnitObserver } from '../unit.ts';

const log = logger('events');

type Told = Pick<UnitContext, 'warn' | 'observer'>;

export function harmless({ warn, observer }: Told): Told {
  const to: UnitObserver | undefined = observer && {
    frameRead: quiet(() => observer.frameRead()),
    committed: quiet((batch) => observer.committed(batch)),
    relisted: quiet((relist) => observer.relisted(relist)),
  };
  return { warn: quiet(warn), ...(to ? { observer: to } : {}) };
}

function quiet<Told extends readonly unknown[]>(tell: (...told: Told) => void): (...told: Told) => void {
  return (...told) => {
    try {
      tell(...told);
    } catch (error) {
      log('a listener threw: %o', error);
    }
  };
}
