import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckEvent, Sender } from '../../src/sender.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import { type SenderContractOptions, senderContract } from '../../src/testing/sender-contract.ts';

const recording: SenderContractOptions<RecordingSender> = {
  create: () => new RecordingSender(),
  read: (sender) => sender.events.map((event) => JSON.stringify(event)),
  failNextCommit: (sender) => sender.rejectNext(),
  stallNextCommit: (sender) => {
    sender.holdCommits();
    return () => sender.releaseCommits();
  },
};

for (const { name, run } of senderContract(recording)) test(`RecordingSender: ${name}`, run);

/** A sender whose parts a test breaks: a batch in memory and the lines of its destination. */
interface Parts {
  batch: CheckEvent[];
  readonly lines: string[];
  failing: boolean;
  stalled: boolean;
}

type Change = Partial<Sender> & { readonly write?: (event: CheckEvent) => string };

interface LineSender extends Sender {
  readonly parts: Parts;
}

/** Right, until a change breaks it. */
function lineSender(change: (parts: Parts) => Change = () => ({})): LineSender {
  const parts: Parts = { batch: [], lines: [], failing: false, stalled: false };
  const { write = (event: CheckEvent) => JSON.stringify(event), ...rest } = change(parts);
  return {
    parts,
    gauge: () => undefined,
    count: () => undefined,
    serviceCheck: () => undefined,
    event: (event) => void parts.batch.push(event),
    commit: async ({ signal }) => {
      const batch = parts.batch;
      parts.batch = [];
      signal.throwIfAborted();
      await outcome(parts, signal);
      parts.lines.push(...batch.flatMap((event) => write(event).split('\n')));
    },
    ...rest,
  };
}

