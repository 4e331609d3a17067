/**
 * The one way to a sender: never two commits at once, nothing handed over while one is pending, a bound on how long one may take, and every
 * failure under a code. Whoever shares a sender shares its gate: the units of a check, and several checks.
 */
import { type Clock, type Deadline, deadline } from './clock.ts';
import { asKubeCheckError, isKubeCheckError, KubeCheckError } from './errors.ts';
import { orAborted } from './or-aborted.ts';
import type { CheckEvent, MetricSample, Sender, ServiceCheck } from './sender.ts';

export interface CommitGate extends Sender {
  /**
   * From now on what is handed over one by one is kept here until a commit that brings nothing of its own: so that commits which come at any
   * time, and may be refused, can't take it along.
   */
  keepApart(): void;
  /**
   * @param options.handOver what is to be in this commit: called right before it, so that nobody else's rejected commit can take it along
   * @param options.mayBegin asked right before that, says how long the commit may take at most (ms): what it throws is thrown, and nothing is handed over
   * @param options.timeoutMs a commit pending for longer counts as rejected; so does one that has waited as long for one other. Milliseconds. @defaultValue 30000
   * @throws KubeCheckError COMMIT_FAILED, EVENTS_REJECTED, SENDER_THREW
   */
  commit(options: CommitOptions): Promise<void>;
}

export interface CommitOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly mayBegin?: () => number;
  readonly handOver?: (sender: Sender) => void;
}

const defaultTimeoutMs = 30_000;
const gates = new WeakMap<Sender, CommitGate>();

/** The gate of a sender; of a gate, itself. */
export function commitGate(sender: Sender, clock: Clock): CommitGate {
  const known = gates.get(sender);
  if (known) return known;
  const gate = createGate(sender, clock);
  gates.set(sender, gate);
  gates.set(gate, gate);
  return gate;
}

function createGate(sender: Sender, clock: Clock): CommitGate {
  /** Settles, never rejects, when the sender's last commit has really ended, however late. */
  let ended: Promise<void> | undefined;
  let queued: (() => void)[] = [];
  let thrownLate: KubeCheckError | undefined;
  let keepsApart = false;

  function handOver(what: () => void): void {
    if (ended || keepsApart) queued.push(what);
    else guarded(what);
  }

  function settled(): void {
    ended = undefined;
    if (!keepsApart) flush();
  }

  function flush(): void {
    const late = queued;
    queued = [];
    for (const what of late) {
      try {
        guarded(what);
      } catch (error) {
        thrownLate ??= asKubeCheckError(error, 'SENDER_THREW', 'hand-over');
      }
    }
  }

  async function over(earlier: Promise<void>, limit: Deadline, takesQueued: boolean): Promise<void> {
    try {
      await orAborted(earlier, limit.signal);
    } catch (error) {
      // A sender that hangs: what was handed over meanwhile would pile up, and belongs to this commit, which is none.
      if (limit.passed && takesQueued) queued = [];
      throw asSenderError('COMMIT_FAILED', error, 'the commit was not begun');
    } finally {
      limit.clear();
    }
  }

  async function commit({
    signal,
    timeoutMs = defaultTimeoutMs,
    mayBegin,
    handOver: last,
  }: CommitOptions): Promise<void> {
    const bounded = (what: string, ms = timeoutMs) =>
      deadline(clock, ms, () => new KubeCheckError('COMMIT_FAILED', `${what} within ${Math.round(ms)} ms`), signal);
    if (signal.aborted) throw asSenderError('COMMIT_FAILED', signal.reason, 'the commit was not begun');
    // Each commit that is waited for has the whole time: many who share a sender wait long for their turn, and nothing is wrong.
    const takesQueued = !keepsApart || !last;
    while (ended) await over(ended, bounded('the sender has not ended an earlier commit'), takesQueued);
    // From here to the commit nothing may wait, or another one would find the gate free as well.
    if (takesQueued) flush();
    if (thrownLate) {
      const thrown = thrownLate;
      thrownLate = undefined;
      throw thrown;
    }
    const mostMs = Math.min(timeoutMs, mayBegin?.() ?? timeoutMs);
    if (last) guarded(() => last(sender));
    const end = bounded('the sender has not committed', mostMs);
    const settling = Promise.resolve().then(() => sender.commit({ signal: end.signal }));
    ended = settling.then(settled, settled);
    try {
      await orAborted(settling, end.signal);
    } catch (error) {
      throw asSenderError('COMMIT_FAILED', error, 'the sender rejected the commit');
    } finally {
      end.clear();
    }
  }

  return {
    keepApart() {
      keepsApart = true;
    },
    ...(sender.acks === undefined ? {} : { acks: sender.acks }),
    gauge: (sample: MetricSample) => handOver(() => sender.gauge(sample)),
    count: (sample: MetricSample) => handOver(() => sender.count(sample)),
    serviceCheck: (check: ServiceCheck) => handOver(() => sender.serviceCheck(check)),
    event: (event: CheckEvent) => handOver(() => sender.event(event)),
    commit,
  };
}

function guarded(handOver: () => void): void {
  try {
    handOver();
  } catch (error) {
    throw asSenderError('SENDER_THREW', error, 'the sender threw at hand-over, which it must not');
  }
}

/** A sender's own error keeps its text, never its code: an `API_GONE` of some other library in there must not steer us. */
function asSenderError(code: 'SENDER_THREW' | 'COMMIT_FAILED', error: unknown, what: string): KubeCheckError {
  if (isKubeCheckError(error, 'EVENTS_REJECTED') || isKubeCheckError(error, code)) return error;
  const cause = asKubeCheckError(error, code, what);
  return cause.code === code ? cause : new KubeCheckError(code, `${what}: ${cause.message}`, { cause });
}
