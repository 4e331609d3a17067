/**
 * What a check relies on in a Sender, as cases that a host runs against its own with any test runner. Each case makes a sender of its
 * own, and ends within a deadline whatever the sender does.
 */
import assert from 'node:assert/strict';
import { type Clock, deadline, systemClock } from '../clock.ts';
import type { CheckEvent, Sender } from '../sender.ts';

/** The sender under test, and as much of its destination as a test can reach. The more hooks, the more cases. */
export interface SenderContractOptions<S extends Sender = Sender> {
  /** A new sender with a destination of its own. */
  create(): S | Promise<S>;
  /**
   * What has arrived at its destination, in order, as the destination's own readers split it: one text a line, message or row, one an
   * item. Without it no case can see what became of an item.
   */
  read?(sender: S): readonly string[] | Promise<readonly string[]>;
  /** Makes the next commit fail so that nothing of it arrives. */
  failNextCommit?(sender: S): void | Promise<void>;
  /**
   * Makes the next commit hang, as with a destination that does not answer. What it returns, if anything, is called after the commit was
   * aborted: from then on the destination works again.
   */
  stallNextCommit?(sender: S): void | (() => void) | Promise<void | (() => void)>;
  /** Called after each case. */
  dispose?(sender: S): void | Promise<void>;
  /** How long a case may take. Milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** @defaultValue the machine's own time */
  readonly clock?: Clock;
}

/** One case. */
export interface SenderContractCase {
  /** A sentence. */
  readonly name: string;
  /** Rejects if the sender breaks the contract. */
  run(): Promise<void>;
}

/** Text that breaks formats: line ends, terminal controls, quotes, delimiters of line protocols, bidi controls, half characters. */
const hostileText =
  'a\nb\r\nc\u2028d\u0085\u0000\u001b[2J\u001b]0;x\u0007\u009b31m "\'`\\ \\n %s {"type":"event"} |#a:b,c:1|c\t\u202e\u2066 \ud800 \udfff \u{1f4a5}';

/** More than the default of `events.maxPerCommit` is never handed over between two commits. */
const fullBatch = 300;

/**
 * The cases that fit the hooks given:
 *
 * ```ts
 * for (const { name, run } of senderContract({ create: () => new MySender(url), read: () => server.received })) test(name, run);
 * ```
 *
 * @param options - the sender, and hooks into its destination
 */
export function senderContract<S extends Sender>(options: SenderContractOptions<S>): readonly SenderContractCase[] {
  const { read, failNextCommit, stallNextCommit } = options;
  const cases: [name: string, run: (bench: Bench<S>) => Promise<void>][] = [
    ['hand-over takes anything, synchronously and without throwing', handOverTakesAnything],
    ['a commit of nothing resolves', ({ commit }) => commit()],
    ['everything handed over before a commit has arrived when it resolves', commitDelivers],
    ['a second commit delivers what came after the first, and nothing again', commitsFollow],
    [`${fullBatch} events in one commit arrive in order`, fullBatchArrives],
    ['what is handed over while a commit is pending belongs to the next one', handOverDuringCommit],
    ['a commit whose signal is aborted already rejects, and has forgotten its batch', abortedBefore],
  ];
  if (read) cases.push(['hostile text stays within one record', hostileTextStays]);
  if (failNextCommit) {
    cases.push(['a rejected commit has forgotten its batch, and the same events can come again', rejectionForgets]);
    cases.push(['what is handed over while a commit fails is not lost with it', handOverDuringFailure]);
  }
  if (stallNextCommit) cases.push(['an abort ends a commit that hangs, and the next one works', abortEnds]);
  return cases.map(([name, run]) => ({ name, run: () => onBench(options, run) }));
}

/** What a case works with. */
interface Bench<S extends Sender> {
  readonly sender: S;
  readonly options: SenderContractOptions<S>;
  commit(signal?: AbortSignal): Promise<void>;
  /** How many records tell of the event; undefined where nobody can read them. */
  arrived(event: CheckEvent): Promise<number | undefined>;
}

