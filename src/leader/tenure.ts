/**
 * One leadership from taking the lease to losing it. It ends once, and never comes back: who takes the lease again begins another one.
 *
 * Timers come late in a process that was stopped or a machine that was suspended. So it is judged by the clocks whenever it is asked for.
 */
import type { Clock } from '../clock.ts';
import { KubeCheckError } from '../errors.ts';
import type { Leadership } from '../leader-elector.ts';
import { type Instant, instantOf, leftMs } from './holding.ts';
import type { Lease } from './lease-object.ts';

/** After this part of the lease without a renewal nothing new is begun; the rest is for what is in hand. As client-go's defaults have it. */
const renewDeadline = 2 / 3;
/** Of a holder no more is quoted; names in the API are not longer. Characters. */
export const maxHolder = 253;

export interface TenureOptions {
  readonly clock: Clock;
  readonly durationMs: number;
  /** As the server answered the write that took it. */
  readonly lease: Lease;
  /** Before that write was sent. */
  readonly sentAt: Instant;
  readonly identity: string;
  /** Names the lease. */
  readonly where: string;
}

export class Tenure {
  readonly leadership: Extract<Leadership, { readonly role: 'leader' }>;
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #where: string;
  readonly #lost = new AbortController();
  #lease: Lease;
  #renewedAt: Instant;
  /** Somebody else may hold it. */
  #over = false;
  #lastFailure: KubeCheckError | undefined;

  constructor({ clock, durationMs, lease, sentAt, identity, where }: TenureOptions) {
    this.#clock = clock;
    this.#durationMs = durationMs;
    this.#where = where;
    this.#lease = lease;
    this.#renewedAt = sentAt;
    this.leadership = {
      role: 'leader',
      fence: { holder: identity, term: lease.transitions, lease: lease.uid },
      lost: this.#lost.signal,
      remainingMs: () => this.remainingMs(),
    };
  }

  /** As last read or written. */
  get lease(): Lease {
    return this.#lease;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether it goes on, by the clocks as they are now. */
  holds(): boolean {
    this.#judge();
    return !this.lost.aborted;
  }

  /** @see Leadership */
  remainingMs(): number {
    this.#judge();
    return this.#over ? 0 : this.#left(this.#durationMs);
  }

  /** For how long it may still be renewed. */
  renewableMs(): number {
    return this.lost.aborted ? 0 : this.#left(this.#durationMs * renewDeadline);
  }

  /** The lease was read again, and is still ours. */
  reread(lease: Lease): void {
    this.#lease = lease;
  }

  /** What was lost stays so. */
  renewed(lease: Lease, sentAt: Instant): void {
    this.#lease = lease;
    this.#renewedAt = sentAt;
    this.#lastFailure = undefined;
  }

  failed(error: KubeCheckError): void {
    this.#lastFailure = error;
  }

  /** It could not be renewed in time: nothing new, though the lease still holds. */
  #giveUp(): void {
    const why = this.#lastFailure ? `: ${this.#lastFailure.message}` : '';
    this.#end(`it was not renewed within ${Math.round(this.#durationMs * renewDeadline)} ms${why}`);
  }

  /** Somebody else may hold it from now on. */
  lose(why: string): void {
    this.#over = true;
    this.#end(why);
  }

  #judge(): void {
    if (this.#over) return;
    if (this.#left(this.#durationMs) === 0)
      this.lose(`the lease ran out after ${this.#durationMs} ms without a renewal`);
    else if (this.renewableMs() === 0) this.#giveUp();
  }

  #left(spanMs: number): number {
    return leftMs(this.#renewedAt, spanMs, instantOf(this.#clock));
  }

  #end(why: string): void {
    if (this.lost.aborted) return;
    const cause = this.#lastFailure;
    const message = `leadership by ${this.#where} is lost: ${why}`;
    this.#lost.abort(new KubeCheckError('ABORTED', message, cause ? { cause } : {}));
  }
}
