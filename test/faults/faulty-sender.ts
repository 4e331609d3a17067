/**
 * senders/json-lines behind a sender that refuses one commit in five while it is told to, sees to it that the same objects come again, and
 * marks each batch with its process. Only events go to the file.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckEvent } from '../../src/index.ts';
import { type JsonLinesSender, jsonLinesSender } from '../../src/senders/json-lines.ts';
import { ManualClock } from '../../src/testing/index.ts';
import { markOf } from './delivered.ts';
import { cpuMs, type ProcessOptions, say } from './said.ts';

const rejectedPart = 0.2;
/** Of the mutation that acknowledges first: longer than it takes to save the token. */
const lateMs = 3000;

export interface FaultySender extends JsonLinesSender {
  /** From now on one commit in five is refused, or none. */
  rejecting(on: boolean): void;
  /** What was refused need not come from here: another leads. */
  forget(): void;
}

export function faultySender({ process: name, output, seed, mutation }: ProcessOptions): FaultySender {
  const file = jsonLinesSender({ path: output });
  const chance = new ManualClock({ seed });
  let batch: CheckEvent[] = [];
  let handedOverAtMs = 0;
  let refused: readonly CheckEvent[] = [];
  let rejects = false;
  let late: Promise<void> = Promise.resolve();

  function assertSame(events: readonly CheckEvent[]): void {
    const now = new Set(events);
    const missing = refused.filter((event) => !now.has(event));
    if (missing.length > 0)
      say({ at: 'problem', what: `${missing.length} refused events did not come again as the same objects` });
    refused = [];
  }

  async function write(events: readonly CheckEvent[], atMs: number, signal: AbortSignal): Promise<void> {
    file.gauge(markOf(name, atMs));
    for (const event of events) file.event(event);
    await file.commit({ signal });
    const ids = events.flatMap(({ sources }) => sources.map(({ id }) => id));
    say({ at: 'committed', ids, atMs: Date.now(), cpuMs: cpuMs() });
  }

  return {
    acks: 'written',
    gauge: () => undefined,
    count: () => undefined,
    serviceCheck: () => undefined,
    event(event) {
      if (batch.length === 0) handedOverAtMs = Date.now();
      batch.push(event);
    },
    async commit({ signal }) {
      const events = batch;
      batch = [];
      if (rejects && chance.random() < rejectedPart) {
        say({ at: 'rejected' });
        if (events.length > 0) {
          assertSame(events);
          refused = events;
        }
        throw new Error('refused by the fault run');
      }
      if (events.length === 0) return;
      assertSame(events);
      const atMs = handedOverAtMs;
      if (mutation !== 'ack-before-commit') return write(events, atMs, signal);
      const due = sleep(lateMs);
      late = late.then(() => due).then(() => write(events, atMs, new AbortController().signal));
    },
    rejecting(on) {
      rejects = on;
    },
    forget() {
      refused = [];
    },
    async close() {
      await late;
      await file.close();
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
