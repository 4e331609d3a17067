import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubeASCheck } from '../src/index.ts';
import { coreEvent, FakeApiServer, ManualClock, RecordingSender } from '../src/testing/index.ts';

const config = { controlPlane: false, quotas: false, events: { readTimeoutMs: 100, readQuietMs: 100 } } as const;

test('a lease whose terms were set back, as by a restore of etcd, keeps nobody from the token', async () => {
  await using server = await new FakeApiServer().start();
  const clock = new ManualClock();
  const idle = () => server.idle();
  const sender = new RecordingSender();
  const replica = () => new KubeASCheck({ kubeConfig: server.kubeConfig(), sender, clock, config });

  for (let life = 0; life < 3; life++) {
    server.addEvent(coreEvent({ name: `life-${life}` }));
    const check = replica();
    assert.ok((await clock.runUntil(check.run(), { idle })).ok);
    await clock.runUntil(check.stop(), { idle });
  }
  const name = 'kube-apiserver-check';
  const spec = server.lease({ name })?.['spec'] as object;
  server.writeLease({ name }, { ...spec, leaseTransitions: 0 });
  server.addEvent(coreEvent({ name: 'after' }));

  await using last = replica();
  const refused = await clock.runUntil(last.run(), { idle });
  const [events] = refused.units;
  assert.equal(events?.outcome.status === 'failed' && events.outcome.error.code, 'FENCED');
  const next = await clock.runUntil(last.run(), { idle });
  assert.deepEqual([next.role, next.ok, next.events.ledger.delivered], ['leader', true, 1]);
  assert.deepEqual(
    sender.committedSourceIds(),
    server.eventVersions.map(({ id }) => id),
  );
  const { leaseTransitions } = { ...(server.lease({ name })?.['spec'] as { readonly leaseTransitions?: number }) };
  assert.equal(leaseTransitions, 3, 'later than any that the token has seen');
  await clock.runUntil(last.stop(), { idle });
});
