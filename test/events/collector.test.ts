import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Collecting, collecting, type Ran } from './collecting.ts';

let it_: Collecting;
beforeEach(() => {
  it_ = collecting();
});

/** A server's history is never empty: version 1 is of something else. */
const noEvents = () => it_.world.skip();

const write = (...keys: readonly string[]): readonly string[] => keys.map((key) => it_.world.write(key));
/** Versions that were committed, in order. */
const told = (): readonly string[] => it_.sender.committedSourceIds();
const tokenStored = () => it_.store.tokens.get('event');
const asked = (): readonly string[] => it_.world.asked.splice(0);

const assertOk = ({ status, error, caughtUp, warnings }: Ran): void => {
  assert.deepEqual(
    { status, error, caughtUp, warnings },
    { status: 'ok', error: undefined, caughtUp: true, warnings: [] },
  );
};

describe('a collector', () => {
  it('delivers what is there, then what comes, each version once, and stores how far it came', async () => {
    const process = it_.process();
    const backlog = write('b', 'a', 'c');
    it_.world.skip(7);
    assertOk(await process.run());
    assert.deepEqual([...told()].sort(), [...backlog].sort());
    assert.equal(tokenStored()?.resourceVersion, '10');
    assert.equal(tokenStored()?.listedAtMs, it_.clock.nowMs() - 2000, 'the list, not the end of the run');

    const news = write('a', 'd');
    const { ledger, ...second } = await process.run();
    assertOk({ ledger, ...second });
    assert.deepEqual(told().slice(3), news);
    assert.deepEqual([ledger.read, ledger.delivered], [2, 2]);
    assert.equal(tokenStored()?.resourceVersion, '12');

    assertOk(await process.run());
    assert.equal(told().length, 5);
    assert.equal(it_.store.log.filter((line) => line.startsWith('save')).length, 2, 'nothing moved, nothing was saved');
  });

  it('goes on in a new process where the last one was', async () => {
    write('a', 'b');
    await it_.process().run();
    const news = write('a', 'c');
    asked();
    assertOk(await it_.process().run());
    assert.deepEqual(told().slice(2), news);
    assert.deepEqual(asked(), ['guard 2', 'watch 2']);
  });

  it('never hands over more than one commit may hold', async () => {
    write(...'abcdefghij');
    const process = it_.process({ maxPerCommit: 3, pageSize: 500 });
    assertOk(await process.run());
    write(...'abcdefghij');
    assertOk(await process.run());
    assert.deepEqual(
      it_.sender.batches.map(({ events }) => events.length),
      [3, 3, 3, 1, 3, 3, 3, 1],
    );
    assert.equal(told().length, 20);
  });

  it('moves on over deletions and versions that are of no event', async () => {
    write('a', 'b');
    const process = it_.process();
    await process.run();
    it_.world.delete('a');
    it_.world.delete('b');
    const { ledger } = await process.run();
    assert.deepEqual([ledger.read, ledger.delivered], [0, 0]);
    assert.equal(tokenStored()?.resourceVersion, '4');
    assert.equal(it_.sender.batches.length, 1);
  });

  it('counts what it cannot read, and goes on', async () => {
    noEvents();
    await it_.process().run();
    const [id] = write('a');
    it_.world.onRequest = (ask) =>
      ask.startsWith('watch') ? { prefix: 'what is this?\n{"type":"ADDED","object":{}}\n' } : undefined;
    const { ledger, status } = await it_.process().run();
    assert.deepEqual([status, ledger.read, ledger.malformed, ledger.delivered], ['ok', 3, 2, 1]);
    assert.deepEqual(told(), [id]);
  });

  it('ends a run at its budget while events keep coming, and delivers what was read', async () => {
    noEvents();
    const process = it_.process();
    await process.run();
    let written = 0;
    const writer = (async () => {
      while (written < 40) {
        await it_.clock.sleep(300);
        it_.world.write('a');
        written++;
      }
    })();
    const first = await process.run({ budgetMs: 3000 });
    assert.deepEqual([first.status, first.caughtUp, first.ledger.pending], ['ok', false, 0]);
    assert.ok(first.ledger.delivered >= 9);
    await it_.clock.runUntil(writer);
    assertOk(await process.run());
    assert.deepEqual([told().length, it_.sender.duplicateSourceIds()], [40, []]);
  });

  it('tells what was read before reading failed', async () => {
    noEvents();
    const process = it_.process();
    await process.run();
    write('a', 'b');
    it_.world.onRequest = (ask) =>
      ask.startsWith('watch')
        ? { framesThen: [1, new Error('cut')] }
        : ask.startsWith('guard') && told().length > 0
          ? { status: 503 }
          : undefined;
    const { status, error, ledger, caughtUp } = await process.run();
    assert.deepEqual([status, error?.code, ledger.delivered, caughtUp], ['failed', 'API_UNAVAILABLE', 1, false]);
    assert.equal(tokenStored()?.resourceVersion, '2');
    assert.match(error?.message ?? '', /the next run goes on from 2$/);
  });

  it('hides neither why reading failed nor why what was read was refused', async () => {
    noEvents();
    const process = it_.process();
    await process.run();
    write('a');
    it_.world.onRequest = (ask) => {
      if (ask.startsWith('watch')) return { framesThen: [1, 'close'] };
      return ask === 'guard 2' ? { status: 403 } : undefined;
    };
    it_.sender.rejectNext(1);
    const { error, warnings, ledger } = await process.run();
    assert.deepEqual([error?.code, ledger.pending], ['COMMIT_FAILED', 1]);
    assert.match(warnings.join(), /not allowed \(403\)/);
  });

  it('says of a server that never answers that it does not, however short the runs are', async () => {
    noEvents();
    const process = it_.process();
    await process.run();
    it_.world.onRequest = () => ({ hangs: true });
    const first = await process.run({ budgetMs: 1000 });
    assert.deepEqual([first.status, first.error?.code], ['failed', 'API_UNAVAILABLE']);
    assert.match(first.error?.message ?? '', /no answer for 1000 ms/);
    it_.world.onRequest = () => undefined;
    assertOk(await process.run());
  });

  it('says so of a list that never comes behind a guard that was answered', async () => {
    noEvents();
    const process = it_.process();
    await process.run();
    write('a');
    it_.world.compact();
    it_.world.onRequest = (ask) => (ask === 'list' ? { hangs: true } : undefined);
    const { status, error } = await process.run({ budgetMs: 15_000 });
    assert.deepEqual([status, error?.code], ['failed', 'API_UNAVAILABLE']);
  });

  it('says so of a page that never comes, though others did', async () => {
    write(...'abcd');
    it_.world.onRequest = (ask) => (ask.startsWith('list ') ? { hangs: true } : undefined);
    const { status, error, ledger } = await it_.process({ pageSize: 2 }).run({ budgetMs: 15_000 });
    assert.deepEqual([status, error?.code, ledger.delivered], ['failed', 'API_UNAVAILABLE', 2]);
  });

  it('does not say so of one that was not waited for', async () => {
    write(...'abcd');
    it_.world.onRequest = (ask) => (ask.startsWith('list ') ? { hangs: true } : undefined);
    const { status, caughtUp, ledger } = await it_.process({ pageSize: 2 }).run({ budgetMs: 4999 });
    assert.deepEqual([status, caughtUp, ledger.delivered], ['ok', false, 2]);
  });

  it('does not blame the server for a run that the host ended', async () => {
    noEvents();
    const process = it_.process();
    await process.run();
    it_.world.onRequest = () => ({ hangs: true });
    const host = new AbortController();
    void it_.clock.sleep(1000).then(() => host.abort(new Error('host')));
    const { status, caughtUp } = await process.run({ signal: host.signal });
    assert.deepEqual([status, caughtUp], ['ok', false]);
  });

  it('names what a failed run goes on from', async () => {
    it_.world.onRequest = () => ({ status: 403, body: { kind: 'Status', code: 403, message: 'no' } });
    const fresh = await it_.process().run();
    assert.match(fresh.error?.message ?? '', /the next run goes on from the beginning$/);
    it_.store.tokens.set('event', { resourceVersion: '50' });
    const { error } = await it_.process().run();
    assert.equal(error?.code, 'API_DENIED');
    assert.match(error?.message ?? '', /the next run goes on from 50$/);
    assert.deepEqual([error?.details['goesOnFrom'], error?.details['pending']], ['50', 0]);
    assert.ok(error?.remedy);
  });

  it('warns of what it tries again', async () => {
    noEvents();
    let failures = 2;
    it_.world.onRequest = () => (failures-- > 0 ? { status: 503 } : undefined);
    const { status, warnings } = await it_.process().run();
    assert.equal(status, 'ok');
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /tried again after 400 ms/);
  });

  it('loses nothing to a host whose listeners throw', async () => {
    const [id] = write('a');
    const fail = () => assert.fail('the host');
    let failures = 1;
    it_.world.onRequest = () => (failures-- > 0 ? { status: 503 } : undefined);
    const { status, ledger } = await it_
      .process()
      .run({ warn: fail, observer: { frameRead: fail, committed: fail, relisted: fail } });
    assert.deepEqual([status, ledger.delivered], ['ok', 1]);
    assert.deepEqual([told(), it_.sender.duplicateSourceIds(), tokenStored()?.resourceVersion], [[id], [], '1']);
  });

  it('tells its observer of frames, commits and lists', async () => {
    const heard: string[] = [];
    const observer = {
      frameRead: () => heard.push('frame'),
      committed: ({ events }: { readonly events: number }) => heard.push(`committed ${events}`),
      relisted: ({ scope, cause, read }: { readonly scope: string; readonly cause: string; readonly read: number }) =>
        heard.push(`relisted ${scope} ${cause} ${read}`),
    };
    write('a', 'b', 'c');
    const process = it_.process({ pageSize: 2 });
    await process.run({ observer });
    assert.deepEqual(heard.splice(0), ['committed 2', 'relisted cluster first 3', 'committed 1']);
    write('a');
    await process.run({ observer });
    assert.deepEqual(heard, ['frame', 'committed 1']);
  });
});