async function outcome(parts: Parts, signal: AbortSignal): Promise<void> {
  await undefined;
  const { failing, stalled } = parts;
  parts.failing = parts.stalled = false;
  if (failing) throw new Error('told to fail');
  signal.throwIfAborted();
  if (stalled) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

const optionsFor = (change?: (parts: Parts) => Change): SenderContractOptions<LineSender> => ({
  create: () => lineSender(change),
  read: ({ parts }) => parts.lines,
  failNextCommit: ({ parts }) => {
    parts.failing = true;
  },
  stallNextCommit: ({ parts }) => {
    parts.stalled = true;
  },
});

for (const { name, run } of senderContract(optionsFor())) test(`a right sender passes: ${name}`, run);

const take = (parts: Parts): readonly CheckEvent[] => parts.batch.splice(0);
const tell = (parts: Parts, events: readonly CheckEvent[]): number =>
  parts.lines.push(...events.map((event) => JSON.stringify(event)));

/** Each breaks one rule; the cases that must see it. */
const broken: readonly [how: string, change: (parts: Parts) => Change, seenBy: readonly RegExp[]][] = [
  [
    'throws on a hand-over',
    () => ({
      serviceCheck: () => {
        throw new Error('no service checks here');
      },
    }),
    [/takes anything/],
  ],
  [
    'hands back a promise',
    () => ({ event: (() => Promise.resolve()) as unknown as Sender['event'] }),
    [/takes anything/],
  ],
  ['says an unknown acks', () => ({ acks: 'maybe' as 'none' }), [/takes anything/]],
  [
    'rejects an empty commit',
    () => ({ commit: () => Promise.reject(new Error('nothing to do')) }),
    [/commit of nothing/],
  ],
  [
    'resolves before it has delivered',
    (parts) => ({
      commit: async ({ signal }) => {
        const events = take(parts);
        signal.throwIfAborted();
        setImmediate(() => tell(parts, events));
      },
    }),
    [/has arrived when it resolves/, /arrive in order/, /after the first/],
  ],
  [
    'delivers all it ever got at each commit',
    (parts) => {
      const all: CheckEvent[] = [];
      return {
        event: (event) => void all.push(event),
        commit: async () => void tell(parts, all),
      };
    },
    [/nothing again/, /belongs to the next/],
  ],
  [
    'keeps no more than a hundred events',
    (parts) => ({
      event: (event) => {
        if (parts.batch.length < 100) parts.batch.push(event);
      },
    }),
    [/300 events/],
  ],
  ['delivers in another order', (parts) => ({ event: (event) => void parts.batch.unshift(event) }), [/in order/]],
  [
    'clears its buffer at the end of a commit',
    (parts) => ({
      commit: async ({ signal }) => {
        const events = [...parts.batch];
        await outcome(parts, signal);
        tell(parts, events);
        parts.batch = [];
      },
    }),
    [/pending belongs to the next/],
  ],
  [
    'delivers what was handed over during a commit with it, and again with the next',
    (parts) => ({
      commit: async ({ signal }) => {
        const events = take(parts);
        signal.throwIfAborted();
        await outcome(parts, signal);
        tell(parts, [...events, ...parts.batch]);
      },
    }),
    [/pending belongs to the next/],
  ],
  [
    'pays no heed to an abort',
    (parts) => ({
      commit: async () => {
        const events = take(parts);
        await outcome(parts, new AbortController().signal);
        tell(parts, events);
      },
    }),
    [/aborted already rejects/, /abort ends a commit/],
  ],
  [
    'keeps an aborted batch',
    (parts) => ({
      commit: async ({ signal }) => {
        signal.throwIfAborted();
        tell(parts, take(parts));
      },
    }),
    [/aborted already rejects/],
  ],
  ['writes text as it is', () => ({ write: ({ id, title, text }) => `${id} ${title} ${text}` }), [/hostile text/]],
  [
    'resolves although it failed',
    (parts) => ({
      commit: async ({ signal }) => {
        const events = take(parts);
        signal.throwIfAborted();
        await outcome(parts, signal).then(
          () => tell(parts, events),
          () => undefined,
        );
      },
    }),
    [/rejected commit has forgotten/, /while a commit fails/, /abort ends a commit/],
  ],
  [
    'keeps a rejected batch for the next commit',
    (parts) => ({
      commit: async ({ signal }) => {
        signal.throwIfAborted();
        const events = [...parts.batch];
        await outcome(parts, signal);
        tell(parts, events);
        parts.batch.splice(0, events.length);
      },
    }),
    [/rejected commit has forgotten/],
  ],
  [
    'throws everything away when a commit fails',
    (parts) => ({
      commit: async ({ signal }) => {
        const events = take(parts);
        signal.throwIfAborted();
        try {
          await outcome(parts, signal);
          tell(parts, events);
        } catch (error) {
          parts.batch = [];
          throw error;
        }
      },
    }),
    [/while a commit fails/],
  ],
  [
    'loses what comes after an abort',
    (parts) => {
      let dead = false;
      return {
        commit: async ({ signal }) => {
          const events = take(parts);
          signal.addEventListener('abort', () => {
            dead = true;
          });
          if (signal.aborted) dead = true;
          signal.throwIfAborted();
          await outcome(parts, signal);
          if (!dead) tell(parts, events);
        },
      };
    },
    [/aborted already rejects/, /abort ends a commit/],
  ],
];

/** The sentences of the cases that a sender breaks. Time is moved, so that a hanging sender costs none. */
async function casesBrokenBy(change: (parts: Parts) => Change): Promise<readonly string[]> {
  const clock = new ManualClock();
  const names: string[] = [];
  for (const { name, run } of senderContract({ ...optionsFor(change), clock }))
    await clock.runUntil(
      run().catch(() => {
        names.push(name);
      }),
    );
  return names;
}

for (const [how, change, seenBy] of broken)
  test(`a sender that ${how} is found out`, async () => {
    const names = await casesBrokenBy(change);
    for (const expected of seenBy)
      assert.ok(
        names.some((name) => expected.test(name)),
        `${expected} was to fail, but only these did: ${names.join('; ')}`,
      );
  });

test('each case is failed by some broken sender', async () => {
  const found = new Set((await Promise.all(broken.map(([, change]) => casesBrokenBy(change)))).flat());
  assert.deepEqual(
    senderContract(optionsFor())
      .map(({ name }) => name)
      .filter((name) => !found.has(name)),
    [],
  );
});

test('there are as many cases as the hooks allow', () => {
  const create = () => lineSender();
  const names = (options: SenderContractOptions<LineSender>) => senderContract(options).map(({ name }) => name);
  const bare = names({ create });
  const all = names(optionsFor());
  assert.equal(bare.length, 7);
  assert.equal(all.length, 11);
  assert.equal(new Set(all).size, 11);
  assert.deepEqual(all.slice(0, 7), bare);
});

test('a sender is disposed of after each case, also after one that failed', async () => {
  const disposed: LineSender[] = [];
  const dispose = (sender: LineSender) => void disposed.push(sender);
  const cases = senderContract({
    ...optionsFor(() => ({ commit: () => Promise.reject(new Error('never')) })),
    dispose,
  });
  for (const { run } of cases) await run().catch(() => undefined);
  assert.equal(new Set(disposed).size, cases.length);
});

test('a commit that never settles fails its case after the deadline', async () => {
  const clock = new ManualClock();
  const options = { ...optionsFor(() => ({ commit: () => new Promise<void>(() => {}) })), clock, timeoutMs: 5000 };
  const hanging = senderContract(options)[1]?.run() ?? Promise.resolve();
  await assert.rejects(clock.runUntil(hanging), /not done within 5000 ms/);
  assert.equal(clock.monotonicMs(), 5000);
});
