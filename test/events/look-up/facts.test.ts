import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import { anEvent } from '../kube-event.ts';
import {
  type Found,
  hostEvent,
  job,
  jobEvent,
  jobPath,
  lookingUp,
  node,
  nodePath,
  pod,
  podEvent,
  podPath,
} from './looking-up.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('what is asked about an event', () => {
  const cases: readonly (readonly [string, KubeEvent, readonly string[], Found])[] = [
    [
      'a pod of which the event does not say the host, and then the node it runs on',
      podEvent('cart', 'u-cart'),
      [podPath('cart'), nodePath('worker-1')],
      { node: 'worker-1', providerId: 'i-1' },
    ],
    [
      'only the node where the event says the host of a pod',
      hostEvent('worker-1'),
      [nodePath('worker-1')],
      { node: 'worker-1', providerId: 'i-1' },
    ],
    [
      'a node itself, whatever uid the kubelet gives it',
      anEvent({ object: { kind: 'Node', namespace: '', name: 'worker-1', uid: 'worker-1' } }),
      [nodePath('worker-1')],
      { node: 'worker-1', providerId: 'i-1' },
    ],
    ['a Job with the name of a scheduled one', jobEvent('rep-2970', 'j-1'), [jobPath('rep-2970')], { cronJob: 'rep' }],
    ['no other Job', jobEvent('rep', 'j-2'), [], {}],
    ['no other kind', anEvent({ host: 'worker-1', object: { kind: 'Deployment' } }), [], {}],
    ['a pod that is gone', podEvent('gone', 'u-gone'), [podPath('gone')], {}],
    ['a pod made anew under the name is another one', podEvent('cart', 'u-old'), [podPath('cart')], {}],
    ['a Job made anew under the name is another one', jobEvent('rep-2970', 'j-0'), [jobPath('rep-2970')], {}],
    [
      'a pod that the event names without a uid',
      podEvent('cart', ''),
      [podPath('cart'), nodePath('worker-1')],
      { node: 'worker-1', providerId: 'i-1' },
    ],
    ['a Job that is nobody’s', jobEvent('own-2970', 'j-3'), [jobPath('own-2970')], {}],
    ['a node that the cloud knows nothing of', hostEvent('bare'), [nodePath('bare')], { node: 'bare' }],
    ['nothing that no object can be called', podEvent('../../../secrets', 'u'), [], {}],
    ['nothing in what no namespace can be called', anEvent({ object: { namespace: 'a/../b', name: 'x' } }), [], {}],
    ['no node that none can be called', hostEvent('worker-1?watch=true'), [], { node: 'worker-1?watch=true' }],
    ['nothing of a name too long', podEvent('x'.repeat(254), 'u'), [], {}],
    ['nothing of a uid too long, which memory must not keep', podEvent('cart', 'u'.repeat(254)), [], {}],
    ['a node whose provider id is too long to keep', hostEvent('long'), [nodePath('long')], { node: 'long' }],
  ];
  for (const [what, event, asked, found] of cases)
    test(what, async (t) => {
      const { server, about } = await lookingUp(t);
      server.setPods([pod('cart', 'u-cart', 'worker-1')]);
      server.setNodes([node('worker-1', 'aws:///z/i-1'), node('bare'), node('long', 'i'.repeat(1025))]);
      server.setJobs([job('rep-2970', 'j-1', 'rep'), job('rep', 'j-2', 'rep'), job('own-2970', 'j-3')]);
      const batch = await about([event]);
      assert.deepEqual(batch, { found: [found], warnings: [], asked, tookMs: 0 });
    });
});

test('each object is asked for once in a batch', async (t) => {
  const { server, about } = await lookingUp(t);
  server.setPods([pod('cart', 'u-cart', 'worker-1')]);
  server.setNodes([node('worker-1', 'i-1')]);
  const { asked, found } = await about([podEvent('cart', 'u-cart'), podEvent('cart', 'u-cart'), hostEvent('worker-1')]);
  assert.deepEqual(new Set(asked), new Set([podPath('cart'), nodePath('worker-1')]));
  assert.equal(asked.length, 2);
  assert.deepEqual(found, Array(3).fill({ node: 'worker-1', providerId: 'i-1' }));
});

