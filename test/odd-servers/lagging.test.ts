/** Several API servers behind one address: one lags behind, one is older; and an etcd that was restored, which looks like the first at first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import type { Fault } from '../../src/testing/index.ts';
import { eventsPath, failureOf, gapsOf, modes, pageSize, startOddHost, warningsOf } from './host.ts';

/** A server that has not come to the version that is asked for. */
const lagging: Fault = {
  status: 504,
  contentType: 'application/json',
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Timeout: Too large resource version: 900, current: 899',
    reason: 'Timeout',
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
    code: 504,
  },
};
const guard = { path: /\/events$/, watch: false, query: { limit: '1' } };
const watch = { path: eventsPath, watch: true };

for (const mode of modes) {
  test(`${mode} mode: a server that lags behind is no rewritten history: one list, and nothing twice`, async () => {
    await using host = await startOddHost({ mode });
    host.addEvents(3);
    await host.live(15_000);
    host.addEvents(1);
    await host.live(15_000);
    host.asked();
    host.server.fail({ ...guard, ...lagging });
    host.server.cutWatches('clean');
    host.addEvents(2);
    await host.pass(1000);
    const reports = await host.live(30_000);
    assert.ok(
      reports.every(({ ok }) => ok),
      reports.map(formatReport).join('\n'),
    );
    assert.deepEqual([gapsOf(...reports), warningsOf(...reports)], [['expired overtaken 2'], []]);
    assert.equal(host.asked().list, 1);
    await host.endWell();
  });

  test(`${mode} mode: a restored etcd is no lagging server: it is said, and all that it holds is delivered`, async () => {
    await using host = await startOddHost({ mode });
    const { server } = host;
    host.addEvents(3);
    await host.live(15_000);
    const backup = server.version;
    const held = server.events.map(({ metadata: { uid, resourceVersion } }) => `${uid}:${resourceVersion}`);
    host.addEvents(4);
    await host.live(15_000);
    host.asked();
    server.rewriteHistory(backup);
    host.addEvents(1, { reason: 'AfterTheRestore' });
    const reports = await host.live(30_000);
    assert.deepEqual(gapsOf(...reports), ['rewound rewritten 4']);
    assert.match(warningsOf(...reports).join('\n'), /history was rewritten .*every event it holds now is delivered/);
    assert.equal(host.asked().list, 1);
    await host.endWell({ repeated: held });
  });

  test(`${mode} mode: a restored etcd that has overtaken the token while nobody looked is known by its witness`, async () => {
    await using host = await startOddHost({ mode });
    const { server } = host;
    host.addEvents(3);
    await host.live(15_000);
    const backup = server.version;
    const held = server.events.map(({ metadata: { uid, resourceVersion } }) => `${uid}:${resourceVersion}`);
    host.addEvents(4);
    await host.live(15_000);
    server.rewriteHistory(backup);
    host.addEvents(20, { reason: 'AfterTheRestore' });
    const reports = await host.live(30_000);
    assert.deepEqual(gapsOf(...reports), ['rewound rewritten 23']);
    await host.endWell({ repeated: held });
  });

  test(`${mode} mode: a further page that a lagging server is asked for is a list begun again, and no rewritten history`, async () => {
    await using host = await startOddHost({ mode });
    host.addEvents(12);
    const first = host.server.events.slice(0, pageSize);
    const page = { path: eventsPath, query: { limit: `${pageSize}` } };
    host.server.fail(page);
    host.server.fail({ ...page, ...lagging });
    const reports = await host.live(30_000);
    assert.match(
      warningsOf(...reports).join('\n'),
      /^list events .*: HTTP 504: Timeout: Too large resource version: .* \(tried again/,
    );
    assert.deepEqual([gapsOf(...reports), host.asked().list], [[], 2]);
    await host.endWell({
      repeated: first.map(({ metadata: { uid, resourceVersion } }) => `${uid}:${resourceVersion}`),
    });
  });
}

test('watch mode: two servers behind one address, of which the older one knows no such watch, deliver all between them', async () => {
  await using host = await startOddHost({ mode: 'watch' });
  host.addEvents(2);
  // Whoever asks for a watch gets them by turns.
  for (let n = 0; n < 20; n++) {
    host.server.fail({ ...watch, status: 404, body: '404 page not found\n', contentType: 'text/plain; charset=utf-8' });
    host.server.fail(watch);
  }
  host.asked();
  const reports = await host.live(600_000, () => host.addEvents(1));
  const failures = reports.flatMap((report) => failureOf(report) ?? []);
  assert.ok(failures.length > 0 && failures.every(({ code }) => code === 'API_ABSENT'), 'it is said');
  assert.match(
    failures[0]?.message ?? '',
    /^watch events .*: HTTP 404: 404 page not found; the next run goes on from \d+$/,
  );
  const { list, guard: guards, watch: watches } = host.asked();
  assert.ok(list === 1 && guards <= 41 && watches <= 41, JSON.stringify({ list, guards, watches }));
  host.server.clearFaults();
  await host.endWell();
});

test('poll mode: two servers behind one address, one of which lags, deliver all between them', async () => {
  await using host = await startOddHost({ mode: 'poll' });
  host.addEvents(2);
  await host.runWell();
  for (let n = 0; n < 20; n++) {
    host.server.fail({ ...guard, ...lagging });
    host.server.fail(guard);
  }
  host.asked();
  const reports = await host.live(600_000, () => host.addEvents(1));
  assert.ok(
    reports.every(({ ok, events }) => ok && events.caughtUp),
    reports.map(formatReport).join('\n'),
  );
  assert.ok(gapsOf(...reports).every((gap) => gap === 'expired overtaken 1'));
  const { list, guard: guards, watch: watches } = host.asked();
  assert.ok(list === 20 && guards === 40 && watches === 40, JSON.stringify({ list, guards, watches }));
  await host.endWell();
});
