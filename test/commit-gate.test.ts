import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type CommitGate, commitGate } from '../src/commit-gate.ts';
import { EventsRejectedError, KubeCheckError } from '../src/errors.ts';
import type { CheckEvent, Sender } from '../src/sender.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';

const never = new AbortController().signal;
const event = (id: string) => ({ id }) as CheckEvent;

/** Commits end when the test says so, with what was handed over since the one before. */
class HeldSender implements Sender {
  readonly acks = 'written';
  readonly commits: {
    readonly items: readonly string[];
    readonly signal: AbortSignal;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  buffer: string[] = [];
  open = 0;
  /** Thrown at the next hand-overs. */
  throws: unknown[] = [];

  gauge = ({ name }: { readonly name: string }) => this.#take(`gauge ${name}`);
  count = ({ name }: { readonly name: string }) => this.#take(`count ${name}`);
  serviceCheck = ({ name }: { readonly name: string }) => this.#take(`check ${name}`);
  event = ({ id }: CheckEvent) => this.#take(`event ${id}`);

  commit({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    assert.equal(this.open++, 0, 'two commits at once');
    const items = this.buffer;
    this.buffer = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ended = (end: () => void) => {
      this.open--;
      end();
    };
    this.commits.push({ items, signal, resolve: () => ended(resolve), reject: (error) => ended(() => reject(error)) });
    return promise;
  }

  #take(item: string): void {
    if (this.throws.length > 0) throw this.throws.shift();
    assert.equal(this.open, 0, 'handed over during a commit');
    this.buffer.push(item);
  }
}

/** All that happens without time. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the commit gate', () => {
  let clock: ManualClock;
  let sender: HeldSender;
  let gate: CommitGate;
  const handing = (...ids: readonly string[]) => ({
    signal: never,
    handOver: (to: Sender) => {
      for (const id of ids) to.event(event(id));
    },
  });

  beforeEach(() => {
    clock = new ManualClock();
    sender = new HeldSender();
    gate = commitGate(sender, clock);
  });

  it('passes everything on, and acknowledges what the sender acknowledges', async () => {
    assert.equal(gate.acks, 'written');
    gate.gauge({ name: 'g', value: 1 });
    gate.count({ name: 'c', value: 1 });
    gate.serviceCheck({ name: 's', status: 'ok' });
    gate.event(event('e'));
    const committing = gate.commit({ signal: never });
    await settled();
    assert.deepEqual(sender.commits[0]?.items, ['gauge g', 'count c', 'check s', 'event e']);
    sender.commits[0]?.resolve();
    await committing;
    assert.equal(clock.pending, 0);
  });

  it('claims no acknowledgement that the sender does not claim', () => {
    const { acks: _acks, ...rest } = sender;
    assert.ok(!('acks' in commitGate({ ...rest, commit: async () => {} }, clock)));
  });

  it('is one for a sender, whoever asks, and for itself', () => {
    assert.equal(commitGate(sender, new ManualClock()), gate);
    assert.equal(commitGate(gate, clock), gate);
    assert.notEqual(commitGate(new HeldSender(), clock), gate);
  });

  it('commits one after the other, each with what was handed over for it alone', async () => {
    const order: string[] = [];
    const commits = ['a', 'b', 'c'].map((id) => gate.commit(handing(id)).then(() => order.push(id)));
    for (let n = 0; n < 3; n++) {
      await settled();
      assert.equal(sender.commits.length, n + 1);
      sender.commits[n]?.resolve();
    }
    await Promise.all(commits);
    assert.deepEqual(order, ['a', 'b', 'c']);
    assert.deepEqual(
      sender.commits.map(({ items }) => items),
      [['event a'], ['event b'], ['event c']],
    );
  });

  it('keeps what is handed over during a commit for the next one', async () => {
    const first = gate.commit(handing('a'));
    await settled();
    gate.gauge({ name: 'late', value: 1 });
    assert.deepEqual(sender.buffer, []);
    sender.commits[0]?.resolve();
    await first;
    assert.deepEqual(sender.buffer, ['gauge late']);
    const second = gate.commit(handing('b'));
    await settled();
    assert.deepEqual(sender.commits[1]?.items, ['gauge late', 'event b']);
    sender.commits[1]?.resolve();
    await second;
  });

  it("does not take along what was handed over for another's rejected commit", async () => {
    const first = gate.commit(handing('a'));
    const second = gate.commit(handing('b'));
    await settled();
    sender.commits[0]?.reject(new Error('full'));
    await assert.rejects(first, { code: 'COMMIT_FAILED', message: 'the sender rejected the commit: full' });
    await settled();
    assert.deepEqual(sender.commits[1]?.items, ['event b']);
    sender.commits[1]?.resolve();
    await second;
  });

  it('bounds a commit, and lets nobody in until it has really ended', async () => {
    const first = gate.commit({ ...handing('a'), timeoutMs: 100 });
    const failed = assert.rejects(first, {
      code: 'COMMIT_FAILED',
      message: 'the sender has not committed within 100 ms',
    });
    await settled();
    await clock.advance(100);
    await failed;
    assert.equal(sender.commits[0]?.signal.aborted, true);
    gate.gauge({ name: 'late', value: 1 });
    const second = gate.commit({ ...handing('b'), timeoutMs: 100 });
    await settled();
    await clock.advance(99);
    assert.deepEqual([sender.commits.length, sender.buffer], [1, []]);
    sender.commits[0]?.resolve();
    await settled();
    assert.deepEqual(sender.commits[1]?.items, ['gauge late', 'event b']);
    // Its own time begins when its turn has come.
    await clock.advance(99);
    sender.commits[1]?.resolve();
    await second;
    assert.equal(clock.pending, 0);
  });

  it('tells of a sender that hangs, and does not pile up what is handed over meanwhile', async () => {
    const first = gate.commit({ ...handing('a'), timeoutMs: 100 });
    const failures = [assert.rejects(first)];
    await settled();
    await clock.advance(100);
    for (let run = 0; run < 3; run++) {
      gate.gauge({ name: `run ${run}`, value: 1 });
      failures.push(
        assert.rejects(gate.commit({ ...handing('b'), timeoutMs: 100 }), {
          code: 'COMMIT_FAILED',
          message: 'the sender has not ended an earlier commit within 100 ms',
        }),
      );
      await settled();
      await clock.advance(100);
    }
    await Promise.all(failures);
    gate.gauge({ name: 'last', value: 1 });
    sender.commits[0]?.reject(new Error('at last'));
    await settled();
    assert.deepEqual(sender.buffer, ['gauge last'], 'what was of a failed commit is forgotten');
  });

  it('gives a commit that waits for several others its whole time for each', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const commits = ids.map((id) => gate.commit({ ...handing(id), timeoutMs: 100 }));
    for (const [index] of ids.entries()) {
      await settled();
      await clock.advance(90);
      sender.commits[index]?.resolve();
    }
    await Promise.all(commits);
    assert.deepEqual([sender.commits.length, clock.monotonicMs()], [4, 360]);
  });

  it('asks whether a commit may begin when its turn has come, and hands over nothing where it may not', async () => {
    const order: string[] = [];
    const first = gate.commit(handing('a'));
    await settled();
    const refused = new Error('the lease has run out');
    const second = gate.commit({
      ...handing('b'),
      mayBegin: () => {
        order.push('asked');
        throw refused;
      },
    });
    const failed = assert.rejects(second, (error) => error === refused);
    await settled();
    assert.equal(order.length, 0);
    sender.commits[0]?.resolve();
    await Promise.all([first, failed]);
    assert.deepEqual([order, sender.commits.length, sender.buffer], [['asked'], 1, []]);
    const third = gate.commit({ ...handing('c'), mayBegin: () => order.push('may') });
    await settled();
    assert.deepEqual([order, sender.commits[1]?.items], [['asked', 'may'], ['event c']]);
    sender.commits[1]?.resolve();
    await third;
  });

  it('gives a commit no longer than is left when it begins', async () => {
    const held = assert.rejects(gate.commit({ ...handing('a'), mayBegin: () => 5000 }), {
      code: 'COMMIT_FAILED',
      message: /within 5000 ms/,
    });
    await settled();
    await clock.advance(5000);
    await held;
  });

  it('that keeps apart leaves what is handed over one by one to a commit that brings nothing of its own', async () => {
    gate.keepApart();
    gate.gauge({ name: 'g', value: 1 });
    const own = gate.commit(handing('a'));
    await settled();
    assert.deepEqual(sender.commits[0]?.items, ['event a']);
    sender.commits[0]?.reject(new Error('refused'));
    await assert.rejects(own, { code: 'COMMIT_FAILED' });
    const common = gate.commit({ signal: never });
    await settled();
    assert.deepEqual(sender.commits[1]?.items, ['gauge g']);
    sender.commits[1]?.resolve();
    await common;
  });

  it('has a bound of 30 s by default', async () => {
    const failed = assert.rejects(gate.commit(handing('a')), /within 30000 ms/);
    await settled();
    await clock.advance(30_000);
    await failed;
  });

  it('hands over the abort, and does not wait for a sender that ignores it', async () => {
    const host = new AbortController();
    const committing = gate.commit({ ...handing('a'), signal: host.signal });
    await settled();
    host.abort(new Error('host'));
    await assert.rejects(committing, { code: 'COMMIT_FAILED', message: 'the sender rejected the commit: host' });
    assert.equal(sender.commits[0]?.signal.aborted, true);
    assert.equal(clock.pending, 0);
  });

  it('begins nothing for a signal that is aborted, nor for one that is while it waits', async () => {
    const aborted = { ...handing('a'), signal: AbortSignal.abort(new Error('host')) };
    await assert.rejects(gate.commit(aborted), { code: 'COMMIT_FAILED', message: 'the commit was not begun: host' });
    assert.deepEqual([sender.buffer, sender.commits], [[], []]);
    const first = gate.commit(handing('b'));
    await settled();
    const host = new AbortController();
    const waiting = gate.commit({ ...handing('c'), signal: host.signal });
    gate.gauge({ name: 'of another', value: 1 });
    host.abort(new Error('host'));
    await assert.rejects(waiting, { code: 'COMMIT_FAILED' });
    sender.commits[0]?.resolve();
    await first;
    assert.deepEqual(sender.buffer, ['gauge of another']);
  });

  it('names a sender that throws at hand-over, before or in a commit', async () => {
    sender.throws = [new Error('of the sender')];
    assert.throws(() => gate.gauge({ name: 'g', value: 1 }), {
      code: 'SENDER_THREW',
      message: 'the sender threw at hand-over, which it must not: of the sender',
    });
    sender.throws = [new Error('of the sender')];
    await assert.rejects(gate.commit(handing('a')), { code: 'SENDER_THREW' });
    assert.equal(sender.commits.length, 0);
    assert.equal(clock.pending, 0);
  });

  it('tells the next commit of a sender that throws when what was kept is handed over, once', async () => {
    const first = gate.commit(handing('a'));
    await settled();
    gate.gauge({ name: 'thrown at', value: 1 });
    gate.gauge({ name: 'taken', value: 1 });
    sender.throws = [new Error('of the sender')];
    sender.commits[0]?.resolve();
    await first;
    await assert.rejects(gate.commit(handing('b')), { code: 'SENDER_THREW' });
    assert.deepEqual(sender.buffer, ['gauge taken']);
    const third = gate.commit(handing('c'));
    await settled();
    sender.commits[1]?.resolve();
    await third;
  });

  it('gives a code to every rejection: a refusal of events keeps its own, one of another library does not', async () => {
    const refusal = new EventsRejectedError(['a']);
    const cases: readonly (readonly [unknown, string, RegExp])[] = [
      [refusal, 'EVENTS_REJECTED', /refuses 1 event/],
      [new KubeCheckError('API_GONE', 'moved'), 'COMMIT_FAILED', /^the sender rejected the commit: moved$/],
      [new KubeCheckError('SENDER_THREW', 'inside'), 'COMMIT_FAILED', /: inside$/],
      [new KubeCheckError('COMMIT_FAILED', 'as it says'), 'COMMIT_FAILED', /^as it says$/],
      ['a text', 'COMMIT_FAILED', /: a text$/],
      [undefined, 'COMMIT_FAILED', /: undefined$/],
    ];
    for (const [rejection, code, message] of cases) {
      const committing = gate.commit(handing('a'));
      await settled();
      sender.commits.at(-1)?.reject(rejection);
      await assert.rejects(committing, (error: KubeCheckError) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it('takes a commit that throws for one that rejects', async () => {
    sender.commit = () => {
      throw new Error('not even a promise');
    };
    await assert.rejects(gate.commit(handing('a')), { code: 'COMMIT_FAILED' });
    sender.commit = async () => {};
    await gate.commit(handing('b'));
  });
});
