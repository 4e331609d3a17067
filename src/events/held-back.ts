/**
 * The token stays below what is held: a place that a commit has reached is told to the checkpoint only while it is below every event owed,
 * that is, held by folding, or let go by it and not committed yet. What is still in order goes by no such list: its own place covers it.
 */

import { isNewer } from '../kube/version.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Place } from '../watch/output.ts';
import type { Checkpoint } from './checkpoint.ts';

interface KeptBack {
  readonly place: Place & { readonly at: 'version' };
  /** When it was reached, reading had last been complete at this time: told later, it must not seem fresher. Unix milliseconds. */
  readonly wholeAtMs: number | undefined;
}

/** A place left out is only a token that moves later: the next one stands for it. */
const maxPlaces = 200;
/** So that few are not put in order again and again. */
const spare = 1000;

export class HeldBack {
  readonly #checkpoint: Pick<Checkpoint, 'reached' | 'wholeAtMs'>;
  readonly #owed = new Set<KubeEvent>();
  /** All of them, and some that are owed no more: in the order of reading, which is that of versions. */
  #order: KubeEvent[] = [];
  /** Before this place of {@link #order} nothing is owed. */
  #front = 0;
  /** Reached, and at or above what is owed; the lowest first. */
  #places: readonly KeptBack[] = [];

  constructor(checkpoint: Pick<Checkpoint, 'reached' | 'wholeAtMs'>) {
    this.#checkpoint = checkpoint;
  }

  /** From now on no place at or above it is told. `instead`: of one that it stands for; what that kept back, {@link letGo} tells. */
  owe(event: KubeEvent, instead?: KubeEvent): void {
    this.#owed.add(event);
    this.#order.push(event);
    if (instead) this.#owed.delete(instead);
    // In a storm each version stands for the one before it: what they leave behind must not pile up behind one that stays.
    if (this.#order.length > 2 * this.#owed.size + spare) {
      this.#order = [...this.#owed];
      this.#front = 0;
    }
  }

  /** Also events that were not owed. */
  committed(events: readonly KubeEvent[]): void {
    for (const event of events) this.#owed.delete(event);
    this.letGo();
  }

  /** Of the events that are in order, all up to this place are committed. */
  reached(place: Place): void {
    const { wholeAtMs } = this.#checkpoint;
    // In a list, and where one ended, nothing is owed that was read before: it was let go then, and waited in front.
    if (place.at === 'list' || this.#isBelowOwed(place)) {
      this.#places = [];
      this.#checkpoint.reached(place, wholeAtMs);
      return;
    }
    const places = [...this.#places, { place, wholeAtMs }];
    this.#places = places.length > maxPlaces ? places.filter((_, index) => index % 2 === maxPlaces % 2) : places;
    this.letGo();
  }

  /** Owed at or below a place that was reached: if the process ended now, what is above them would come again. */
  get keepingBack(): readonly KubeEvent[] {
    const highest = this.#places.at(-1)?.place;
    return highest ? [...this.#owed].filter(({ version }) => !isNewer(version, highest.version)) : [];
  }

  /** Tells the highest place below what is owed. */
  letGo(): void {
    const kept = this.#places.findIndex(({ place }) => !this.#isBelowOwed(place));
    const free = kept === -1 ? this.#places : this.#places.slice(0, kept);
    const last = free.at(-1);
    if (!last) return;
    this.#places = this.#places.slice(free.length);
    this.#checkpoint.reached(last.place, last.wholeAtMs);
  }

  #isBelowOwed({ version }: { readonly version: string }): boolean {
    const lowest = this.#lowest();
    return lowest === undefined || isNewer(lowest.version, version);
  }

  /** Each event is passed by once: a set would walk over all that has left it, each time. */
  #lowest(): KubeEvent | undefined {
    for (; this.#front < this.#order.length; this.#front++) {
      const event = this.#order[this.#front];
      if (event && this.#owed.has(event)) return event;
    }
    return undefined;
  }
}
