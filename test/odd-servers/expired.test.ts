/** Versions that the server has forgotten: 410 as an answer and inside a stream, once and without end, and in the middle of a list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import type { Fault } from '../../src/testing/index.ts';
import { eventsPath, gapsOf, type Mode, modes, pageSize, startOddHost, warningsOf } from './host.ts';

const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Expired', code: 410 };
const watch = { path: eventsPath, watch: true };
const expiry: readonly (readonly [where: string, fault: Fault])[] = [
  ['as the answer to a watch', { ...watch, status: 410 }],
  [
    'as the first frame of a watch',
    { ...watch, body: `${JSON.stringify({ type: 'ERROR', object: status })}\n`, contentType: 'application/json' },
  ],
];

for (const mode of modes)
  for (const [where, fault] of expiry) {
    test(`${mode} mode: 410 ${where} is bridged by a list, and said`, () => expiresOnce(mode, fault));
    test(`${mode} mode: 410 ${where}, each time, is listed ever more seldom, and costs no event`, () =>
      expiresAlways(mode, fault));
  }

async function expiresOnce(mode: Mode, fault: Fault): Promise<void> {
  await using host = await startOddHost({ mode });
  host.addEvents(2);
  await host.live(15_000);
  host.addEvents(1);
  await host.live(15_000);
  host.asked();
  host.server.fail(fault);
  host.server.cutWatches('clean');
  host.addEvents(2);
  const reports = await host.live(30_000);
  assert.ok(
    reports.every(({ ok }) => ok),
    reports.map(formatReport).join('\n'),
  );
  assert.deepEqual(gapsOf(...reports), ['expired overtaken 2']);
  const { list, page, guard, watch: watches } = host.asked();
  assert.deepEqual([list, page], [1, 0]);
  assert.ok(guard <= 2 && watches <= 3, `${guard} guards, ${watches} watches`);
  await host.endWell();
}

/** It forgets faster than it can be read. */
async function expiresAlways(mode: Mode, fault: Fault): Promise<void> {
  await using host = await startOddHost({ mode });
  host.addEvents(2);
  await host.live(15_000);
  host.server.fail({ ...fault, times: Number.POSITIVE_INFINITY });
  host.server.cutWatches('reset');
  host.asked();
  const reports = await host.live(300_000, () => host.addEvents(1));
  assert.ok(!reports.some(({ events }) => events.caughtUp), 'what is not streamed is not said to be caught up');
  const gaps = gapsOf(...reports);
  assert.ok(gaps.length > 8 && gaps.every((gap) => gap.startsWith('expired overtaken ')), gaps.join('; '));
  const { list, watch: watches, guard } = host.asked();
  // At least 15 s apart, but for the first six. A poll run begins with a guard and a watch of its own.
  assert.ok(list <= 26 && watches <= list + 21 && guard <= 21, `${list} lists, ${watches} watches, ${guard} guards`);
  assert.ok(host.sender.committedSourceIds().length > 15, 'lists deliver meanwhile');

  host.server.clearFaults();
  await host.live(60_000);
  await host.endWell();
}

for (const mode of modes)
  test(`${mode} mode: a list that can't go on, and gets no other place, begins again and says that it repeats`, async () => {
    await using host = await startOddHost({ mode });
    host.addEvents(12);
    const firstPage = host.server.events.slice(0, pageSize).map(({ metadata }) => metadata);
    const page = { path: eventsPath, query: { limit: `${pageSize}` } };
    host.server.fail(page);
    host.server.fail({ ...page, status: 410 });
    const reports = await host.live(30_000);
    assert.match(warningsOf(...reports)[0] ?? '', /^list events at the cluster scope: HTTP 410: .*too old/);
    assert.deepEqual(host.asked().list, 2);
    await host.endWell({ repeated: firstPage.map(({ uid, resourceVersion }) => `${uid}:${resourceVersion}`) });
  });

test('watch mode: a server none of whose lists gets beyond its first page is asked for it with patience', async () => {
  await using host = await startOddHost({ mode: 'watch' });
  host.addEvents(12);
  const first = host.server.events
    .slice(0, pageSize)
    .map(({ metadata: { uid, resourceVersion } }) => `${uid}:${resourceVersion}`);
  const page = { path: eventsPath, query: { limit: `${pageSize}` } };
  for (let n = 0; n < 200; n++) {
    host.server.fail(page);
    host.server.fail({ ...page, status: 410 });
  }
  host.asked();
  const reports = await host.live(300_000);
  assert.ok(
    reports.slice(1).some(({ ok }) => !ok),
    'it is said',
  );
  const { list, page: pages } = host.asked();
  assert.ok(list <= 26 && pages <= 26, `${list} lists, ${pages} further pages`);
  host.server.clearFaults();
  await host.live(60_000);
  await host.endWell({ repeated: first });
});
