/** The saving of the token in watch mode, beside reading and delivering: at most one save a period, and a store that fails is asked again. */
import type { KubeCheckError } from '../errors.ts';
import type { UnitContext } from '../unit.ts';
import { createBackoff } from '../watch/backoff.ts';
import { type Bell, createBell } from './bell.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Collection } from './collection.ts';

export class Saver {
  readonly #collection: Collection;
  readonly #context: UnitContext;
  readonly #moved: Bell;
  readonly #due: Bell;
  #failure: KubeCheckError | undefined;
  #busySinceMs: number | undefined;

  constructor(collection: Collection, context: UnitContext) {
    this.#collection = collection;
    this.#context = context;
    this.#moved = createBell(context.clock);
    this.#due = createBell(context.clock);
  }

  /** Why the token could not be saved last, as long as it is not. */
  get failure(): KubeCheckError | undefined {
    return this.#failure;
  }

  /** For how long a save has been under way. Milliseconds. */
  get busyMs(): number {
    return this.#busySinceMs === undefined ? 0 : this.#context.clock.monotonicMs() - this.#busySinceMs;
  }

  /** There may be something to save. */
  ring(): void {
    this.#moved.ring();
  }

  /** There is something that must not wait for the next period: what is stored is to be removed. */
  ringAtOnce(): void {
    this.#due.ring();
    this.#moved.ring();
  }

  /** Saves until the end. @throws KubeCheckError FENCED. Any other failure is tried again, and delays nothing but the token. */
  async run(checkpoint: Checkpoint, ended: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const backoff = createBackoff({ random: () => clock.random() });
    while (!ended.aborted) {
      const dueInMs = checkpoint.dueInMs;
      if (dueInMs === undefined) await this.#moved.wait(ended);
      else if (dueInMs > 0) await this.#due.wait(ended, dueInMs);
      else {
        await this.save();
        if (this.#failure?.code === 'FENCED') throw this.#failure;
        if (this.#failure) await this.#due.wait(ended, backoff.next(this.#failure.retryAfterMs));
        else backoff.reset();
      }
    }
  }

  /** Once, if something moved. Never rejects. */
  async save(): Promise<void> {
    this.#busySinceMs = this.#context.clock.monotonicMs();
    this.#failure = await this.#collection.trySave(this.#context);
    this.#busySinceMs = undefined;
  }
}