test('a batch can be about a pod and the one that was made anew under its name', async (t) => {
  const { server, about } = await lookingUp(t, { lookUp: ['pods'] });
  server.setPods([pod('db-0', 'u-1', 'worker-1')]);
  await about([podEvent('db-0', 'u-1')]);
  server.setPods([pod('db-0', 'u-2', 'worker-2')]);
  const { found, asked } = await about([podEvent('db-0', 'u-1'), podEvent('db-0', 'u-2'), podEvent('db-0', 'u-0')]);
  assert.deepEqual(found, [{ node: 'worker-1' }, { node: 'worker-2' }, {}]);
  assert.deepEqual(asked, [podPath('db-0'), podPath('db-0')]);
});

describe('only the kinds that are wanted are asked for', () => {
  const events = [podEvent('cart', 'u-cart'), jobEvent('rep-2970', 'j-1')];
  for (const [kinds, asked] of [
    [['pods'], [podPath('cart')]],
    [['nodes'], []],
    [['jobs'], [jobPath('rep-2970')]],
    [
      ['pods', 'nodes'],
      [podPath('cart'), nodePath('worker-1')],
    ],
  ] as const)
    test(kinds.join(' and '), async (t) => {
      const { server, about } = await lookingUp(t, { lookUp: [...kinds] });
      server.setPods([pod('cart', 'u-cart', 'worker-1')]);
      server.setJobs([job('rep-2970', 'j-1', 'rep')]);
      assert.deepEqual((await about(events)).asked, asked);
    });

  test('none at all', async (t) => {
    const { lookUp, about } = await lookingUp(t, { lookUp: [] });
    assert.deepEqual((await about(events)).asked, []);
    assert.equal(lookUp.stats, undefined);
  });
});

describe('what was found is kept', () => {
  const cases: readonly (readonly [what: string, KubeEvent, asked: string, keptMs: number])[] = [
    ['of a pod with a node for an hour', podEvent('cart', 'u-cart'), podPath('cart'), hour],
    ['that a pod is gone for an hour, as a uid never comes back', podEvent('gone', 'u'), podPath('gone'), hour],
    ['that a pod is another one, as well', podEvent('cart', 'u-old'), podPath('cart'), hour],
    ['of a pod without uid for ten seconds', podEvent('cart', ''), podPath('cart'), 10 * second],
    ['that there is no pod of a name for ten seconds', podEvent('gone', ''), podPath('gone'), 10 * second],
    ['of a pod without a node for its batch alone', podEvent('new', 'u-new'), podPath('new'), 1],
    ['of a node with a provider id for an hour', hostEvent('worker-1'), nodePath('worker-1'), hour],
    ['of a node without one for a minute', hostEvent('bare'), nodePath('bare'), minute],
    ['that a node is gone for a minute', hostEvent('gone'), nodePath('gone'), minute],
    ['of a Job for half an hour', jobEvent('rep-2970', 'j-1'), jobPath('rep-2970'), 30 * minute],
    ['that a Job is gone for half an hour', jobEvent('gone-2970', 'j'), jobPath('gone-2970'), 30 * minute],
    ['of a Job without uid for its batch alone', jobEvent('rep-2970', ''), jobPath('rep-2970'), 1],
  ];
  for (const [what, event, path, keptMs] of cases)
    test(what, async (t) => {
      const { server, about, pass } = await lookingUp(t);
      server.setPods([pod('cart', 'u-cart', 'worker-2'), pod('new', 'u-new')]);
      server.setNodes([node('worker-1', 'i-1'), node('bare')]);
      server.setJobs([job('rep-2970', 'j-1', 'rep')]);
      const isAsked = async () => (await about([event])).asked.includes(path);
      assert.equal(await isAsked(), true);
      await pass(keptMs);
      assert.equal(await isAsked(), false, 'still known');
      await pass(1);
      assert.equal(await isAsked(), true, 'no longer known');
    });
});

