/** An etcd of events that is restored from a backup: seen while a watch is open, and found where its versions are above the token again. */
import assert from 'node:assert/strict';
import { formatReport, type RunReport } from '../../src/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { sumOfMetric } from '../real-server/metrics.ts';
import { gapsOf, warningsOf } from './host.ts';
import { createRealHost, storedToken, writeEvents } from './real-host.ts';

/** How often events were asked for, by the server's own count; watches that ended. */
async function askedFor(plane: ControlPlane): Promise<readonly [lists: number, watches: number]> {
  const count = (verb: string) => sumOfMetric(plane, 'apiserver_request_total', { resource: 'events', verb });
  return [await count('LIST'), await count('WATCH')];
}

function assertRewound(reports: readonly RunReport[]): void {
  const text = reports.map(formatReport).join('\n');
  const gaps = gapsOf(...reports);
  assert.ok(gaps.length === 1 && gaps[0]?.startsWith('rewound rewritten '), text);
  assert.match(warningsOf(...reports).join('\n'), /history was rewritten .*every event it holds now is delivered/);
}

realServerTest('a restored etcd of events', { separateEvents: true, needs: ['etcdutl'] }, async (plane, t) => {
  const kubeConfig = await plane.kubeConfig(ADMIN);

  await t.test('is said by the watch that was open, and all that it holds is delivered', async () => {
    await using host = createRealHost({ kubeConfig, events: { mode: 'watch', batchWindowMs: 100 } });
    const held = await writeEvents(plane, 5);
    await host.runUntilCommitted(held);
    const backup = await plane.eventsEtcd.snapshot();
    await host.runUntilCommitted(await writeEvents(plane, 10));
    const restored = plane.restore(plane.eventsEtcd, backup);
    await host.runUntil('the server to be away', ({ ok }) => !ok);
    await restored;
    const after = await writeEvents(plane, 3);
    assertRewound(await host.runUntilCommitted(after));
    assert.deepEqual([...host.sender.duplicateSourceIds()].sort(), [...held].sort(), 'again is what it held before');
    assert.equal(host.sender.committedSourceIds().length, 5 + 10 + 5 + 3);
  });

  await t.test('that has overtaken the token since is known by its witness, and nothing of it is lost', async () => {
    await using host = createRealHost({ kubeConfig, events: { mode: 'poll', readTimeoutMs: 500, readQuietMs: 200 } });
    await host.run();
    const backup = await plane.eventsEtcd.snapshot();
    const [lists, watches] = await askedFor(plane);
    const lost = await writeEvents(plane, 10);
    for (let n = 0; n < 3; n++) assert.ok((await host.run()).ok);
    // A watch is counted when it has ended.
    await until('three watches to be counted', async () => (await askedFor(plane))[1] >= watches + 3);
    assert.deepEqual(await askedFor(plane), [lists + 3, watches + 3], 'an ordinary run is a guard and a watch');
    const token = Number(await storedToken(plane));
    await plane.restore(plane.eventsEtcd, backup);
    // More than were lost: the version of the token is there again, and is another one.
    const after = await writeEvents(plane, 30);
    assert.ok(Number(after.at(-1)?.split(':')[1]) > token, 'it has overtaken the token');
    const before = host.sender.committedSourceIds();
    const report = await host.run();
    assertRewound([report]);
    assert.ok(report.ok, formatReport(report));
    const again = host.sender.committedSourceIds().slice(before.length);
    assert.deepEqual([...new Set(again)].sort(), [...again].sort(), 'each once');
    assert.deepEqual(
      after.filter((id) => !again.includes(id)),
      [],
      'nothing that it holds is missing',
    );
    assert.ok(!again.some((id) => lost.includes(id)), 'what it lost is not there');
    assert.deepEqual((await host.run()).events.ledger.read, 0);
  });
});
