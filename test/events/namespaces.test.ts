/** Several namespaces over real HTTP: a watch and a token each, and what fails in one is its own affair. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreEvent } from '../../src/testing/index.ts';
import { MemoryTokenStore } from '../../src/tokens/memory.ts';
import { type Watching, watching } from './watching.ts';

const addIn = ({ server }: Watching, namespace: string, ...names: readonly string[]): void => {
  for (const name of names) server.addEvent(coreEvent({ namespace, name, object: { name } }));
};
const lists = ({ server }: Watching): readonly string[] =>
  server.requests
    .filter(({ path, query }) => path.endsWith('/events') && query['resourceVersion'] === undefined)
    .map(({ path }) => path);

for (const mode of ['poll', 'watch'] as const) {
  describe(`namespaces in ${mode} mode`, () => {
    /** Events that are there are read, and told of. */
    async function collected(its: Watching, unit: ReturnType<Watching['unit']>) {
      const first = await its.clock.runUntil(unit.unit.run(its.context()), { idle: its.calm });
      if (mode === 'poll') return first;
      await its.pass(2000);
      return await unit.unit.run(its.context());
    }

    it('have a watch and a token each, and nothing else is read', async (t) => {
      const its = await watching(t);
      addIn(its, 'shop', 'a', 'b');
      addIn(its, 'bank', 'c');
      addIn(its, 'other', 'd');
      its.server.allowOnly(
        ['shop', 'bank'].map((namespace) => ({ verbs: ['list', 'watch'], group: '', resource: 'events', namespace })),
      );
      const store = new MemoryTokenStore();
      const unit = its.unit({ mode, namespaces: ['shop', 'bank'] }, { store });
      const outcome = await collected(its, unit);
      assert.deepEqual([outcome?.status, outcome?.events?.ledger.delivered], ['ok', 3]);
      assert.deepEqual([...(await store.keys())].sort(), ['event.bank', 'event.shop']);
      const wanted = its.server.eventVersions.filter(({ namespace }) => namespace !== 'other').map(({ id }) => id);
      assert.deepEqual([...its.told()].sort(), [...wanted].sort());
      if (mode === 'watch') assert.equal(its.server.openWatches.length, 2);
    });

    it('take nothing from each other: where one may not be read, it is named, and the others are delivered', async (t) => {
      const its = await watching(t);
      addIn(its, 'shop', 'a');
      addIn(its, 'bank', 'b');
      const allow = its.server.deny((asked) => asked.path === undefined && asked.namespace === 'bank');
      const unit = its.unit({ mode, namespaces: ['shop', 'bank'] });
      const outcome = await collected(its, unit);
      assert.ok(outcome?.status === 'failed');
      assert.equal(outcome.error.code, 'API_DENIED');
      assert.match(outcome.error.message, /^bank: /);
      assert.deepEqual(Object.keys(outcome.error.details['scopes'] as object), ['bank']);
      assert.equal(its.told().length, 1);
      allow();
      await collected(its, unit);
      await its.pass(1000);
      its.assertAllOnce();
    });

    it('keep their places when others are added or removed', async (t) => {
      const its = await watching(t);
      const store = new MemoryTokenStore();
      addIn(its, 'shop', 'a');
      addIn(its, 'bank', 'b');
      const process = async (namespaces: readonly string[] | undefined) => {
        const unit = its.unit({ mode, ...(namespaces ? { namespaces } : {}) }, { store });
        await collected(its, unit);
        await unit.stop();
      };
      await process(['shop']);
      addIn(its, 'shop', 'c');
      await process(['shop', 'bank']);
      addIn(its, 'bank', 'd');
      addIn(its, 'shop', 'e');
      await process(['bank']);
      addIn(its, 'bank', 'f');
      await process(['shop', 'bank']);
      its.assertAllOnce();
      assert.deepEqual(lists(its), ['/api/v1/namespaces/shop/events', '/api/v1/namespaces/bank/events']);
    });

    it('start where the whole cluster was left, and the cluster where the lowest of them was', async (t) => {
      const its = await watching(t);
      const store = new MemoryTokenStore();
      const process = async (namespaces: readonly string[] | undefined) => {
        const unit = its.unit({ mode, ...(namespaces ? { namespaces } : {}) }, { store });
        await collected(its, unit);
        await unit.stop();
      };
      addIn(its, 'shop', 'a');
      addIn(its, 'bank', 'b');
      await process(undefined);
      addIn(its, 'shop', 'c');
      await process(['shop', 'bank']);
      its.assertAllOnce();
      addIn(its, 'bank', 'd');
      await process(undefined);
      addIn(its, 'shop', 'e');
      await process(undefined);
      assert.deepEqual(new Set(its.told()), new Set(its.server.eventVersions.map(({ id }) => id)));
      const [lowest] = [await store.load('event.shop'), await store.load('event.bank')]
        .map((token) => Number(token?.resourceVersion))
        .sort((a, b) => a - b);
      for (const id of its.sender.duplicateSourceIds())
        assert.ok(Number(id.split(':')[1]) > (lowest ?? 0), `${id} is at or below the lowest token`);
      assert.equal(lists(its).length, 1, 'everything else went on from a place');
    });

    it('that do not exist are said, once nothing comes', async (t) => {
      const its = await watching(t);
      const warnings: string[] = [];
      const unit = its.unit({ mode, namespaces: ['nowhere'] });
      const context = { ...its.context(), warn: (message: string) => void warnings.push(message) };
      await its.clock.runUntil(unit.unit.run(context), { idle: its.calm });
      assert.match(warnings.join(), /the namespace "nowhere" does not exist/);
      its.server.addNamespace('nowhere');
      warnings.length = 0;
      await its.clock.runUntil(unit.unit.run(context), { idle: its.calm });
      assert.deepEqual(warnings, []);
    });
  });
}

it('namespaces ask for rights in them alone', async (t) => {
  const its = await watching(t);
  const { permissions = [] } = its.unit({ namespaces: ['shop', 'bank'] }).unit;
  const events = { verbs: ['list', 'watch'], group: '', resource: 'events' };
  const pods = { verbs: ['get'], group: '', resource: 'pods' };
  const jobs = { verbs: ['get'], group: 'batch', resource: 'jobs' };
  assert.deepEqual(
    permissions,
    ['shop', 'bank'].flatMap((namespace) => [events, pods, jobs].map((right) => ({ ...right, namespace }))),
  );
});
