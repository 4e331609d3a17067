/**
 * What can be wrong around a check for a while: its server, its rights, its etcd, its token. Each is said, and once it is over nothing
 * was lost; told twice is only what a rewritten history, or an edited token, makes new.
 */
import assert from 'node:assert/strict';
import { formatReport, type RunReport } from '../../src/index.ts';
import { failuresOf } from './play.ts';
import type { Scene } from './scene.ts';
import { createSubject, type Subject } from './subject.ts';

export interface Circumstance {
  readonly title: string;
  play(scene: Scene): Promise<void>;
}

/** A token that no server has come to. */
const farAhead = '4000000000';

export const circumstances: readonly Circumstance[] = [
  { title: 'an unreachable server: critical, by its reason, and everything comes when it is back', play: unreachable },
  {
    title: 'a namespace that does not exist: said, not failed, and its events come when it does',
    play: namespaceMissing,
  },
  { title: 'a token in the future: removed, said, and every event comes again', play: tokenInTheFuture },
  { title: 'a token that is no version: said, and every event comes again', play: unreadableToken },
  { title: 'a token that was removed by hand while it runs: it goes on from its own place', play: tokenRemoved },
  { title: 'a token that was edited by hand while it runs: it goes on from its own place', play: tokenEdited },
];

export const eventsEtcdDead: Circumstance = {
  title: 'an etcd of events that is dead from the start, or later: the events unit fails, and the server is healthy',
  play: playEventsEtcdDead,
};

/** Events are again as they were, their token is not: it needs an etcd of events alone. */
export const etcdRestored: readonly Circumstance[] = (['the same process', 'the next process'] as const).map((who) => ({
  title: `an etcd of events restored from a snapshot: ${who} says it, and delivers what the server holds now`,
  play: (scene) => playEtcdRestored(scene, who),
}));

async function unreachable(scene: Scene): Promise<void> {
  await using subject = createSubject(scene);
  await runWell(scene, subject, 3);
  await scene.addEvents(2);
  await scene.stopServer();
  const report = await subject.run();
  const failures = failuresOf(report);
  assert.ok(failures.has('control-plane') && failures.has('events'), formatReport(report));
  for (const { code, message, remedy, details } of failures.values()) {
    assert.deepEqual([code, details['reason']], ['API_UNAVAILABLE', 'refused']);
    assert.match(message, /connection refused/);
    assert.match(remedy ?? '', /check that the API server runs and that address and port/);
  }
  assert.match(failures.get('events')?.message ?? '', /the next run goes on from \d+$/);
  assert.equal(subject.sender.serviceChecks.at(-1)?.tags?.[0], 'component:etcd');
  assert.equal(upStatus(subject), 'critical');

  await scene.startServer();
  await runWell(scene, subject, 1);
  assert.equal(upStatus(subject), 'ok');
  await subject.assertAllOnce();
}

async function namespaceMissing(scene: Scene): Promise<void> {
  const namespace = 'not-yet-there';
  await using subject = createSubject(scene, { namespaces: [namespace] });
  for (const run of ['first', 'second']) {
    const report = await subject.run();
    assert.ok(report.ok, formatReport(report));
    assert.deepEqual(
      report.warnings.map(({ unit, message }) => `${unit}: ${message}`),
      [`events: the namespace "${namespace}" does not exist: there are no events to collect until it does`],
      run,
    );
    assert.match(formatReport(report), /warning \(events\): the namespace "not-yet-there" does not exist/);
  }
  await scene.addNamespace(namespace);
  await scene.addEvents(3, namespace);
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assert.deepEqual([report.warnings, report.events.ledger.delivered], [[], 3]);
  assert.deepEqual(subject.sender.duplicateSourceIds(), []);
}

async function playEventsEtcdDead(scene: Scene): Promise<void> {
  for (const start of ['without a token', 'with a token']) {
    await using subject = createSubject(scene);
    if (start === 'with a token') await runWell(scene, subject, 2);
    await scene.addEvents(2);
    await scene.stopEventsEtcd();
    const report = await subject.run();
    const failures = failuresOf(report);
    assert.deepEqual([...failures.keys()], ['events'], formatReport(report));
    const error = failures.get('events');
    assert.equal(error?.code, 'API_UNAVAILABLE', formatReport(report));
    assert.equal(error.details['reason'], 'timeout');
    assert.match(error.message, /no answer for|no complete answer within/);
    assert.match(error.remedy ?? '', /load/);

    await scene.startEventsEtcd();
    await runUntilWell(subject);
    await subject.assertAllOnce();
  }
}

async function tokenInTheFuture(scene: Scene): Promise<void> {
  await using subject = createSubject(scene);
  await runWell(scene, subject, 3);
  await subject.restart();
  await scene.writeToken(subject.tokenName, farAhead);
  await scene.addEvents(2);
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assertRewound(report, farAhead);
  await assertHeldDelivered(scene, subject, report);
  await assertLower(scene, subject, farAhead);
  await assertSettled(scene, subject);
}