test('a pod that gets its node is found by the next event', async (t) => {
  const { server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
  server.setPods([pod('new', 'u-new')]);
  assert.deepEqual((await about([podEvent('new', 'u-new')])).found, [{}]);
  server.setPods([pod('new', 'u-new', 'worker-3')]);
  await pass(501);
  assert.deepEqual((await about([podEvent('new', 'u-new')])).found, [{ node: 'worker-3' }]);
});

test('hits, misses and failures are counted', async (t) => {
  const looking = await lookingUp(t);
  const { server, about } = looking;
  server.setPods([pod('cart', 'u-cart', 'worker-1')]);
  server.setNodes([node('worker-1', 'i-1')]);
  await about([podEvent('cart', 'u-cart')]);
  assert.deepEqual(looking.stats, { hits: 0, misses: 2, failures: 0, late: 0 });
  await about([podEvent('cart', 'u-cart'), podEvent('cart', 'u-cart')]);
  assert.deepEqual(looking.stats, { hits: 4, misses: 2, failures: 0, late: 0 });
  server.fail({ status: 500 });
  await about([jobEvent('rep-2970', 'j-1')]);
  assert.deepEqual(looking.stats, { hits: 4, misses: 3, failures: 1, late: 0 });
});

test('no more is kept than there is room for: the oldest is asked for again', async (t) => {
  const looking = await lookingUp(t, { lookUp: ['jobs'] });
  const names = Array.from({ length: 1001 }, (_, i) => `rep-${1000 + i}`);
  for (let i = 0; i < names.length; i += 100) await looking.about(names.slice(i, i + 100).map((n) => jobEvent(n, n)));
  assert.equal(looking.stats.misses, 1001);
  const { asked } = await looking.about([jobEvent('rep-2000', 'rep-2000'), jobEvent('rep-1000', 'rep-1000')]);
  assert.deepEqual(asked, [jobPath('rep-1000')]);
});

describe('what is no object of the API is a failure, and not kept', () => {
  for (const [what, body] of [
    ['an empty object', {}],
    ['a list', []],
    ['an object without uid', { metadata: { name: 'cart' }, spec: { nodeName: 'worker-1' } }],
    ['a page of a proxy', '<html>please log in</html>'],
  ] as const)
    test(what, async (t) => {
      const looking = await lookingUp(t, { lookUp: ['pods'] });
      looking.server.fail({ path: podPath('cart'), body: typeof body === 'string' ? body : JSON.stringify(body) });
      const { found, warnings, tookMs } = await looking.about([podEvent('cart', 'u-cart')]);
      assert.deepEqual([found, warnings.length, tookMs], [[{}], 1, 0]);
      assert.deepEqual(looking.stats, { hits: 0, misses: 1, failures: 1, late: 0 });
      looking.server.setPods([pod('cart', 'u-cart', 'worker-1')]);
      await looking.pass(60_000);
      assert.deepEqual((await looking.about([podEvent('cart', 'u-cart')])).found, [{ node: 'worker-1' }]);
    });
});

test('fields of another type than they should be say nothing', async (t) => {
  const { server, about } = await lookingUp(t);
  server.fail({ path: podPath('cart'), body: { metadata: { uid: 'u-cart' }, spec: { nodeName: { a: 1 } } } });
  server.fail({ path: nodePath('worker-1'), body: { metadata: { uid: 'n' }, spec: 'none' } });
  const ownerReferences = [null, 7, { controller: 'true' }, { controller: true, kind: ['CronJob'], name: 8 }];
  server.fail({ path: jobPath('rep-2970'), body: { metadata: { uid: 'j-1', ownerReferences } } });
  const { found, warnings } = await about([
    podEvent('cart', 'u-cart'),
    hostEvent('worker-1'),
    jobEvent('rep-2970', 'j-1'),
  ]);
  assert.deepEqual([found, warnings], [[{}, { node: 'worker-1' }, {}], []]);
});
