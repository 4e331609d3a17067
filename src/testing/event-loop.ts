/**
 * When has this process come to rest? Needed where a manual clock meets real sockets: time may only move on when no answer is on its
 * way. Nothing here waits for time to pass: turns of the event loop are counted, and what happened in them.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Turns in a row without an event of the system (socket, file, thread) before the loop counts as calm. Bytes over loopback are readable
 * in the very next turn; the rest is for a machine so busy that the kernel itself is late. Two hundred cost about 0.6 ms.
 */
const calmTurns = 200;
/** Files, DNS and connects are waited for this many turns, some seconds. One that takes longer is stuck, and time may move. */
const patientTurns = 1_000_000;

/** Requests to the system end by themselves; sockets, servers and timers may be open for ever and tell nothing. */
const underWay = /Req(Wrap|Callback|Promise|uest)?$|ConnectWrap$/;

/**
 * Resolves when nothing more happens in this process without the clock: all microtasks have run, no file, DNS or connect request is
 * under way, and many turns of the event loop in a row brought nothing. Whoever does not read what is sent to it does not disturb.
 * Not seen: work on threads (zlib, crypto), workers, other processes.
 */
export async function eventLoopCalm(): Promise<void> {
  let seen = systemEvents();
  let calm = 0;
  for (let turns = 0; calm < calmTurns || (turns < patientTurns && requestsUnderWay()); turns++) {
    await nextTurn();
    const now = systemEvents();
    calm = now === seen ? calm + 1 : 0;
    seen = now;
  }
}

const systemEvents = (): number => performance.nodeTiming.uvMetricsInfo.events;

const requestsUnderWay = (): boolean => process.getActiveResourcesInfo().some((type) => underWay.test(type));
