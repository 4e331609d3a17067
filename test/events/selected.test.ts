/** Collecting what a field selector lets pass, over real HTTP: what is asked of the server, and where it goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventCollectorOptions } from '../../src/events/options.ts';
import { coreEvent } from '../../src/testing/index.ts';
import { type Watching, watching } from './watching.ts';

/** Each event alone, as ids are easy to follow then; the selector is used all the same. */
const selecting = (filteredEventTypes: readonly string[], more: EventCollectorOptions = {}): EventCollectorOptions => ({
  bundling: 'unspecified',
  batchWindowMs: 0,
  filteredEventTypes,
  ...more,
});

const warnings = selecting(['type=Warning']);

function add(its: Watching, type: 'Normal' | 'Warning', ...names: readonly string[]): void {
  for (const name of names) its.server.addEvent(coreEvent({ name, type, object: { name } }));
}

/** Ids of every version of these events. */
const versionsOf = (its: Watching, ...names: readonly string[]): readonly string[] =>
  its.server.eventVersions.filter(({ name }) => names.includes(name)).map(({ id }) => id);

const eventRequests = (its: Watching) =>
  its.server.requests.filter(({ path, method }) => method === 'GET' && path.endsWith('/events'));

/** The first page is answered as always. */
function secondPageFails({ server }: Watching): void {
  const path = '/api/v1/events';
  server.fail({ path, times: 1 });
  server.fail({ path, times: 100, status: 500 });
}

function assertTold(its: Watching, ...names: readonly string[]): void {
  assert.deepEqual([...its.told()].sort(), [...versionsOf(its, ...names)].sort());
}

