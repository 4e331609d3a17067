/**
 * Storms become few events: of one object and reason the first version goes on at once and opens a window; of those that follow within it
 * only the newest is held, and goes on when the window ends. The window is fixed, so that a storm that never ends is told of steadily.
 *
 * Promised: per object and reason the last version goes on; the token stays below it until it is committed; memory is bounded.
 */
import type { Clock } from '../clock.ts';
import type { KubeEvent } from '../kube/wire/event.ts';
import type { Checkpoint } from './checkpoint.ts';
import { HeldBack } from './held-back.ts';
import { keyOf } from './key-of.ts';
import type { Ledger } from './ledger.ts';

export interface FoldOptions {
  readonly windowMs: number;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly checkpoint: Pick<Checkpoint, 'reached' | 'wholeAtMs'>;
  /** Windows at a time; an event that would open one more goes on unfolded. @defaultValue 10000 */
  readonly maxKeys?: number;
}

interface Window {
  /** Monotonic. */
  readonly endsAtMs: number;
  held: KubeEvent | undefined;
}

export class Fold {
  /** What stands between a commit and the token. */
  readonly heldBack: HeldBack;
  readonly #options: FoldOptions;
  /** In the order in which they end: all are equally long. */
  readonly #windows = new Map<string, Window>();
  #held = 0;

  constructor(options: FoldOptions) {
    this.#options = options;
    this.heldBack = new HeldBack(options.checkpoint);
  }

  /** Events read that wait for the end of their window. */
  get held(): number {
    return this.#held;
  }

  /** When to ask for what is {@link due}; undefined if nothing is held. Milliseconds. */
  get dueInMs(): number | undefined {
    if (this.#held === 0) return undefined;
    const [first] = this.#windows.values();
    return first && Math.max(0, first.endsAtMs - this.#options.clock.monotonicMs());
  }

  /** Of events in version order those that go on at once. What is {@link due} goes before them. */
  pass(events: readonly KubeEvent[]): readonly KubeEvent[] {
    const { maxKeys = 10_000 } = this.#options;
    const on = events.filter((event) => {
      const key = windowKey(event);
      const window = this.#windows.get(key);
      if (window) this.#hold(event, window);
      else if (this.#windows.size < maxKeys) this.#open(key);
      return !window;
    });
    this.heldBack.letGo();
    return on;
  }

  /** What was held in windows that have ended; each begins its next one. */
  due(): readonly KubeEvent[] {
    const nowMs = this.#options.clock.monotonicMs();
    const due: KubeEvent[] = [];
    for (const [key, { endsAtMs, held }] of this.#windows) {
      // Also where a window has just been opened anew, behind the others.
      if (endsAtMs > nowMs) break;
      this.#windows.delete(key);
      if (!held) continue;
      this.#held--;
      due.push(held);
      this.#open(key);
    }
    return due;
  }

  /** All that is held. What comes next opens windows of its own. */
  flush(): readonly KubeEvent[] {
    const held = [...this.#windows.values()].flatMap((window) => window.held ?? []);
    this.#windows.clear();
    this.#held = 0;
    return held;
  }

  /** These go on before their time; those that are held no more are left as they are. */
  letGo(events: readonly KubeEvent[]): void {
    const going = new Set(events);
    for (const window of this.#windows.values()) {
      if (!window.held || !going.has(window.held)) continue;
      window.held = undefined;
      this.#held--;
    }
  }

  #open(key: string): void {
    const { windowMs, clock } = this.#options;
    this.#windows.set(key, { endsAtMs: clock.monotonicMs() + windowMs, held: undefined });
  }

  #hold(event: KubeEvent, window: Window): void {
    this.heldBack.owe(event, window.held);
    if (window.held) this.#options.ledger.book('folded', 1);
    else this.#held++;
    window.held = event;
  }
}

/**
 * A Warning is never folded into a Normal. The event's own namespace is a part, so that who may write events in one namespace can't make
 * those of another disappear by naming its objects.
 */
const windowKey = ({ namespace, object, reason, type }: KubeEvent): string =>
  keyOf(namespace, object.kind, object.namespace, object.name, object.uid, reason, type);