async function playEtcdRestored(scene: Scene, who: 'the same process' | 'the next process'): Promise<void> {
  await using subject = createSubject(scene);
  await runWell(scene, subject, 3);
  await scene.snapshot();
  await runWell(scene, subject, 20);
  const lost = (await scene.tokenIn(subject.tokenName)) ?? '';
  if (who === 'the next process') await subject.restart();
  await scene.restore(subject.tokenName);
  await scene.addEvents(1);
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assertRewound(report, lost);
  await assertHeldDelivered(scene, subject, report);
  await assertLower(scene, subject, lost);
  await assertSettled(scene, subject);
}

async function unreadableToken(scene: Scene): Promise<void> {
  await using subject = createSubject(scene);
  await runWell(scene, subject, 3);
  await subject.restart();
  await scene.writeToken(subject.tokenName, 'yesterday');
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assert.deepEqual(
    report.events.gaps.map(({ cause, fromVersion }) => [cause, fromVersion]),
    [['unreadable-token', 'yesterday']],
  );
  assert.match(report.warnings[0]?.message ?? '', /the stored event token "yesterday" is no resource version/);
  await assertHeldDelivered(scene, subject, report);
  await assertSettled(scene, subject);
}

async function tokenRemoved(scene: Scene): Promise<void> {
  await using subject = createSubject(scene);
  await runWell(scene, subject, 3);
  const token = await scene.tokenIn(subject.tokenName);
  await scene.deleteConfigMap(subject.tokenName);
  const report = await runWell(scene, subject, 2);
  assert.deepEqual([report.events.ledger.read, report.events.gaps], [2, []]);
  await subject.assertAllOnce();
  assert.ok(Number(await scene.tokenIn(subject.tokenName)) > Number(token), 'it is stored again, further on');
}

async function tokenEdited(scene: Scene): Promise<void> {
  await using subject = createSubject(scene);
  await runWell(scene, subject, 3);
  for (const edit of ['1', 'yesterday', '', farAhead]) {
    const before = await scene.tokenIn(subject.tokenName);
    await scene.writeToken(subject.tokenName, edit);
    const report = await runWell(scene, subject, 2);
    assert.deepEqual([report.events.ledger.read, report.events.gaps], [2, []], `edited to "${edit}"`);
    const after = await scene.tokenIn(subject.tokenName);
    // The newer of both stays: an edit takes effect at the next start.
    if (edit === farAhead) assert.equal(after, farAhead);
    else assert.ok(Number(after) > Number(before), `edited to "${edit}", stored ${after}`);
  }
  await subject.assertAllOnce();
}

/** So many events are added, and the run is as it should be. */
async function runWell(scene: Scene, subject: Subject, count: number): Promise<RunReport> {
  await scene.addEvents(count);
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  assert.deepEqual([report.warnings, report.events.caughtUp], [[], true]);
  return report;
}

/** A server whose etcd was away may need a moment after it is back. */
async function runUntilWell(subject: Subject): Promise<void> {
  const reports: RunReport[] = [];
  for (let tries = 0; tries < 10; tries++) {
    const report = await subject.run();
    if (report.ok && report.events.caughtUp) return;
    reports.push(report);
  }
  assert.fail(reports.map(formatReport).join('\n'));
}

function assertRewound(report: RunReport, lost: string): void {
  assert.deepEqual(
    report.events.gaps.map(({ cause, loss, fromVersion }) => [cause, loss, fromVersion]),
    [['rewound', 'rewritten', lost]],
    formatReport(report),
  );
  assert.match(
    report.warnings.map(({ message }) => message).join('\n'),
    new RegExp(
      `history was rewritten .*: it is not the one that was read up to ${lost}; every event it holds now is delivered`,
    ),
  );
}

/** In this one run, each once. */
async function assertHeldDelivered(scene: Scene, subject: Subject, report: RunReport): Promise<void> {
  const held = await scene.eventIds();
  assert.equal(report.events.ledger.delivered, held.length);
  assert.deepEqual([...subject.sender.committedSourceIds().slice(-held.length)].sort(), [...held].sort());
}

async function assertLower(scene: Scene, subject: Subject, than: string): Promise<void> {
  const stored = await scene.tokenIn(subject.tokenName);
  assert.ok(stored !== undefined && Number(stored) < Number(than), `stored: ${stored}`);
}

/** From here on all is as ever: what comes next comes once. */
async function assertSettled(scene: Scene, subject: Subject): Promise<void> {
  const before = subject.sender.committedSourceIds().length;
  const report = await runWell(scene, subject, 2);
  assert.deepEqual([report.events.ledger.read, report.events.gaps], [2, []]);
  assert.equal(subject.sender.committedSourceIds().length, before + 2);
}

const upStatus = ({ sender }: Subject) => sender.serviceChecks.filter(({ tags }) => tags === undefined).at(-1)?.status;
