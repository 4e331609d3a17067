/** Events in an etcd of their own, as large clusters keep them: with versions, compactions and failures of its own. */
import assert from 'node:assert/strict';
import { formatReport } from '../../src/index.ts';
import { fastClock } from '../bad-input/fast-clock.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { quickEtcdChecks } from '../real-server/real-world.ts';
import { failureOf, gapsOf } from './host.ts';
import { createRealHost, storedToken, writeEvents } from './real-host.ts';

/** A silent watch is given a minute, and the guard after it ten seconds. */
const times = 10;

realServerTest(
  'events in an etcd of their own',
  { separateEvents: true, apiServerFlags: quickEtcdChecks },
  async (plane, t) => {
    const kubeConfig = await plane.kubeConfig(ADMIN);

    await t.test(
      'a place in one etcd means nothing in the other: only the compaction of its own makes a gap',
      async () => {
        await using host = createRealHost({
          kubeConfig,
          events: { mode: 'poll', readTimeoutMs: 500, readQuietMs: 200 },
        });
        const written = [...(await writeEvents(plane, 5))];
        await host.runUntilCommitted(written);
        const token = Number(await storedToken(plane));
        assert.ok(token <= (await plane.eventsEtcd.revision()), 'the token is one of the etcd of events');
        assert.ok((await plane.etcd.revision()) > token + 50, 'the other one is elsewhere');

        await plane.etcd.compact();
        written.push(...(await writeEvents(plane, 3)));
        assert.deepEqual(gapsOf(...(await host.runUntilCommitted(written))), []);

        written.push(...(await writeEvents(plane, 3)));
        await plane.eventsEtcd.compact();
        assert.deepEqual(gapsOf(...(await host.runUntilCommitted(written))), ['expired overtaken 3']);
        assert.deepEqual([...host.sender.committedSourceIds()].sort(), written.toSorted());
      },
    );

    await t.test(
      'its death is no calm: the open watch fails, the control plane names it, and all comes when it is back',
      async () => {
        await using host = createRealHost({
          kubeConfig,
          clock: fastClock(times),
          events: { mode: 'watch', tokenName: 'other' },
        });
        const written = [...(await writeEvents(plane, 3))];
        await host.runUntilCommitted(written);
        await plane.eventsEtcd.kill();
        const reports = await host.runUntil('the events to fail', (report) => failureOf(report) !== undefined);
        const report = reports.at(-1) ?? assert.fail('it was run');
        assert.equal(failureOf(report)?.code, 'API_UNAVAILABLE', formatReport(report));
        assert.match(failureOf(report)?.message ?? '', /; the next run goes on from \d+$/);
        // A server takes longer to find it than a request of the fast clock may take.
        await using probe = createRealHost({ kubeConfig, events: false });
        await probe.runUntil('the control plane to name it', () =>
          probe.sender.serviceChecks.some(({ message }) => message?.startsWith('not ready: etcd-override')),
        );
        assert.ok(host.check.stats().live);

        await plane.eventsEtcd.start();
        written.push(...(await writeEvents(plane, 3)));
        const after = await host.runUntilCommitted(written);
        assert.deepEqual(gapsOf(...after), []);
        await host.runUntil('all to be well', ({ ok, events }) => ok && events.caughtUp);
        assert.deepEqual(host.sender.duplicateSourceIds(), []);
      },
    );
  },
);