describe('selected events', () => {
  it('are selected by the server, in every list and watch, and nothing else is read', async (t) => {
    const its = await watching(t);
    add(its, 'Warning', 'a', 'b', 'c');
    add(its, 'Normal', 'x', 'y');
    const unit = its.unit(selecting(['OOM', 'type = Warning', ''], { pageSize: 2 }));
    await unit.run();
    await its.calm();
    add(its, 'Warning', 'd');
    add(its, 'Normal', 'z');
    await its.calm();
    const { ledger } = await unit.run();
    assert.deepEqual([ledger.read, ledger.delivered, ledger.filtered], [4, 4, 0]);
    assertTold(its, 'a', 'b', 'c', 'd');
    const asked = eventRequests(its).filter(({ query }) => !query['resourceVersion'] || query['watch']);
    assert.deepEqual(
      asked.map(({ query }) => [query['watch'] ?? 'list', query['fieldSelector']]),
      [
        ['list', 'reason!=OOM,type=Warning'],
        ['list', 'reason!=OOM,type=Warning'],
        ['true', 'reason!=OOM,type=Warning'],
      ],
    );
  });

  it('are selected in poll mode and in each namespace too', async (t) => {
    const its = await watching(t);
    its.server.addNamespace('shop');
    const unit = its.unit(selecting(['type=Warning'], { mode: 'poll', namespaces: ['default', 'shop'] }));
    add(its, 'Warning', 'a');
    add(its, 'Normal', 'x');
    const run = unit.unit.run(its.context());
    await its.clock.runUntil(run, { idle: () => its.server.idle() });
    assertTold(its, 'a');
    const unselected = eventRequests(its).filter(({ query }) => query['fieldSelector'] !== 'type=Warning');
    assert.deepEqual(
      unselected.map(({ query }) => Object.keys(query)),
      unselected.map(() => ['limit', 'resourceVersion']),
      'only the proof of the history is not',
    );
    assert.ok(eventRequests(its).length - unselected.length >= 4);
  });

  it('are not selected where only the named ones are sent', async (t) => {
    const its = await watching(t);
    const unit = its.unit({ filteredEventTypes: ['type=Warning'] });
    add(its, 'Normal', 'x');
    await unit.run();
    await its.calm();
    assertTold(its, 'x');
    assert.ok(eventRequests(its).every(({ query }) => query['fieldSelector'] === undefined));
  });

  it('are those that come to match, and one that no longer does is nothing', async (t) => {
    const its = await watching(t);
    add(its, 'Normal', 'a');
    const unit = its.unit(warnings);
    await unit.run();
    await its.calm();
    its.server.updateEvent({ name: 'a' }, { type: 'Warning' });
    await its.calm();
    const matching = its.server.eventVersions.at(-1)?.id;
    its.server.updateEvent({ name: 'a' }, { type: 'Normal' });
    await its.calm();
    const { ledger } = await unit.run();
    assert.deepEqual([its.told(), ledger.read, ledger.pending], [[matching], 1, 0]);
  });

  it('come once where nothing that is selected has come for so long that the token is gone', async (t) => {
    const its = await watching(t);
    add(its, 'Warning', 'a');
    const unit = its.unit(warnings);
    await unit.run();
    await its.calm();
    for (let minutes = 0; minutes < 7; minutes++) {
      add(its, 'Normal', `x${minutes}`);
      if (minutes === 5) add(its, 'Warning', 'b');
      await its.pass(60_000);
      its.server.compact();
      if (minutes === 3) its.server.cutWatches();
    }
    add(its, 'Warning', 'c');
    await its.pass(120_000);
    await its.calm();
    assertTold(its, 'a', 'b', 'c');
    assert.deepEqual(its.sender.duplicateSourceIds(), []);
    const lists = eventRequests(its).filter(({ query }) => !query['resourceVersion'] && !query['watch']);
    assert.ok(lists.length > 1, 'it was listed again');
    assert.ok(lists.every(({ query }) => query['fieldSelector'] === 'type=Warning'));
    assert.equal((await unit.run()).ledger.pending, 0);
  });

  it('of a process that was away while its token went are found by a list, once', async (t) => {
    const its = await watching(t);
    add(its, 'Warning', 'a');
    const before = its.unit(warnings);
    await before.run();
    await its.calm();
    await before.stop();
    add(its, 'Normal', 'x', 'y');
    add(its, 'Warning', 'b');
    its.server.compact();
    const unit = its.unit(warnings);
    await unit.run();
    await its.calm();
    const { gaps } = await unit.run();
    assertTold(its, 'a', 'b');
    assert.equal(gaps.length, 1);
  });

  it('are those from now on, where it begins now', async (t) => {
    const its = await watching(t);
    add(its, 'Warning', 'old');
    add(its, 'Normal', 'x');
    const unit = its.unit(selecting(['type=Warning'], { startFrom: 'now' }));
    await unit.run();
    await its.calm();
    add(its, 'Normal', 'y');
    add(its, 'Warning', 'new');
    await its.calm();
    assertTold(its, 'new');
  });

  it('begin now also where there is none yet', async (t) => {
    const its = await watching(t);
    add(its, 'Normal', 'x');
    const unit = its.unit(selecting(['type=Warning'], { startFrom: 'now' }));
    await unit.run();
    await its.calm();
    add(its, 'Warning', 'new');
    await its.calm();
    assertTold(its, 'new');
  });

  it('are listed from the beginning by another selector, as the place in the unfinished list is not its own', async (t) => {
    const its = await watching(t);
    add(its, 'Warning', 'a', 'c', 'e');
    add(its, 'Normal', 'b', 'd', 'f');
    const paged = { pageSize: 2, checkpointIntervalMs: 0 };
    const first = its.unit(selecting(['type=Warning'], paged));
    secondPageFails(its);
    await first.run();
    await its.calm();
    await first.stop();
    assertTold(its, 'a', 'c');
    assert.equal(its.store.tokens.get('event')?.relist?.selector, 'type=Warning');
    its.server.clearFaults();

    const second = its.unit(selecting(['type!=Unknown'], paged));
    const from = its.server.requests.length;
    await second.run();
    await its.calm();
    const [list] = eventRequests(its).filter((request) => its.server.requests.indexOf(request) >= from);
    assert.deepEqual(list?.query, { limit: '2', fieldSelector: 'type!=Unknown' });
    const told = new Set(its.told());
    for (const id of versionsOf(its, 'a', 'b', 'c', 'd', 'e', 'f')) assert.ok(told.has(id), id);
    assert.deepEqual([...its.sender.duplicateSourceIds()].sort(), [...versionsOf(its, 'a', 'c')].sort());
  });

  it('go on in an unfinished list with the same selector, once', async (t) => {
    const its = await watching(t);
    add(its, 'Warning', 'a', 'c', 'e');
    add(its, 'Normal', 'b', 'd');
    const options = selecting(['type=Warning'], { pageSize: 2, checkpointIntervalMs: 0 });
    const first = its.unit(options);
    secondPageFails(its);
    await first.run();
    await its.calm();
    await first.stop();
    its.server.clearFaults();
    const second = its.unit(options);
    await second.run();
    await its.calm();
    assertTold(its, 'a', 'c', 'e');
    assert.deepEqual(its.sender.duplicateSourceIds(), []);
  });

  it('go on at the token with another selector: what was left out before stays out', async (t) => {
    const its = await watching(t);
    const first = its.unit(warnings);
    await first.run();
    await its.calm();
    add(its, 'Normal', 'x');
    add(its, 'Warning', 'a');
    await its.calm();
    await first.stop();
    const second = its.unit(selecting([]));
    await second.run();
    add(its, 'Normal', 'y');
    await its.calm();
    assertTold(its, 'a', 'y');
    assert.deepEqual(its.sender.duplicateSourceIds(), []);
  });

  it('fail clearly where the server knows the field not', async (t) => {
    const its = await watching(t);
    const message = 'field label not supported: reportingComponent';
    its.server.fail({
      query: { fieldSelector: 'reportingComponent!=kubelet' },
      times: 100,
      status: 400,
      body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'BadRequest', message, code: 400 },
    });
    const unit = its.unit(selecting(['reportingComponent!=kubelet']));
    await unit.run();
    await its.calm();
    const { status, error } = await unit.run();
    assert.equal(status, 'failed');
    assert.equal(error?.code, 'API_INVALID');
    assert.match(error.message, /HTTP 400: field label not supported: reportingComponent/);
  });

  it('are told to be suspicious in each report, where they are', async (t) => {
    const its = await watching(t);
    const unit = its.unit(selecting(['kind:Pod']));
    for (let runs = 0; runs < 2; runs++) {
      const { warnings: said } = await unit.run();
      assert.deepEqual(
        said.map((text) => /^filteredEventTypes\[0\]: .*\(write "involvedObject.kind!=Pod"\)$/.test(text)),
        [true],
      );
    }
  });

  it('are no more suspicious than a report can bear', async (t) => {
    const its = await watching(t);
    const words = Array.from({ length: 60 }, (_, index) => `kind:${index}`);
    const { warnings: said } = await its.unit(selecting(words)).run();
    assert.deepEqual([said.length, said.at(-1)], [51, 'and 10 more warnings']);
  });

  it('of a selector that the server would refuse are never asked for', async (t) => {
    const its = await watching(t);
    const unit = its.unit(selecting(['count!=1']));
    await unit.run();
    await its.calm();
    const { status, error } = await unit.run();
    assert.deepEqual([status, error?.code], ['failed', 'CONFIG_INVALID']);
    assert.deepEqual(eventRequests(its), []);
  });
});
