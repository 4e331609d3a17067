/** Things to hand over, and destinations that a test can look into. */
import { Writable } from 'node:stream';
import type { CheckEvent } from '../../src/sender.ts';

export function checkEvent(id: string, change: Partial<CheckEvent> = {}): CheckEvent {
  return {
    id,
    sources: [
      {
        id,
        namespace: 'shop',
        name: `cart-0.${id}`,
        object: { kind: 'Pod', name: 'cart-0', namespace: 'shop', uid: 'f00' },
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off',
        component: 'kubelet',
        count: 1,
        firstAtMs: 0,
        lastAtMs: 0,
      },
    ],
    title: `title ${id}`,
    text: `text ${id}`,
    timestampMs: Date.UTC(2026, 0, 1),
    tags: ['kube_kind:Pod'],
    alertType: 'warning',
    priority: 'normal',
    aggregationKey: 'kubernetes_apiserver:f00',
    sourceTypeName: 'kubernetes',
    eventType: 'kubernetes_apiserver',
    ...change,
  };
}

export const unaborted = (): { readonly signal: AbortSignal } => ({ signal: new AbortController().signal });

/** A stream in memory whose writes can fail, or wait until they are let go. */
export class MemoryStream extends Writable {
  #text = '';
  readonly #failures: Error[] = [];
  #stalled = false;
  readonly #held: (() => void)[] = [];

  constructor() {
    super({ autoDestroy: false, decodeStrings: false });
  }

  /** What has arrived. */
  get text(): string {
    return this.#text;
  }

  get lines(): readonly string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  /** Writes that wait. */
  get held(): number {
    return this.#held.length;
  }

  failNext(error: Error): void {
    this.#failures.push(error);
  }

  stall(): void {
    this.#stalled = true;
  }

  /** Lets go the writes that wait, and later ones pass. */
  release(): void {
    this.#stalled = false;
    for (const write of this.#held.splice(0)) write();
  }

  override _write(chunk: string, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const write = () => {
      const failure = this.#failures.shift();
      if (!failure) this.#text += chunk;
      callback(failure);
    };
    if (this.#stalled) this.#held.push(write);
    else write();
  }
}
