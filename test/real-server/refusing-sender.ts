/** A sender that refuses certain events for good, as long as it is told to. */
import { type CheckEvent, EventsRejectedError, type Sender } from '../../src/index.ts';

export interface RefusingSender extends Sender {
  /** The ids of the source events that it took, in order. */
  readonly taken: readonly string[];
  /** From now on it takes everything. */
  relent(): void;
}

export function refusingSender(refuses: (event: CheckEvent) => boolean): RefusingSender {
  const taken: string[] = [];
  let handedOver: CheckEvent[] = [];
  let relented = false;
  const ignore = (): void => undefined;
  return {
    gauge: ignore,
    count: ignore,
    serviceCheck: ignore,
    event: (event) => void handedOver.push(event),
    async commit() {
      const batch = handedOver;
      handedOver = [];
      const refused = relented ? [] : batch.filter(refuses);
      if (refused.length > 0) throw new EventsRejectedError(refused.map(({ id }) => id));
      taken.push(...batch.flatMap(({ sources }) => sources.map(({ id }) => id)));
    },
    taken,
    relent() {
      relented = true;
    },
  };
}
