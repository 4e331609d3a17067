/**
 * Discards what it is given, but for the numbers of the events: each is to be committed once. What it keeps does not grow with what it was
 * given, as it is there when memory is measured.
 */
import assert from 'node:assert/strict';
import type { Sender } from '../src/index.ts';

export interface CountingSender extends Sender {
  /** So many have been committed: all below this number, each once. */
  readonly committed: number;
  /** Resolves when so many have been. */
  reaches(count: number): Promise<void>;
}

/** The events are those of `fake-servers.ts`, whose message is their number: 0, 1, 2, … in the order of writing. */
export function countingSender(): CountingSender {
  let handedOver: number[] = [];
  let next = 0;
  const ahead = new Set<number>();
  const waiting = new Set<{ readonly count: number; readonly reached: () => void }>();

  function take(number: number): void {
    assert.ok(Number.isSafeInteger(number) && number >= next && !ahead.has(number), `event ${number} came again`);
    ahead.add(number);
    while (ahead.delete(next)) next++;
  }

  return {
    gauge() {},
    count() {},
    serviceCheck() {},
    event({ sources }) {
      for (const { message } of sources) handedOver.push(Number(message));
    },
    async commit() {
      const batch = handedOver;
      handedOver = [];
      for (const number of batch) take(number);
      for (const each of waiting) {
        if (each.count > next) continue;
        waiting.delete(each);
        each.reached();
      }
    },
    get committed() {
      return next;
    },
    reaches: (count) =>
      new Promise((resolve) => {
        if (count <= next) resolve();
        else waiting.add({ count, reached: resolve });
      }),
  };
}
