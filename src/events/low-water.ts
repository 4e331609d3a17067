/**
 * What was read and not yet taken for delivery, and the place that is reached once a part of it is committed. Everything at or below the
 * place must be dealt with, so: of a watch, which is in version order, any front part has a place; of a list's page, which is in key
 * order, only the whole page has one.
 */
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Place } from '../watch/list-watch.ts';

export interface Taken {
  readonly events: readonly KubeEvent[];
  /** Absent: committing these alone reaches no new place. */
  readonly place?: Place;
}

export class LowWaterMark {
  #held: KubeEvent[] = [];
  #end: Place | undefined;
  #ordered = true;

  /** Events read and not taken. */
  get held(): number {
    return this.#held.length;
  }

  /** Whether there is something to take, be it only a place. */
  get idle(): boolean {
    return this.#held.length === 0 && this.#end === undefined;
  }

  /** `end` is the place behind all of them. `ordered`: they came in version order. */
  add(events: readonly KubeEvent[], end: Place, { ordered }: { readonly ordered: boolean }): void {
    this.#ordered = this.#held.length === 0 ? ordered : this.#ordered && ordered;
    for (const event of events) this.#held.push(event);
    this.#end = end;
  }

  take(most: number): Taken {
    if (this.#held.length <= most) {
      const taken = { events: this.#held, ...(this.#end ? { place: this.#end } : {}) };
      this.#held = [];
      this.#end = undefined;
      return taken;
    }
    const events = this.#held.splice(0, most);
    const last = events.at(-1);
    return last && this.#ordered ? { events, place: { at: 'version', version: last.version } } : { events };
  }
}
