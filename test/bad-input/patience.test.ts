import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatReport } from '../../src/index.ts';
import { type FakeScene, startFakeScene } from './fake-scene.ts';
import { type RequestKind, requestKinds } from './requests.ts';
import { createSubject, type Subject } from './subject.ts';

/** Longer than a run may take, and than a host waits between two. */
const waitMs = 40_000;

/** A `Retry-After`, and the instant that it means where it came at another. */
interface Wish {
  readonly header: string;
  untilMs(atMs: number): number;
}

const inSeconds = (): Wish => ({ header: `${waitMs / 1000}`, untilMs: (atMs) => atMs + waitMs });

function asDate({ clock }: FakeScene): Wish {
  const date = new Date(clock.nowMs() + waitMs).toUTCString();
  return { header: date, untilMs: () => Date.parse(date) };
}

/** A path is left alone for so long, however often the check is run, and then everything is as if nothing had been. */
async function leavesAlone(kind: RequestKind, wishFor: (scene: FakeScene) => Wish): Promise<void> {
  await using scene = await startFakeScene();
  const { server, clock } = scene;
  await using subject = createSubject(scene);
  await scene.addEvents(6);
  if (kind.stage !== 'first run') await runWell(subject);
  if (kind.stage === 'next process') await subject.restart();
  await scene.addEvents(2);
  const match = kind.match(subject.tokenName);
  const wish = wishFor(scene);
  if (kind.spared !== undefined) server.fail({ ...match, times: kind.spared });
  server.fail({ ...match, status: 429, headers: { 'Retry-After': wish.header } });

  const indexOfRefused = () => server.requests.findIndex(({ status }) => status === 429);
  for (let runs = 0; runs < 10 && indexOfRefused() < 0; runs++) await subject.run();
  const refused = server.requests[indexOfRefused()];
  assert.ok(refused, 'it was asked for patience');
  const untilMs = wish.untilMs(refused.atMs);
  for (let runs = 0; clock.nowMs() < untilMs; runs++) {
    assert.ok(runs < 30, 'time passes');
    await subject.run();
  }
  const again = server.requests.slice(indexOfRefused() + 1).filter(({ path }) => path === refused.path);
  assert.deepEqual(
    again.filter(({ atMs }) => atMs < untilMs),
    [],
    `${refused.path} was asked again too early`,
  );
  await scene.addEvents(1);
  await runWell(subject);
  await runWell(subject);
  await subject.assertAllOnce();
}

async function runWell(subject: Subject): Promise<void> {
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
}

describe('a path that asks for patience (429 with Retry-After) is left alone for that long:', () => {
  for (const kind of requestKinds) {
    test(`${kind.name}, given in seconds`, () => leavesAlone(kind, inSeconds));
    test(`${kind.name}, given as a date`, () => leavesAlone(kind, asDate));
  }
});

test('a run that may not ask says so, and when it may', async () => {
  await using scene = await startFakeScene();
  await using subject = createSubject(scene);
  await runWell(subject);
  scene.server.fail({ path: '/readyz', status: 429, headers: { 'Retry-After': '60' } });
  await subject.run();
  const { units } = await subject.run();
  const outcome = units.find(({ name }) => name === 'control-plane')?.outcome;
  assert.ok(outcome?.status === 'failed');
  const { code, message, remedy, retryAfterMs = 0 } = outcome.error;
  assert.equal(code, 'API_THROTTLED');
  assert.match(message, /^get \/readyz: not asked, as the server wants to be left alone$/);
  assert.match(remedy ?? '', /it is asked again when it wants to be/);
  assert.ok(retryAfterMs > 30_000 && retryAfterMs < 60_000, `${retryAfterMs}`);
  assert.equal(subject.sender.serviceChecks.filter(({ tags }) => tags === undefined).at(-1)?.status, 'unknown');
});
