/** A collector and a token store that fails, at each time at which it can. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { KubeCheckError } from '../../src/errors.ts';
import { type Collecting, collecting } from './collecting.ts';

let it_: Collecting;
beforeEach(() => {
  it_ = collecting();
});

const write = (...keys: readonly string[]): readonly string[] => keys.map((key) => it_.world.write(key));
const tokenStored = () => it_.store.tokens.get('event')?.resourceVersion;

describe('a collector whose token store', () => {
  it('can not be read reads nothing: the next run tries again', async () => {
    write('a');
    it_.store.failNext(1);
    const process = it_.process();
    const { status, error, ledger } = await process.run();
    assert.deepEqual([status, error?.code, ledger.read], ['failed', 'TOKEN_STORE_FAILED', 0]);
    assert.match(error?.message ?? '', /could not be loaded: refused$/);
    assert.deepEqual(it_.world.asked, []);
    assert.deepEqual([(await process.run()).status, tokenStored()], ['ok', '1']);
  });

  it('fails in the middle of a run costs a warning, where the save at the end works', async () => {
    write(...'abc');
    const process = it_.process({ pageSize: 1, checkpointIntervalMs: 0 });
    let saves = 0;
    it_.sender.commit = async () => {
      if (++saves === 2) it_.store.failNext(1);
    };
    const { status, warnings } = await process.run();
    assert.equal(status, 'ok');
    assert.deepEqual(warnings, ['the event token could not be saved: refused']);
    assert.equal(tokenStored(), '3');
    assert.ok(it_.store.log.some((line) => line.endsWith('failed')));
  });

  it('fails at the end fails the run, and is tried again in the next, though nothing is new', async () => {
    write('a');
    const process = it_.process();
    const { save } = it_.store;
    it_.store.save = () => Promise.reject(new Error('refused'));
    const { status, error, ledger, caughtUp } = await process.run();
    assert.deepEqual([status, error?.code, ledger.delivered, caughtUp], ['failed', 'TOKEN_STORE_FAILED', 1, false]);
    it_.store.save = save;
    const second = await process.run();
    assert.deepEqual([second.status, second.ledger.read, tokenStored()], ['ok', 0, '1']);
    assert.deepEqual(it_.sender.duplicateSourceIds(), []);
  });

  it('fails beside something else is told as a warning: neither hides the other', async () => {
    write('a', 'b');
    const process = it_.process({ pageSize: 1 });
    const { save } = it_.store;
    let saves = 0;
    it_.store.save = (...asked) =>
      ++saves > 1 ? Promise.reject(new Error('disk full')) : save.apply(it_.store, asked);
    it_.world.onRequest = (ask) => (ask.startsWith('watch') ? { status: 403 } : undefined);
    const { error, warnings } = await process.run();
    assert.equal(error?.code, 'API_DENIED');
    assert.deepEqual(warnings, ['the event token could not be saved: disk full']);
    assert.equal(saves, 2, 'one as the first page was committed, one at the end');
  });

  it('never answers holds no run for ever', async () => {
    write('a');
    const process = it_.process();
    it_.store.save = () => new Promise(() => undefined);
    const { status, error } = await process.run();
    assert.deepEqual([status, error?.code], ['failed', 'TOKEN_STORE_FAILED']);
    assert.match(error?.message ?? '', /no answer within 60000 ms/);
  });

  it('belongs to a later term stops this one: nothing more is delivered', async () => {
    write(...'abcdef');
    const process = it_.process({ pageSize: 1, checkpointIntervalMs: 0 });
    const { save } = it_.store;
    let saves = 0;
    it_.store.save = (...asked) =>
      ++saves > 1 ? Promise.reject(new KubeCheckError('FENCED', 'a later term')) : save.apply(it_.store, asked);
    const { status, error, ledger } = await process.run();
    assert.deepEqual([status, error?.code, ledger.delivered], ['failed', 'FENCED', 2]);
    assert.equal(it_.world.asked.length, 3, 'the third page was asked for while the second was dealt with');
  });

  it('was edited by hand has no say in a process that runs', async () => {
    write('a', 'b');
    const process = it_.process();
    await process.run();
    it_.store.tokens.set('event', { resourceVersion: '1' });
    write('c');
    const { ledger } = await process.run();
    assert.equal(ledger.delivered, 1);
    it_.store.tokens.set('event', { resourceVersion: '999' });
    write('d');
    assert.equal((await process.run()).ledger.delivered, 1);
    assert.equal(tokenStored(), '999', 'the newer one stays');
  });

  it('is asked for a save on stop, if something moved', async () => {
    const process = it_.process();
    await process.stop();
    assert.deepEqual(it_.store.log, []);
    write('a');
    const { save } = it_.store;
    it_.store.save = () => Promise.reject(new Error('refused'));
    await process.run();
    await process.stop();
    assert.equal(tokenStored(), undefined);
    it_.store.save = save;
    await process.stop();
    assert.equal(tokenStored(), '1');
    const { length } = it_.store.log;
    await process.stop();
    assert.equal(it_.store.log.length, length);
  });
});
