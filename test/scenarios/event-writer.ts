/** Writes a plan to a cluster, several writes at once, those to one object in their order; and remembers what it made. */
import type { EventWrite, World } from './world.ts';

const writersAtOnce = 8;

export interface EventWriter {
  /** Writes the next so many. One call at a time. */
  write(count: number): Promise<void>;
  /** Every version that was made. */
  readonly made: ReadonlySet<string>;
  /** The last version of each event object that is not deleted. */
  readonly last: readonly string[];
}

export function createEventWriter(world: World, plan: readonly EventWrite[]): EventWriter {
  const made = new Set<string>();
  const last = new Map<string, string>();
  let written = 0;

  async function writeInTurn(writes: readonly EventWrite[]): Promise<void> {
    for (const write of writes) {
      const id = await world.write(write);
      const object = objectOf(write);
      if (id === undefined) last.delete(object);
      else {
        made.add(id);
        last.set(object, id);
      }
    }
  }

  return {
    async write(count) {
      const share = plan.slice(written, written + count);
      written += share.length;
      const turns = Array.from({ length: writersAtOnce }, (_, turn) =>
        share.filter((write) => numberOf(objectOf(write)) % writersAtOnce === turn),
      );
      await Promise.all(turns.map(writeInTurn));
    },
    made,
    get last() {
      return [...last.values()];
    },
  };
}

const objectOf = ({ event }: EventWrite): string => `${event.namespace}/${event.name}`;

/** The plan counts its events in their names, in hex. */
const numberOf = (object: string): number => Number.parseInt(object.slice(object.lastIndexOf('.') + 1), 16);