describe('a collector without a token', () => {
  beforeEach(async () => {
    write('a', 'b');
    await it_.clock.advance(60_000);
    write('c');
  });

  it('begins with all that the server holds', async () => {
    assertOk(await it_.process({ startFrom: 'backlog' }).run());
    assert.equal(told().length, 3);
  });

  it('begins with what comes from now on, and stores where that is at once', async () => {
    const process = it_.process({ startFrom: 'now' });
    let storedAtWatch: string | undefined;
    it_.world.onRequest = (ask) => {
      if (ask.startsWith('watch')) storedAtWatch = tokenStored()?.resourceVersion;
    };
    const { ledger, gaps, ...rest } = await process.run();
    assertOk({ ledger, gaps, ...rest });
    assert.deepEqual([told(), ledger.read, gaps], [[], 0, []]);
    assert.equal(storedAtWatch, '3', 'a crash now must not move the beginning');
    assert.equal(tokenStored()?.listedAtMs, it_.clock.nowMs() - 2000);
    const news = write('a');
    assertOk(await process.run());
    assert.deepEqual(told(), news);
  });

  it('begins with what is young enough, and counts the rest', async () => {
    const { ledger } = await it_.process({ startFrom: { agoMs: 59_999 } }).run();
    assert.deepEqual([ledger.read, ledger.delivered, ledger.filteredBy], [3, 1, { 'start-from': 2 }]);
    assert.deepEqual(told(), ['uid-c:3']);
    assert.equal(tokenStored()?.resourceVersion, '3');
  });

  it('looks at the age in a first list only', async () => {
    const process = it_.process({ startFrom: { agoMs: 1000 } });
    await process.run();
    // An event of long ago, written only now.
    it_.clock.shiftWall(-600_000);
    write('a');
    it_.clock.shiftWall(600_000);
    it_.world.compact();
    const { ledger } = await process.run();
    assert.deepEqual([ledger.delivered, ledger.filtered], [1, 0]);
  });
});

