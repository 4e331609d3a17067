/** Polls a condition of the outside world, always with an end. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_EVERY_MS = 25;
const DEFAULT_DEADLINE_MS = 60_000;

/** Resolves to the probe's first answer that is neither undefined nor false. @throws when the deadline passes, naming `what` */
export async function until<Answer>(
  what: string,
  probe: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  deadlineMs: number = DEFAULT_DEADLINE_MS,
): Promise<Answer> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await sleep(POLL_EVERY_MS);
  }
}
