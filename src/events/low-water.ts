/**
 * What was read and not yet taken for delivery, and the place that is reached once a part of it is committed. Everything at or below the
 * place must be dealt with, so: of a watch, which is in version order, any front part has a place; of a list's page, which is in key
 * order, only the whole page has one. So a page is never mixed with anything else: as long as it fits into one commit, it has a place.
 */
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Place } from '../watch/output.ts';

export interface Taken {
  readonly events: readonly KubeEvent[];
  /** Absent: committing these alone reaches no new place. */
  readonly place?: Place;
}

interface Stretch {
  readonly events: KubeEvent[];
  readonly ordered: boolean;
  end: Place;
}

export class LowWaterMark {
  /** In the order of reading. */
  readonly #stretches: Stretch[] = [];

  /** Events read and not taken. */
  get held(): number {
    return this.#stretches.reduce((sum, { events }) => sum + events.length, 0);
  }

  /** Whether there is nothing to take, not even a place. */
  get idle(): boolean {
    return this.#stretches.length === 0;
  }

  /** Whether waiting would make the next batch no larger: there are as many as it may hold, or what is first mixes with nothing. */
  ripe(most: number): boolean {
    const [first, second] = this.#stretches;
    return first !== undefined && (second !== undefined || !first.ordered || first.events.length >= most);
  }

  /** `end` is the place behind all of them. `ordered`: they came in version order. */
  add(events: readonly KubeEvent[], end: Place, { ordered }: { readonly ordered: boolean }): void {
    const last = this.#stretches.at(-1);
    if (!last?.ordered || !ordered) {
      this.#stretches.push({ events: [...events], ordered, end });
      return;
    }
    for (const event of events) last.events.push(event);
    last.end = end;
  }

  take(most: number): Taken {
    const next = this.#stretches[0];
    if (!next) return { events: [] };
    if (next.events.length <= most) {
      this.#stretches.shift();
      return { events: next.events, place: next.end };
    }
    const events = next.events.splice(0, most);
    const last = events.at(-1);
    return last && next.ordered
      ? { events, place: { at: 'version', version: last.version, witness: last } }
      : { events };
  }
}
