import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventCollectorOptions } from '../../../src/events/options.ts';
import { eventUnit } from '../../../src/events/unit.ts';
import { coreEvent, type KubeObject, newStyleEvent } from '../../../src/testing/index.ts';
import { watching } from '../watching.ts';
import { job, node, nodePath, pod } from './looking-up.ts';

await import('lru-cache');

const scheduled = newStyleEvent({ namespace: 'shop', object: { name: 'cart', uid: 'u-cart' } });
const created = coreEvent({
  namespace: 'shop',
  reason: 'SuccessfulCreate',
  component: 'job-controller',
  host: '',
  object: { kind: 'Job', name: 'rep-29701140', uid: 'j-1', apiVersion: 'batch/v1' },
});
const pulled = coreEvent({ namespace: 'shop', host: 'worker-2', object: { name: 'web', uid: 'u-web' } });

const world = {
  pods: [pod('cart', 'u-cart', 'worker-1')],
  nodes: [node('worker-1', 'aws:///z/i-1'), node('worker-2', 'aws:///z/i-2')],
  jobs: [job('rep-29701140', 'j-1', 'rep')],
};

/** Delivers these in watch mode, and says what of the events was looked up. */
async function deliver(
  t: Parameters<typeof watching>[0],
  events: readonly KubeObject[],
  { fail, ...options }: EventCollectorOptions & { readonly fail?: boolean } = {},
) {
  const its = await watching(t);
  const { server, sender } = its;
  server.setPods(world.pods);
  server.setNodes(world.nodes);
  server.setJobs(world.jobs);
  if (fail) server.fail({ path: /pods|nodes|jobs/, how: 'hang', times: 100 });
  for (const event of events) server.addEvent(event);
  const { unit, run } = its.unit({ bundling: 'all', collectedEventTypes: [], batchWindowMs: 0, ...options });
  await run();
  await its.pass(1000);
  const told = sender.batches
    .flatMap(({ events: all }) => all)
    .map(({ title, hostname, tags = [] }) => [
      title,
      hostname,
      tags.filter((tag) => /^(host_provider_id|kube_cronjob):/.test(tag)),
    ]);
  its.assertAllOnce();
  return { told, server, progress: unit.progress?.(), report: await run() };
}

describe('an events unit that looks things up', () => {
  test('tells the host, the provider id and the CronJob', async (t) => {
    const { told, progress } = await deliver(t, [created, scheduled, pulled]);
    assert.deepEqual(told, [
      ['Events from the Pod shop/cart', 'worker-1', ['host_provider_id:i-1']],
      ['Events from the Job shop/rep-29701140', undefined, ['kube_cronjob:rep']],
      ['Events from the Pod shop/web', 'worker-2', ['host_provider_id:i-2']],
    ]);
    assert.deepEqual(progress?.lookups, { hits: 0, misses: 4, failures: 0, late: 0 });
  });

  test('tells what the events hold themselves where it is to look up nothing', async (t) => {
    const { told, server, progress } = await deliver(t, [scheduled, pulled], { lookUp: [] });
    assert.deepEqual(told, [
      ['Events from the Pod shop/cart', undefined, []],
      ['Events from the Pod shop/web', 'worker-2', []],
    ]);
    assert.equal(progress?.lookups, undefined);
    assert.ok(server.requests.every(({ path }) => path.endsWith('/events')));
  });

  test('delivers every event where nothing is answered, and says so in its report', async (t) => {
    const { told, report, progress } = await deliver(t, [scheduled, pulled], { fail: true });
    assert.deepEqual(told, [
      ['Events from the Pod shop/cart', undefined, []],
      ['Events from the Pod shop/web', 'worker-2', []],
    ]);
    assert.equal(report.status, 'ok');
    assert.equal(report.warnings.length, 1);
    assert.deepEqual(progress?.lookups?.late, 2);
  });

  test('knows for all of its scopes what one of them has found', async (t) => {
    const elsewhere = coreEvent({ namespace: 'bank', host: 'worker-2', object: { name: 'atm' } });
    const { server, progress } = await deliver(t, [pulled, elsewhere], {
      namespaces: ['shop', 'bank'],
      lookUp: ['nodes'],
    });
    assert.equal(server.requests.filter(({ path }) => path === nodePath('worker-2')).length, 1);
    assert.equal(progress?.lookups?.misses, 1);
  });
});

describe('the rights that it asks for', () => {
  const get = (resource: string, group = '') => ({ verbs: ['get'], group, resource });
  const cases: readonly (readonly [string, EventCollectorOptions, readonly object[]])[] = [
    ['in the whole cluster', {}, [get('pods'), get('jobs', 'batch'), get('nodes')]],
    ['those of the kinds that are wanted', { lookUp: ['nodes'] }, [get('nodes')]],
    ['none', { lookUp: [] }, []],
    [
      'in namespaces, where there are no nodes',
      { namespaces: ['shop'] },
      [
        { ...get('pods'), namespace: 'shop' },
        { ...get('jobs', 'batch'), namespace: 'shop' },
      ],
    ],
    [
      'of the whole cluster for nodes that are asked for all the same',
      { namespaces: ['shop'], lookUp: ['nodes'] },
      [get('nodes')],
    ],
  ];
  for (const [what, options, expected] of cases)
    test(what, () => {
      const { permissions = [] } = eventUnit(options);
      assert.deepEqual(
        permissions.filter(
          (right) => 'resource' in right && right.resource !== 'events' && right.resource !== 'configmaps',
        ),
        expected,
      );
    });
});
