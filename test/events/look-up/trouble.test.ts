import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLookUp } from '../../../src/events/look-up/create-look-up.ts';
import { ManualClock } from '../../../src/testing/index.ts';
import { hostEvent, job, jobEvent, jobPath, lookingUp, node, nodePath, pod, podEvent, podPath } from './looking-up.ts';

const minute = 60_000;
const podNames = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `p-${i}`);
const podEvents = (count: number) => podNames(count).map((name) => podEvent(name, `u-${name}`));

describe('a slow server', () => {
  test('delays a batch by half a second and no longer; what comes later is there for the next one', async (t) => {
    const looking = await lookingUp(t, { lookUp: ['pods'] });
    const { server, about, pass } = looking;
    server.setPods([pod('cart', 'u-cart', 'worker-1')]);
    server.fail({ path: podPath('cart'), delayMs: 700 });
    const first = await about([podEvent('cart', 'u-cart')]);
    assert.deepEqual([first.found, first.tookMs, first.asked], [[{}], 500, [podPath('cart')]]);
    assert.deepEqual(first.warnings, [
      'events go for now without what would have to be looked up: the API server did not answer within 500 ms',
    ]);
    assert.deepEqual(looking.stats, { hits: 0, misses: 1, failures: 0, late: 1 });
    await pass(200);
    const next = await about([podEvent('cart', 'u-cart')]);
    assert.deepEqual(next, { found: [{ node: 'worker-1' }], warnings: [], asked: [], tookMs: 0 });
    assert.deepEqual(looking.stats, { hits: 1, misses: 1, failures: 0, late: 1 });
  });

  test('is asked no second time for what is under way', async (t) => {
    const { server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
    server.setPods([pod('cart', 'u-cart', 'worker-1'), pod('web', 'u-web', 'worker-2')]);
    server.fail({ path: podPath('cart'), delayMs: 1600 });
    // The answer about the other pod says that the server is well.
    await about([podEvent('cart', 'u-cart'), podEvent('web', 'u-web')]);
    await pass(1000);
    const { found, asked, tookMs } = await about([podEvent('cart', 'u-cart')]);
    assert.deepEqual([found, asked, tookMs], [[{ node: 'worker-1' }], [], 100]);
  });

  test('is not waited for by every batch, but by one now and then', async (t) => {
    const { clock, server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
    server.fail({ path: /pods/, delayMs: 600, times: 1000 });
    const warnings: string[] = [];
    let waitedMs = 0;
    let waits = 0;
    for (const event of podEvents(600)) {
      const batch = await about([event]);
      warnings.push(...batch.warnings);
      waitedMs += batch.tookMs;
      if (batch.tookMs > 0) waits++;
      await pass(100);
    }
    assert.ok(clock.monotonicMs() >= minute);
    assert.deepEqual([warnings.length, waitedMs], [1, waits * 500]);
    assert.ok(waits >= 3 && waits <= 7, `${waits} batches waited in a minute`);
  });

  test('that gets well again is asked again, and its next trouble is told, but not before ten minutes', async (t) => {
    const { server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
    const warningsOf = async (name: string) => {
      await pass(minute);
      return (await about([podEvent(name, `u-${name}`)])).warnings.length;
    };
    const told: number[] = [];
    for (let i = 0; i < 11; i++) {
      server.fail({ status: 503 });
      told.push(await warningsOf(`a-${i}`), await warningsOf(`b-${i}`));
    }
    // Every two minutes it fails once.
    assert.deepEqual(
      told.flatMap((count, i) => (count > 0 ? [i] : [])),
      [0, 10, 20],
    );
  });
});

describe('a server that fails', () => {
  for (const [how, fault] of [
    ['with an error', { status: 500 }],
    ['by refusing the credentials', { status: 401 }],
    ['by asking for patience', { status: 429 }],
    ['by cutting connections', { how: 'reset' }],
    ['by answering half', { how: 'truncate' }],
  ] as const)
    test(`${how} is told once, costs no time, and is left alone for a while`, async (t) => {
      const looking = await lookingUp(t, { lookUp: ['pods'] });
      const { server, about, pass } = looking;
      server.setPods(podNames(3).map((name) => pod(name, `u-${name}`, 'worker-1')));
      server.fail({ ...fault, path: /pods/, times: 20 });
      const first = await about(podEvents(3));
      assert.deepEqual([first.tookMs, first.found, first.warnings.length], [0, [{}, {}, {}], 1]);
      assert.match(first.warnings[0] ?? '', /^events go for now without what would have to be looked up: get .*pods/i);
      const { misses, failures, late } = looking.stats;
      assert.ok(misses <= 2 && failures === misses && late === 3 - misses, JSON.stringify(looking.stats));
      const second = await about(podEvents(3));
      assert.deepEqual([second.asked, second.warnings, second.tookMs], [[], [], 0]);
      assert.equal(looking.stats.late, late + 3);
      server.clearFaults();
      await pass(2000);
      assert.deepEqual((await about(podEvents(3))).found, Array(3).fill({ node: 'worker-1' }));
    });

  test('is asked ever more rarely, once a minute at last, and each time by few requests', async (t) => {
    const { server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
    server.fail({ path: /pods/, how: 'reset', times: 10_000 });
    for (let s = 0; s < 600; s++) {
      await about(podEvents(50));
      await pass(1000);
    }
    const asked = server.requests.length;
    assert.ok(asked >= 10 && asked <= 60, `${asked} requests in ten minutes`);
  });

  test('with Retry-After is not asked before', async (t) => {
    const { server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
    server.fail({ path: podPath('cart'), status: 429, headers: { 'Retry-After': '120' } });
    await about([podEvent('cart', 'u-cart')]);
    await pass(120_000 - 1);
    assert.deepEqual((await about([podEvent('web', 'u-web')])).asked, [], 'nor for anything else');
    await pass(12_001);
    assert.deepEqual((await about([podEvent('web', 'u-web')])).asked, [podPath('web')]);
  });

  test('without a word costs one wait an attempt, and its connections are given back', async (t) => {
    const looking = await lookingUp(t, { lookUp: ['pods'] });
    const { server, about, pass } = looking;
    server.fail({ path: /pods/, how: 'hang', times: 4 });
    const took: number[] = [];
    for (let s = 0; s < 20; s++) {
      took.push((await about(podEvents(5))).tookMs);
      await pass(1000);
    }
    assert.deepEqual(
      took.filter((ms) => ms > 0),
      [500, 500],
    );
    assert.equal(looking.stats.failures, 4);
    assert.equal((await about([podEvent('p-4', 'u-p-4')])).asked.length, 0, 'known by now');
  });
});

describe('a right that is missing', () => {
  const inShop = 'in namespace "shop", or at the cluster scope for all of them';
  const kinds = [
    ['pods', 'the host of pods where the event does not say it', '', inShop, podEvent('cart', 'u-cart')],
    ['nodes', 'host_provider_id', '', 'at the cluster scope', hostEvent('worker-1')],
    ['jobs', 'kube_cronjob', 'batch', inShop, jobEvent('rep-2970', 'j-1')],
  ] as const;
  for (const [kind, tells, group, where, event] of kinds)
    test(`to get ${kind} is told once, and they are off; the others are not`, async (t) => {
      const { server, about, pass } = await lookingUp(t);
      const grant = server.deny((attributes) => 'resource' in attributes && attributes.resource === kind);
      const all = kinds.map(([, , , , each]) => each);
      const first = await about(all);
      assert.deepEqual(first.warnings, [
        `events go without ${tells}: grant verb "get" on resource "${kind}" of API group "${group}" ${where}, or leave "${kind}" out of ` +
          'look_up',
      ]);
      assert.deepEqual([first.asked.length, first.tookMs], [3, 0]);
      await pass(2 * minute);
      const later = await about(all);
      assert.deepEqual([later.warnings, later.asked.filter((path) => path.includes(kind))], [[], []]);
      // It is looked whether it was granted, but not told again.
      await pass(8 * minute);
      const denied = await about([event]);
      assert.deepEqual([denied.warnings, denied.asked.length], [[], 1]);
      grant();
      await pass(10 * minute);
      assert.equal((await about([event])).asked.length, 1);
      assert.equal((await about([event])).asked.length, 0, 'kept');
    });

  test('is asked for a few times at most by a batch of many', async (t) => {
    const looking = await lookingUp(t, { lookUp: ['pods'] });
    looking.server.allowOnly([]);
    const { asked, warnings } = await looking.about(podEvents(90));
    assert.equal(warnings.length, 1);
    assert.ok(asked.length <= 2, `${asked.length} requests`);
    assert.deepEqual(looking.stats, { hits: 0, misses: asked.length, failures: asked.length, late: 0 });
  });

  test('in one of the configured namespaces is not missing in the others', async (t) => {
    const { server, about } = await lookingUp(t, { lookUp: ['jobs'], namespaces: ['shop', 'bank'] });
    server.setJobs([job('rep-2970', 'j-1', 'rep')]);
    server.deny((attributes) => 'resource' in attributes && attributes.namespace === 'bank');
    const inBank = jobEvent('tax-2970', 'j-9');
    const events = [{ ...inBank, object: { ...inBank.object, namespace: 'bank' } }, jobEvent('rep-2970', 'j-1')];
    const { found, warnings } = await about(events);
    assert.deepEqual(found, [{}, { cronJob: 'rep' }]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /in namespace "bank"/);
  });
});

describe('rights that are granted in some namespaces of the whole cluster', () => {
  const jobIn = (namespace: string, name: string) => {
    const event = jobEvent(name, `u-${name}`);
    return { ...event, namespace, object: { ...event.object, namespace } };
  };

  test('are used there, though one namespace refuses', async (t) => {
    const { server, about, pass } = await lookingUp(t, { lookUp: ['jobs'] });
    server.setJobs([job('rep-2971', 'u-rep-2971', 'rep'), job('rep-2972', 'u-rep-2972', 'rep')]);
    const grant = server.deny((attributes) => 'resource' in attributes && attributes.namespace === 'bank');
    const first = await about([jobIn('bank', 'tax-2971'), jobEvent('rep-2971', 'u-rep-2971')]);
    assert.deepEqual(first.found, [{}, { cronJob: 'rep' }]);
    assert.equal(first.warnings.length, 1);
    assert.match(first.warnings[0] ?? '', /in namespace "bank", or at the cluster scope/);
    const second = await about([jobIn('bank', 'tax-2972'), jobEvent('rep-2972', 'u-rep-2972')]);
    assert.deepEqual([second.found, second.asked.length, second.warnings], [[{}, { cronJob: 'rep' }], 1, []]);
    // Granted and taken away again, it is told again.
    grant();
    await pass(10 * minute);
    await about([jobIn('bank', 'tax-2973')]);
    server.deny((attributes) => 'resource' in attributes && attributes.namespace === 'bank');
    assert.equal((await about([jobIn('bank', 'tax-2974')])).warnings.length, 1);
  });

  test('are not told of one by one where they are many', async (t) => {
    const { server, about } = await lookingUp(t, { lookUp: ['jobs'] });
    server.allowOnly([]);
    const { warnings, asked } = await about(podNames(60).map((name, i) => jobIn(`ns-${name}`, `a-${3000 + i}`)));
    assert.deepEqual([warnings.length, asked.length], [10, 60]);
    assert.deepEqual((await about(podNames(60).map((name, i) => jobIn(`ns-${name}`, `b-${3000 + i}`)))).asked, []);
  });
});

describe('names that nobody has', () => {
  const inNamespace = (namespace: string, event: ReturnType<typeof podEvent>) => ({ ...event, namespace });

  test('take no questions from the events of other namespaces', async (t) => {
    const { server, about } = await lookingUp(t, { lookUp: ['pods', 'nodes'] });
    server.setPods([pod('cart', 'u-cart', 'worker-1')]);
    const invented = Array.from({ length: 150 }, (_, i) => [
      inNamespace('evil', podEvent(`x-${i}`, `u-x-${i}`)),
      inNamespace('evil', hostEvent(`h-${i}`)),
    ]).flat();
    const { found } = await about([...invented, podEvent('cart', 'u-cart')]);
    assert.deepEqual(found.at(-1), { node: 'worker-1' });
  });

  test('drive nothing from memory that is there', async (t) => {
    const { server, about } = await lookingUp(t, { lookUp: ['jobs'] });
    server.setJobs([job('rep-2970', 'j-1', 'rep')]);
    await about([jobEvent('rep-2970', 'j-1')]);
    for (let batch = 0; batch < 11; batch++)
      await about(Array.from({ length: 100 }, (_, i) => jobEvent(`x-${3000 + i}`, `u-${batch}`)));
    assert.deepEqual((await about([jobEvent('rep-2970', 'j-1')])).asked, []);
  });
});

describe('a batch', () => {
  test('keeps what it was told until it is told of, though it waits for the rest', async (t) => {
    const { server, about } = await lookingUp(t, { lookUp: ['jobs'] });
    server.setJobs([job('rep-2971', 'j-1', 'rep'), job('rep-2972', 'j-2', 'rep')]);
    server.fail({ path: jobPath('rep-2972'), delayMs: 300 });
    const { found, tookMs } = await about([jobEvent('rep-2971', ''), jobEvent('rep-2972', 'j-2')]);
    assert.deepEqual([found, tookMs], [[{ cronJob: 'rep' }, { cronJob: 'rep' }], 300]);
  });

  test('asks for no node of a name that no object can have, whoever says it', async (t) => {
    const { server, about } = await lookingUp(t, { lookUp: ['pods', 'nodes'] });
    server.setPods([pod('cart', 'u-cart', '../../api/v1/secrets')]);
    assert.deepEqual((await about([podEvent('cart', 'u-cart')])).asked, [podPath('cart')]);
  });
});

describe('a storm', () => {
  test('of ten thousand pods is a hundred requests, two at a time; the rest is counted as late', async (t) => {
    const looking = await lookingUp(t, { lookUp: ['pods', 'nodes'] });
    const { server } = looking;
    let most = 0;
    const { asked, found, warnings, tookMs } = await looking.about(podEvents(10_000));
    for (const { path } of server.requests) most += path.startsWith('/api/v1/namespaces/shop/pods/') ? 1 : 0;
    assert.deepEqual([asked.length, most, found.length, warnings, tookMs], [100, 100, 10_000, [], 0]);
    assert.deepEqual(looking.stats, { hits: 0, misses: 100, failures: 0, late: 9900 });
    assert.ok(server.connectionsMade <= 2, `${server.connectionsMade} connections`);
  });

  test('is bounded in time, too: what has no answer after half a second is late', async (t) => {
    const looking = await lookingUp(t, { lookUp: ['pods'] });
    looking.server.fail({ path: /pods/, delayMs: 45, times: 1000 });
    const { asked, tookMs, warnings } = await looking.about(podEvents(300));
    // Two at a time, eleven times; two more are under way.
    assert.deepEqual([asked.length, tookMs, warnings], [24, 500, []]);
    assert.deepEqual(looking.stats, { hits: 0, misses: 24, failures: 0, late: 278 });
    const next = await looking.about(podEvents(22));
    assert.deepEqual([next.asked, next.tookMs], [[], 0]);
  });

  test('nodes found through pods come on top of the hundred', async (t) => {
    const looking = await lookingUp(t);
    looking.server.setPods(podNames(120).map((name, i) => pod(name, `u-${name}`, `worker-${i}`)));
    looking.server.setNodes(podNames(120).map((_, i) => node(`worker-${i}`, `i-${i}`)));
    const { asked, found } = await looking.about(podEvents(120));
    assert.equal(asked.length, 200);
    assert.deepEqual(found[99], { node: 'worker-99', providerId: 'i-99' });
    assert.deepEqual(found[100], {});
  });
});

describe('batches at the same time', () => {
  test('share memory, requests and bounds', async (t) => {
    const looking = await lookingUp(t, { namespaces: ['a', 'b'] });
    looking.server.setNodes([node('worker-1', 'i-1')]);
    looking.server.fail({ path: nodePath('worker-1'), delayMs: 100 });
    const batches = await Promise.all([looking.about([hostEvent('worker-1')]), looking.about([hostEvent('worker-1')])]);
    for (const { found } of batches) assert.deepEqual(found, [{ node: 'worker-1', providerId: 'i-1' }]);
    assert.deepEqual([looking.stats.misses, looking.server.requests.length], [1, 1]);
  });

  test('of two checks know nothing of each other', async (t) => {
    const one = await lookingUp(t, { lookUp: ['jobs'] });
    const other = await lookingUp(t, { lookUp: ['jobs'] });
    one.server.setJobs([job('rep-2970', 'j-1', 'rep')]);
    other.server.setJobs([job('rep-2970', 'j-1', 'tax')]);
    const events = [jobEvent('rep-2970', 'j-1')];
    assert.deepEqual((await one.about(events)).found, [{ cronJob: 'rep' }]);
    assert.deepEqual((await other.about(events)).found, [{ cronJob: 'tax' }]);
    assert.deepEqual(
      other.server.requests.map(({ path }) => path),
      [jobPath('rep-2970')],
    );
  });
});

describe('the end of a run', () => {
  test('ends the waiting; the answer is kept all the same', async (t) => {
    const { clock, server, about, pass } = await lookingUp(t, { lookUp: ['pods'] });
    server.setPods([pod('cart', 'u-cart', 'worker-1')]);
    server.fail({ path: podPath('cart'), delayMs: 300 });
    const ended = new AbortController();
    void clock.sleep(100).then(() => ended.abort(new Error('the budget is spent')));
    const { found, warnings, tookMs } = await about([podEvent('cart', 'u-cart')], ended.signal);
    assert.deepEqual([found, warnings, tookMs], [[{}], [], 100]);
    await pass(200);
    assert.deepEqual((await about([podEvent('cart', 'u-cart')], ended.signal)).found, [{ node: 'worker-1' }]);
  });

  test('that has ended asks nothing, and is told what is known', async (t) => {
    const { about } = await lookingUp(t, { lookUp: ['pods'] });
    const { found, asked, tookMs } = await about([podEvent('cart', 'u-cart')], AbortSignal.abort());
    assert.deepEqual([found, asked, tookMs], [[{}], [], 0]);
  });

  test('stop ends the requests that are under way', async (t) => {
    const looking = await lookingUp(t, { lookUp: ['pods'] });
    looking.server.fail({ path: podPath('cart'), how: 'hang' });
    await looking.about([podEvent('cart', 'u-cart')]);
    assert.equal(looking.server.connections, 1);
    looking.lookUp.stop();
    await looking.server.idle();
    assert.deepEqual([looking.server.connections, looking.stats.failures], [0, 0]);
  });
});

test('whatever the API port throws costs facts, never a batch', async () => {
  const clock = new ManualClock();
  const lookUp = createLookUp({ lookUp: ['pods'], namespaces: undefined });
  const warnings: string[] = [];
  const api = { json: () => Promise.reject('no error at all'), open: () => assert.fail() };
  const warn = (message: string) => void warnings.push(message);
  const { signal } = new AbortController();
  const lookups = await lookUp.about([podEvent('cart', 'u-cart')], { api, clock, signal, warn });
  assert.equal(lookups.pod('shop', 'cart', 'u-cart'), undefined);
  assert.deepEqual(warnings, ['events go for now without what would have to be looked up: look-ups: no error at all']);
});
