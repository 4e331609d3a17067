/** Bodies that take their time, or are larger than what is usual. What is compressed unasked is in `compressed.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import { eventsPath, failureOf, modes, pageSize, startOddHost, warningsOf } from './host.ts';

const page = { path: eventsPath, query: { limit: `${pageSize}` } };

test('watch mode: pages that trickle without end have half a minute each, fail the unit, and are asked for again', async () => {
  await using host = await startOddHost({ mode: 'watch' });
  host.addEvents(12);
  host.server.fail(page);
  host.server.fail({ ...page, how: 'endless', times: Number.POSITIVE_INFINITY });
  host.asked();
  const reports = await host.live(90_000);
  const failures = reports.flatMap((report) => failureOf(report) ?? []);
  assert.ok(failures.length >= 3, reports.map(formatReport).join('\n'));
  for (const { code, message, details } of failures) {
    assert.deepEqual([code, details['reason']], ['API_UNAVAILABLE', 'timeout']);
    assert.match(message, /^list events .*: no complete answer within 30000 ms; the next run goes on from \d+/);
  }
  assert.equal(host.sender.committedSourceIds().length, pageSize, 'the first page');
  assert.ok(host.check.stats().live);
  const { list, page: pages } = host.asked();
  assert.ok(list === 1 && pages <= 4, `${list} lists, ${pages} further pages`);
  assert.ok(host.server.connections <= 4, `${host.server.connections} connections`);

  host.server.clearFaults();
  await host.live(60_000);
  await host.endWell();
});

test('watch mode: a page that stalls once is asked for again, and no event of it comes twice', async () => {
  await using host = await startOddHost({ mode: 'watch' });
  host.addEvents(12);
  host.server.fail(page);
  host.server.fail({ ...page, how: 'stall' });
  const reports = await host.live(60_000);
  assert.match(warningsOf(...reports).join('\n'), /no complete answer within 30000 ms \(tried again after \d+ ms\)/);
  await host.endWell();
});

for (const mode of modes)
  test(`${mode} mode: an event of a MiB comes as any other, in a page and in a frame`, async () => {
    await using host = await startOddHost({ mode });
    const huge = { message: `begin ${'ü'.repeat(512 * 1024)} end` };
    host.addEvents(2, { ...huge });
    await host.live(15_000);
    host.addEvents(1);
    host.addEvents(2, { ...huge });
    host.addEvents(1);
    const [report] = await host.live(30_000);
    assert.deepEqual(warningsOf(...(report ? [report] : [])), []);
    assert.ok(host.sender.events.every(({ text }) => text.length <= 4000));
    await host.endWell();
  });
