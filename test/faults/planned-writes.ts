/** What one lane of the writer writes, made up from a seed and without an end: the same seed, the same writes. Pure. */
import { ManualClock } from '../../src/testing/index.ts';
import type { EventWrite } from '../scenarios/world.ts';

/** Of a hundred writes so many repeat an earlier event, and so many delete one. */
const updates = 34;
const deletions = 3;
/** Only so many of the newest are seen again: who tells of an event does so soon or never. */
const repeatable = 60;

const namespaces = ['default', 'kube-system'];
const coreReasons = ['Pulled', 'Created', 'Started', 'BackOff', 'Unhealthy', 'FailedMount'];
const newReasons = ['Scheduled', 'FailedScheduling', 'Preempted'];

type Living = Omit<EventWrite, 'verb'>;

export interface WritePlan {
  next(): EventWrite;
  /** The cluster went back to an earlier state: what is not there any more can't be repeated. */
  keepOnly(isThere: (object: string) => boolean): void;
}

export const objectOf = ({ event }: Pick<EventWrite, 'event'>): string => `${event.namespace}/${event.name}`;

/** @param lane - in the name of each event, so that no two lanes write to one object */
export function planWrites(lane: string, seed: number): WritePlan {
  const chance = new ManualClock({ seed });
  const below = (limit: number): number => Math.floor(chance.random() * limit);
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const startedAtMs = chance.nowMs();
  let living: Living[] = [];
  let written = 0;

  function newEvent(): Living {
    const style = chance.random() < 0.5 ? 'core' : 'new';
    const atMs = startedAtMs + written * 10;
    const pod = `web-${below(40)}`;
    const event = {
      name: `${pod}.${lane}-${written.toString(16)}`,
      namespace: oneOf(namespaces),
      object: { name: pod },
      reason: oneOf(style === 'core' ? coreReasons : newReasons),
      message: `of ${pod}, number ${below(20)}: <b>"quoted"</b> ~ \\ é ✓ 🙂`,
      type: chance.random() < 0.2 ? 'Warning' : 'Normal',
      count: 1,
      firstAtMs: atMs,
      lastAtMs: atMs,
    };
    return { style, event };
  }

  function next(): EventWrite {
    written++;
    const kind = below(100);
    const index = below(living.length);
    const held = living[index];
    if (held && kind < updates) {
      const { count = 1 } = held.event;
      const event = { ...held.event, count: count + 1 + below(3), lastAtMs: startedAtMs + written * 10 };
      living[index] = { ...held, event };
      return { verb: 'update', style: held.style, event };
    }
    if (held && kind < updates + deletions) {
      living.splice(index, 1);
      return { verb: 'delete', ...held };
    }
    const made = newEvent();
    living.push(made);
    if (living.length > repeatable) living.shift();
    return { verb: 'create', ...made };
  }

  return {
    next,
    keepOnly(isThere) {
      living = living.filter((held) => isThere(objectOf(held)));
    },
  };
}