async function onBench<S extends Sender>(
  options: SenderContractOptions<S>,
  run: (bench: Bench<S>) => Promise<void>,
): Promise<void> {
  const { clock = systemClock, timeoutMs = 10_000 } = options;
  const sender = await options.create();
  const late = deadline(clock, timeoutMs, () => new Error(`not done within ${timeoutMs} ms: a commit must settle`));
  const expired = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
  });
  const bench: Bench<S> = {
    sender,
    options,
    commit: (signal = new AbortController().signal) => {
      const pending = sender.commit({ signal });
      // A case may look at it later, or fail before it does.
      pending.catch(() => undefined);
      return pending;
    },
    arrived: async (event) => (await options.read?.(sender))?.filter((record) => record.includes(event.id)).length,
  };
  try {
    await Promise.race([run(bench), expired]);
  } finally {
    late.clear();
    await options.dispose?.(sender);
  }
}

/** An event that any format shows by its id: letters, digits, hyphens, no one the beginning of another. */
function contractEvent(number: number, text = 'Back-off restarting failed container'): CheckEvent {
  const id = `contract-event-${String(number).padStart(5, '0')}`;
  return {
    id,
    sources: [
      {
        id,
        namespace: 'shop',
        name: `cart-0.${number}`,
        object: { kind: 'Pod', name: 'cart-0', namespace: 'shop', uid: 'f00', apiVersion: 'v1' },
        type: 'Warning',
        reason: 'BackOff',
        message: text,
        component: 'kubelet',
        count: 1,
        firstAtMs: 1_767_225_600_000,
        lastAtMs: 1_767_225_600_000,
      },
    ],
    title: `${id} of the Pod shop/cart-0`,
    text,
    timestampMs: 1_767_225_600_000,
    tags: ['kube_kind:Pod', 'kube_name:cart-0'],
    hostname: 'node-1',
    alertType: 'warning',
    priority: 'normal',
    aggregationKey: 'kubernetes_apiserver:f00',
    sourceTypeName: 'kubernetes',
    eventType: 'kubernetes_apiserver',
  };
}

async function handOverTakesAnything({ sender }: Bench<Sender>): Promise<void> {
  const { acks = 'accepted' } = sender;
  assert.ok(['accepted', 'written', 'none'].includes(acks), `acks is ${acks}`);
  const returned: unknown[] = [];
  for (const value of [0, -1, 0.1, 1e308, Number.NaN, Number.POSITIVE_INFINITY]) {
    returned.push(sender.gauge({ name: 'contract.gauge', value }));
    returned.push(sender.count({ name: 'contract.count', value, tags: [], hostname: 'node-1' }));
  }
  for (const status of ['ok', 'warning', 'critical', 'unknown'] as const)
    returned.push(sender.serviceCheck({ name: 'contract.check', status, message: hostileText, tags: [hostileText] }));
  returned.push(sender.event(contractEvent(1)));
  returned.push(sender.event({ ...contractEvent(2, hostileText), title: '', tags: [], timestampMs: Number.NaN }));
  returned.push(sender.event(contractEvent(3, 'x'.repeat(4000))));
  assert.ok(
    returned.every((value) => value === undefined),
    'hand-over only buffers: it returns nothing to wait for',
  );
}

async function commitDelivers({ sender, commit, arrived }: Bench<Sender>): Promise<void> {
  const event = contractEvent(1);
  sender.gauge({ name: 'contract.gauge', value: 1, tags: ['a:b'] });
  sender.count({ name: 'contract.count', value: 2 });
  sender.serviceCheck({ name: 'contract.check', status: 'critical', message: 'etcd' });
  sender.event(event);
  await commit();
  once(await arrived(event), 'the event');
}

async function commitsFollow({ sender, commit, arrived }: Bench<Sender>): Promise<void> {
  const [first, second] = [contractEvent(1), contractEvent(2)];
  sender.event(first);
  await commit();
  sender.event(second);
  await commit();
  await commit();
  once(await arrived(first), 'the event of the first commit');
  once(await arrived(second), 'the event of the second commit');
}

