/** What a cluster's components write while it lives, made up from a seed: the same seed, the same writes. */
import { ManualClock } from '../../src/testing/index.ts';
import type { EventWrite } from './world.ts';

/** Of a hundred writes so many repeat an earlier event, and so many delete one, as its TTL does. */
const updates = 25;
const deletions = 2;

const objects = 150;
const namespaces = ['default', 'kube-system'];
const coreReasons = ['Pulled', 'Created', 'Started', 'BackOff', 'Unhealthy', 'FailedMount'];
const newReasons = ['Scheduled', 'FailedScheduling', 'Preempted'];

type PlannedEvent = Omit<EventWrite, 'verb'>;

export function planWrites(count: number, seed: number): readonly EventWrite[] {
  const chance = new ManualClock({ seed });
  const below = (limit: number): number => Math.floor(chance.random() * limit);
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const startedAtMs = chance.nowMs();
  const living: PlannedEvent[] = [];
  const writes: EventWrite[] = [];

  function newEvent(): PlannedEvent {
    const style = chance.random() < 0.5 ? 'core' : 'new';
    const atMs = startedAtMs + writes.length * 10;
    const pod = `web-${below(objects)}`;
    const event = {
      name: `${pod}.${writes.length.toString(16)}`,
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

  while (writes.length < count) {
    const kind = below(100);
    const index = below(living.length);
    const held = living[index];
    if (held && kind < updates) {
      const { count: seen = 1 } = held.event;
      const lastAtMs = startedAtMs + writes.length * 10;
      const repeated = { ...held, event: { ...held.event, count: seen + 1 + below(3), lastAtMs } };
      living[index] = repeated;
      writes.push({ verb: 'update', ...repeated });
    } else if (held && kind < updates + deletions) {
      living.splice(index, 1);
      writes.push({ verb: 'delete', ...held });
    } else {
      const made = newEvent();
      living.push(made);
      writes.push({ verb: 'create', ...made });
    }
  }
  return writes;
}