describe('a collector that has to list', () => {
  it('bridges an expired version, and says what that may have missed', async () => {
    const process = it_.process();
    write('a', 'b', 'c');
    await process.run();
    write('a', 'b', 'd');
    it_.world.write('a');
    it_.world.compact();
    await it_.clock.advance(60_000);
    const run = await process.run();
    assertOk(run);
    assert.deepEqual(run.gaps, [
      {
        cause: 'expired',
        scope: 'cluster',
        fromVersion: '3',
        toVersion: '7',
        spanMs: 60_000,
        recovered: 3,
        loss: 'overtaken',
      },
    ]);
    assert.deepEqual([run.ledger.read, run.ledger.repeated, run.ledger.delivered], [4, 1, 3]);
    assert.deepEqual([...told().slice(3)].sort(), ['uid-a:7', 'uid-b:5', 'uid-d:6']);
    assert.deepEqual((await process.run()).gaps, [], 'a gap is told once');
  });

  it('measures the span from when reading was last whole: the last frame, not the last silence', async () => {
    noEvents();
    const process = it_.process({ eventTtlMs: 100_000 });
    await process.run();
    const writer = (async () => {
      for (let n = 0; n < 60; n++) {
        await it_.clock.sleep(400);
        it_.world.write('a');
      }
    })();
    // Never silent for long enough to end; the last frame is read 24 s later.
    await process.run({ budgetMs: 24_000 });
    await it_.clock.runUntil(writer);
    it_.world.compact();
    await it_.clock.advance(5000);
    const { gaps } = await process.run();
    assert.equal(gaps.length, 1);
    assert.ok((gaps[0]?.spanMs ?? 0) <= 5500, `${gaps[0]?.spanMs} ms`);
  });

  it('measures it from the beginning of the last list, where that is the last that was whole', async () => {
    write('a');
    const process = it_.process();
    await process.run();
    write('b');
    it_.world.compact();
    await it_.clock.advance(60_000);
    let watches = 0;
    it_.world.onRequest = (ask) => {
      if (!ask.startsWith('watch') || watches++ > 0) return;
      it_.world.write('c');
      it_.world.compact();
    };
    const { gaps } = await process.run();
    assert.deepEqual(
      gaps.map(({ fromVersion, toVersion, spanMs }) => [fromVersion, toVersion, spanMs]),
      [
        ['1', '2', 60_000],
        ['2', '3', 800],
      ],
    );
  });

  it('says that events may have reached their lifetime, where the span is longer', async () => {
    noEvents();
    await it_.process().run();
    write('a');
    it_.world.compact();
    await it_.clock.advance(3_600_001);
    const { gaps } = await it_.process().run();
    assert.equal(gaps[0]?.loss, 'expired');
  });

  for (const { bufferSize, toldBefore } of [
    { bufferSize: 5, toldBefore: [0, 0, 2, 4] },
    { bufferSize: 4, toldBefore: [0, 2, 4, 6] },
  ]) {
    it(`asks for a page ahead only where the buffer has room for it: ${bufferSize}`, async () => {
      write(...'abcdefg');
      const seen: number[] = [];
      it_.world.onRequest = (ask) => void (ask.startsWith('list') && seen.push(told().length));
      assertOk(await it_.process({ pageSize: 2, maxPerCommit: 1, bufferSize }).run());
      assert.deepEqual(seen, toldBefore);
    });
  }

  it('goes on in a new process at the page where the last one was', async () => {
    write(...'abcdefg');
    const first = it_.process({ pageSize: 2 });
    let pages = 0;
    const host = new AbortController();
    it_.world.onRequest = (ask) => {
      // Asked for while the third is about to be delivered.
      if (ask.startsWith('list') && ++pages === 4) host.abort(new Error('host'));
    };
    await first.run({ signal: host.signal });
    assert.equal(told().length, 4);
    assert.deepEqual(tokenStored()?.relist, { continueToken: '[7,"e"]', resourceVersion: '7' });
    assert.equal(tokenStored()?.resourceVersion, '');
    write('a', 'z');
    asked();
    it_.world.onRequest = () => undefined;
    assertOk(await it_.process({ pageSize: 2 }).run());
    assert.deepEqual(asked(), ['list [7,"e"]', 'list [7,"g"]', 'watch 7']);
    assert.deepEqual([told().length, it_.sender.duplicateSourceIds()], [9, []]);
    assert.deepEqual(tokenStored()?.resourceVersion, '9');
    assert.equal(tokenStored()?.relist, undefined);
  });

  it('lists when the last list is older than the resync period: in the same process, and in a new one', async () => {
    const process = it_.process({ resyncPeriodMs: 60_000 });
    write('a');
    await process.run();
    asked();
    await it_.clock.advance(50_000);
    await process.run();
    assert.deepEqual(asked(), ['guard 1', 'watch 1']);
    write('b');
    await it_.clock.advance(10_000);
    const { gaps, ledger, ...rest } = await process.run();
    assertOk({ gaps, ledger, ...rest });
    assert.deepEqual(asked(), ['list', 'watch 2']);
    assert.deepEqual([gaps, ledger.repeated, ledger.delivered], [[], 1, 1]);
    await process.run();
    assert.deepEqual(asked(), ['guard 2', 'watch 2']);
    await it_.clock.advance(60_001);
    await it_.process({ resyncPeriodMs: 60_000 }).run();
    assert.deepEqual(asked(), ['list', 'watch 2']);
    assert.deepEqual(it_.sender.duplicateSourceIds(), []);
  });

  it('delivers everything where the stored token is no version, and says so', async () => {
    it_.store.tokens.set('event', { resourceVersion: 'abc' });
    write('a', 'b');
    const { gaps, warnings, ledger } = await it_.process({ startFrom: 'now' }).run();
    assert.equal(ledger.delivered, 2);
    assert.match(warnings.join(), /"abc" is no resource version/);
    assert.deepEqual(
      gaps.map(({ cause, fromVersion, toVersion, recovered }) => ({ cause, fromVersion, toVersion, recovered })),
      [{ cause: 'unreadable-token', fromVersion: 'abc', toVersion: '2', recovered: 2 }],
    );
    assert.equal(tokenStored()?.resourceVersion, '2');
  });
});

