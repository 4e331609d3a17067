/**
 * What was read and not yet taken for delivery, and the place that is reached once a part of it is committed. Everything at or below the
 * place must be dealt with, so: of a watch, which is in version order, any front part has a place; of a list's page, which is in key
 * order, only the whole page has one. So a page is never mixed with anything else: as long as it fits into one commit, it has a place.
 *
 * What comes late, because it was held, goes along with what is in order: all that is older was read before it, so it is taken before
 * it, or is still held; and of that, who holds it knows.
 */

import { compareVersions, isNewer } from '../kube/version.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Place } from '../watch/output.ts';

export interface Taken {
  readonly events: readonly KubeEvent[];
  /** Absent: committing these alone reaches no new place. */
  readonly place?: Place;
  /** The rest of their page follows, and only then there is a place. */
  readonly midway?: true;
}

interface Stretch {
  events: KubeEvent[];
  readonly ordered: boolean;
  /** Some of them came late: they are in no order. */
  late: boolean;
  /** Absent: all of them came late. */
  end?: Place;
}

export class LowWaterMark {
  /** In the order of reading. */
  #stretches: Stretch[] = [];
  /** The place given last. */
  #given: Place | undefined;

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
      this.#stretches.push({ events: [...events], ordered, late: false, end });
      return;
    }
    for (const event of events) last.events.push(event);
    last.end = end;
  }

  /** Events of a watch that were read long before, and held. */
  addLate(events: readonly KubeEvent[]): void {
    if (events.length === 0) return;
    const last = this.#stretches.at(-1);
    if (!last?.ordered) {
      this.#stretches.push({ events: [...events], ordered: true, late: true });
      return;
    }
    for (const event of events) last.events.push(event);
    last.late = true;
  }

  /** Events that came late, whether they wait already or not, are to be taken before all others. */
  putFirst(late: readonly KubeEvent[]): void {
    if (late.length === 0) return;
    const moved = new Set(late);
    for (const stretch of this.#stretches)
      if (stretch.late) stretch.events = stretch.events.filter((event) => !moved.has(event));
    // One of which nothing is left, not even a place, would be a batch of nothing.
    const left = this.#stretches.filter(({ events, end }) => events.length > 0 || end);
    this.#stretches = [{ events: [...late], ordered: true, late: true }, ...left];
  }

  take(most: number): Taken {
    const next = this.#stretches[0];
    if (!next) return { events: [] };
    const isWhole = next.events.length <= most;
    if (isWhole) this.#stretches.shift();
    const taken = isWhole ? next.events : next.events.splice(0, most);
    const events = next.late ? taken.toSorted((a, b) => compareVersions(a.version, b.version)) : taken;
    if (!isWhole && !next.ordered) return { events, midway: true };
    const place = (isWhole && next.end) || this.#placeBehind(events, next);
    if (!place) return { events };
    this.#given = place;
    return { events, place };
  }

  /** Of a front part of what is in order. Where some of it came late, there may have been a place beyond it already. */
  #placeBehind(events: readonly KubeEvent[], { late }: Stretch): Place | undefined {
    const last = events.at(-1);
    if (!last) return undefined;
    const { version } = last;
    const isBehind = late && this.#given?.at === 'version' && !isNewer(version, this.#given.version);
    return isBehind ? undefined : { at: 'version', version, witness: last };
  }
}
