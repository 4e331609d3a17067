/**
 * When has this process come to rest? Needed where a manual clock meets real sockets: time may only move on when no answer is on its
 * way. Nothing here waits for time to pass: turns of the event loop are counted, and what happened in them.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Turns in a row without an event of the system (socket, file, thread) before the loop counts as calm. Bytes over loopback are readable
 * in the very next turn; the rest is for a machine so busy that the kernel itself is late. A calm hundred costs about 0.3 ms.
 */
const calmTurns = 100;
/** The same while something is known to be under way. Then it is stuck (a reader that does not read), and time may move. */
const patientTurns = 20_000;

/** Requests to the system (files, DNS, connects) end by themselves; sockets, servers and timers may be open for ever and tell nothing. */
const underWay = /Req(Wrap|Callback|Promise|uest)?$|ConnectWrap$/;

/**
 * Resolves when nothing more happens in this process without the clock: all microtasks have run, no file, DNS or connect request is
 * under way, and many turns of the event loop in a row brought nothing. Not seen: work on threads (zlib, crypto), workers, other processes.
 * @param busy - whether more is known to be under way, e.g. by a server of this process
 */
export async function eventLoopCalm(busy: () => boolean = () => false): Promise<void> {
  let seen = systemEvents();
  for (let calm = 0; calm < calmTurns || (calm < patientTurns && (busy() || requestsUnderWay())); calm++) {
    await nextTurn();
    const now = systemEvents();
    if (now !== seen) calm = 0;
    seen = now;
  }
}

const systemEvents = (): number => performance.nodeTiming.uvMetricsInfo.events;

const requestsUnderWay = (): boolean => process.getActiveResourcesInfo().some((type) => underWay.test(type));
