import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import { type FakeScene, startFakeScene } from './fake-scene.ts';
import { createSubject } from './subject.ts';

/** What a watch from before them would send of the newest events. */
const framesOf = ({ server }: FakeScene, count: number): readonly string[] =>
  server.events
    .toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .slice(-count)
    .map((event) => JSON.stringify({ type: 'ADDED', object: { kind: 'Event', apiVersion: 'v1', ...event } }));

test('a watch that breaks in the middle of a frame is gone on with behind the last whole one', async () => {
  await using scene = await startFakeScene();
  await using subject = createSubject(scene);
  await scene.addEvents(3);
  await subject.run();
  await scene.addEvents(3);
  const [first = '', second = '', third = ''] = framesOf(scene, 3);
  // Half of it ends in the second frame.
  const body = `${first}\n${second}\n${third.padEnd(first.length)}\n`;
  const half = body.slice(0, Math.ceil(body.length / 2));
  assert.ok(half.startsWith(`${first}\n`) && !half.includes(second), 'it is cut in the second frame');
  scene.fail({ path: '/api/v1/events', watch: true, body, contentType: 'application/json', how: 'reset-mid-body' });
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assert.deepEqual([report.events.ledger.read, report.events.ledger.malformed, report.events.gaps], [3, 0, []]);
  assert.match(report.warnings[0]?.message ?? '', /^watch events at the cluster scope: connection lost/);
  const watchedFrom = scene.server.requests
    .filter(({ query }) => query['watch'])
    .map(({ query }) => query['resourceVersion']);
  assert.equal(watchedFrom.at(-1), JSON.parse(first).object.metadata.resourceVersion);
  await subject.assertAllOnce();
});

test('a page that stalls has half a minute, where the run has longer, and is asked for again', async () => {
  await using scene = await startFakeScene();
  await using subject = createSubject(scene, { check: { runBudgetMs: 120_000 } });
  await scene.addEvents(12);
  scene.fail({ path: '/api/v1/events', query: { limit: '5' } });
  scene.fail({ path: '/api/v1/events', query: { limit: '5' }, how: 'stall' });
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assert.match(
    report.warnings[0]?.message ?? '',
    /^list events at the cluster scope: no complete answer within 30000 ms/,
  );
  assert.ok(report.durationMs > 30_000 && report.durationMs < 40_000, `${report.durationMs}`);
  await subject.assertAllOnce();
});

test('a server whose every page stalls is given up for this run, which says from where the next one goes on', async () => {
  await using scene = await startFakeScene();
  await using subject = createSubject(scene, { check: { runBudgetMs: 600_000 } });
  await scene.addEvents(12);
  scene.fail({ path: '/api/v1/events', query: { limit: '5' } });
  scene.fail({ path: '/api/v1/events', query: { limit: '5' }, how: 'stall', times: Number.POSITIVE_INFINITY });
  const report = await subject.run();
  const events = report.units.at(-1)?.outcome;
  assert.ok(events?.status === 'failed');
  assert.match(events.error.message, /no complete answer within 30000 ms; the next run goes on from \d+$/);
  assert.equal(report.events.ledger.delivered, 5, 'the first page');
  scene.clearFaults();
  const after = await subject.run();
  assert.ok(after.ok, formatReport(after));
  await subject.assertAllOnce();
});