describe('a collector whose API server has lost its history', () => {
  beforeEach(async () => {
    write(...'abcde');
    await it_.process().run();
    it_.world.rewrite(2);
    it_.store.log.length = 0;
  });

  it('delivers everything that is there now, removes the token, and says so', async () => {
    const [id] = write('z');
    const { gaps, warnings, ledger, status } = await it_.process({ pageSize: 2 }).run();
    assert.equal(status, 'ok');
    assert.equal(ledger.delivered, 3);
    assert.ok(id !== undefined && told().includes(id));
    assert.match(warnings.join(), /history was rewritten .* read up to 5; every event it holds now is delivered/);
    assert.deepEqual(
      gaps.map(({ cause, fromVersion, toVersion, loss }) => [cause, fromVersion, toVersion, loss]),
      [['rewound', '5', '3', 'rewritten']],
    );
    const marked = ['load event', 'remove event', 'save event rewritten after 5'];
    assert.deepEqual(it_.store.log.slice(0, 4), [...marked, 'save event - …[3,"z"]']);
    assert.equal(tokenStored()?.resourceVersion, '3');
  });

  it('has removed the token before it delivers', async () => {
    const stored: unknown[] = [];
    const { commit } = it_.sender;
    it_.sender.commit = (options) => {
      stored.push(tokenStored());
      return commit.call(it_.sender, options);
    };
    await it_.process().run();
    assert.deepEqual(stored, [{ resourceVersion: 'rewritten after 5' }], 'a mark, and no version');
  });

  it('loses nothing to a store that can not remove it now', async () => {
    const [id] = write('z');
    const process = it_.process({ pageSize: 1 });
    const { remove } = it_.store;
    it_.store.remove = () => Promise.reject(new Error('refused'));
    const first = await process.run();
    assert.deepEqual([first.status, first.error?.code, first.ledger.delivered], ['failed', 'TOKEN_STORE_FAILED', 3]);
    assert.equal(tokenStored()?.resourceVersion, '5', 'a token of the new history would be lower, and was not stored');
    it_.store.remove = remove;
    const second = await process.run();
    assert.deepEqual([second.status, second.ledger.delivered, tokenStored()?.resourceVersion], ['ok', 0, '3']);
    assert.ok(id !== undefined && told().includes(id));
  });

  it('finds it in a list for another cause, too', async () => {
    const { gaps } = await it_.process({ resyncPeriodMs: 1 }).run();
    assert.equal(gaps[0]?.cause, 'rewound');
    assert.equal(tokenStored()?.resourceVersion, '2');
  });
});
