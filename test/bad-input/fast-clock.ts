/** The machine's own time, faster: for servers whose answers a ManualClock can't see, and deadlines that a test can't wait for. */

import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/index.ts';

export function fastClock(times: number): Clock {
  const startedAtMs = systemClock.nowMs();
  const started = systemClock.monotonicMs();
  const passed = () => (systemClock.monotonicMs() - started) * times;
  return {
    nowMs: () => startedAtMs + passed(),
    monotonicMs: passed,
    random: systemClock.random,
    sleep: (ms, options) => systemClock.sleep(ms / times, options),
  };
}