async function fullBatchArrives({ sender, commit, options }: Bench<Sender>): Promise<void> {
  const events = Array.from({ length: fullBatch }, (_, number) => contractEvent(number));
  for (const event of events) sender.event(event);
  await commit();
  const records = await options.read?.(sender);
  if (!records) return;
  const ids = records.flatMap((record) => events.filter(({ id }) => record.includes(id)).map(({ id }) => id));
  assert.deepEqual(
    ids,
    events.map(({ id }) => id),
  );
}

async function handOverDuringCommit({ sender, commit, arrived }: Bench<Sender>): Promise<void> {
  const [before, during] = [contractEvent(1), contractEvent(2)];
  sender.event(before);
  const pending = commit();
  sender.event(during);
  await pending;
  once(await arrived(before), 'the event handed over before');
  await commit();
  once(await arrived(during), 'the event handed over while the commit was pending');
  once(await arrived(before), 'the event handed over before');
}

async function abortedBefore({ sender, commit, arrived }: Bench<Sender>): Promise<void> {
  const event = contractEvent(1);
  sender.event(event);
  await assert.rejects(commit(AbortSignal.abort(new Error('aborted by the case'))), 'a commit that is aborted rejects');
  sender.event(event);
  await commit();
  once(await arrived(event), 'the event, handed over again');
}

async function hostileTextStays({ sender, commit, options }: Bench<Sender>): Promise<void> {
  const forged = contractEvent(9);
  const hostile = {
    ...contractEvent(1, `${hostileText}\n${JSON.stringify(forged)}\n${forged.id}`),
    tags: [`a:${hostileText}`, `b:\n${forged.id}`],
  };
  const after = contractEvent(2);
  sender.event(hostile);
  sender.event(after);
  await commit();
  const records = (await options.read?.(sender)) ?? [];
  assert.equal(records.length, 2, 'two events are two records, whatever is in them');
  assert.ok(records[0]?.includes(hostile.id) && records[1]?.includes(after.id), 'each record is that of its event');
  assert.ok(!records[1]?.includes(forged.id), 'text of one event is in the record of another');
}

async function rejectionForgets({ sender, commit, arrived, options }: Bench<Sender>): Promise<void> {
  const [again, other] = [contractEvent(1), contractEvent(2)];
  await options.failNextCommit?.(sender);
  sender.event(again);
  await assert.rejects(commit(), 'a commit that failed rejects');
  sender.event(other);
  await commit();
  equalWhereKnown(await arrived(again), 0, 'the event of the rejected commit, before it is handed over again');
  sender.event(again);
  await commit();
  once(await arrived(again), 'the event of the rejected commit, handed over again');
  once(await arrived(other), 'the event handed over after the rejection');
}

async function handOverDuringFailure({ sender, commit, arrived, options }: Bench<Sender>): Promise<void> {
  const during = contractEvent(2);
  await options.failNextCommit?.(sender);
  sender.event(contractEvent(1));
  const pending = commit();
  sender.event(during);
  await assert.rejects(pending, 'a commit that failed rejects');
  await commit();
  once(await arrived(during), 'the event handed over while the failing commit was pending');
}

async function abortEnds({ sender, commit, arrived, options }: Bench<Sender>): Promise<void> {
  const event = contractEvent(1);
  const abort = new AbortController();
  const recover = await options.stallNextCommit?.(sender);
  sender.event(event);
  const pending = commit(abort.signal);
  await new Promise(setImmediate);
  abort.abort(new Error('aborted by the case'));
  await assert.rejects(pending, 'a commit that is aborted while it hangs rejects');
  recover?.();
  sender.event(event);
  await commit();
  // What was under way at the abort may have landed late: not lost is all that can be asked.
  assert.notEqual(await arrived(event), 0, 'the event, handed over again after the abort, has not arrived');
}

const once = (count: number | undefined, what: string): void => equalWhereKnown(count, 1, what);

function equalWhereKnown(count: number | undefined, expected: number, what: string): void {
  if (count !== undefined) assert.equal(count, expected, `${what}: arrived ${count} times, not ${expected}`);
}
