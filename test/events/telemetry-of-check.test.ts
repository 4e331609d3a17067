/** The collector's own counts, as a host's sender gets them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { KubeASCheck, type KubeASCheckConfig, type MetricSample } from '../../src/index.ts';
import { coreEvent, FakeApiServer, RecordingSender } from '../../src/testing/index.ts';

async function scene(t: TestContext, events: KubeASCheckConfig['events']) {
  const server = new FakeApiServer();
  await server.start();
  t.after(() => server.close());
  const sender = new RecordingSender();
  const config: KubeASCheckConfig = {
    leader: { skip: true },
    controlPlane: false,
    quotas: false,
    tags: ['env:prod'],
    events: { readTimeoutMs: 50, readQuietMs: 10, ...events },
  };
  const check = new KubeASCheck({ sender, config, kubeConfig: server.kubeConfig() });
  t.after(() => check.stop());
  return { server, sender, check };
}

const sumOf = (counts: readonly MetricSample[], name: string, tag = ''): number =>
  counts
    .filter((count) => count.name === `kubernetes_apiserver.${name}` && (tag === '' || count.tags?.includes(tag)))
    .reduce((sum, { value }) => sum + value, 0);

describe('the counts that go along with events', () => {
  it('are those of the books: what was decided about, also where a rule left it out, and what was made of it', async (t) => {
    const { server, sender, check } = await scene(t, { query: 'event.type == "Warning"', maxPerCommit: 7 });
    for (let n = 0; n < 40; n++)
      server.addEvent(
        coreEvent({ message: `m${n}`, object: { name: `web-${n % 4}` }, type: n % 4 === 0 ? 'Normal' : 'Warning' }),
      );
    const { events } = await check.run();
    assert.deepEqual([events.ledger.delivered, events.ledger.filteredBy], [30, { query: 10 }]);
    assert.equal(sumOf(sender.counts, 'kube_events'), 40);
    assert.equal(sumOf(sender.counts, 'kube_events', 'type:Normal'), 10);
    assert.equal(sumOf(sender.counts, 'emitted_events', 'is_bundled:true'), sender.events.length);
    assert.equal(sumOf(sender.counts, 'emitted_events'), sender.events.length);
    for (const { tags } of sender.counts) assert.ok(tags?.includes('env:prod'));
  });

  it('come once, though the batch that they go along with is refused and comes again', async (t) => {
    const { server, sender, check } = await scene(t, {});
    server.addEvent(coreEvent({}));
    sender.rejectNext();
    const { ok } = await check.run();
    assert.equal(ok, false);
    await check.run();
    assert.equal(sender.events.length, 1);
    const handedOver = sender.batches.flatMap(({ counts }) => counts);
    assert.deepEqual([sumOf(handedOver, 'kube_events'), sumOf(handedOver, 'emitted_events')], [1, 1]);
  });

  it('are handed over also where rules leave out all that was read: by themselves, once a run', async (t) => {
    const { server, sender, check } = await scene(t, { excludeNamespaces: ['ci-*'], maxPerCommit: 1 });
    for (const name of ['a', 'b', 'c']) server.addEvent(coreEvent({ name, namespace: 'ci-1' }));
    await check.run();
    assert.deepEqual(
      sender.batches.map(({ events, counts }) => [events.length, sumOf(counts, 'kube_events')]),
      [[0, 3]],
    );
    await check.run();
    assert.equal(sender.batches.length, 1, 'nothing was counted, and something committed');
    server.addEvent(coreEvent({ namespace: 'shop' }));
    await check.run();
    assert.deepEqual([sender.batches.length, sumOf(sender.counts, 'kube_events')], [2, 4]);
  });

  it('fail the run where the commit that is theirs alone is refused, and delay nothing', async (t) => {
    const { server, sender, check } = await scene(t, { excludeNamespaces: ['ci-*'] });
    server.addEvent(coreEvent({ namespace: 'ci-1' }));
    sender.rejectNext();
    const refused = await check.run();
    const [unit] = refused.units;
    assert.equal(refused.ok, false);
    assert.equal(unit?.outcome.status === 'failed' && unit.outcome.error.code, 'COMMIT_FAILED');
    assert.deepEqual(refused.events.ledger.filteredBy, { 'exclude-namespaces': 1 });
    const next = await check.run();
    assert.deepEqual([next.ok, next.events.ledger.read, sender.counts], [true, 0, []]);
  });
});
