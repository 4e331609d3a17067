/** One harm to one kind of request: what the run says while it lasts, and that nothing is lost or told twice when it is over. */
import assert from 'node:assert/strict';
import { formatReport, type KubeCheckError, type RunReport } from '../../src/index.ts';
import type { Harm } from './harms.ts';
import type { RequestKind } from './requests.ts';
import type { Scene } from './scene.ts';
import { createSubject, type Subject } from './subject.ts';

/** The harm happens once, and the run survives it. */
export async function playOnce(scene: Scene, harm: Harm, kind: RequestKind): Promise<void> {
  await play(scene, { harm, kind, times: 1 }, (report) => assert.ok(report.ok, formatReport(report)));
}

/** Whether a run that it happens to once is to survive it. */
export function isSurvived(harm: Harm, kind: RequestKind): boolean {
  if (kind.again === 'anyway' || harm.again === 'at once') return true;
  return harm.again !== undefined && harm.again === kind.again;
}

/** The harm lasts for a whole run, which says so. */
export async function playLasting(scene: Scene, harm: Harm, kind: RequestKind): Promise<void> {
  const isHarmless = harm.harmlessTo?.includes(kind.name);
  await play(scene, { harm, kind, times: Number.POSITIVE_INFINITY }, (report, subject) => {
    if (isHarmless) assert.ok(report.ok, formatReport(report));
    else assertSaid(report, harm, kind);
    assertHealthTold(report, harm, kind, subject);
  });
}

async function play(
  scene: Scene,
  { harm, kind, times }: { readonly harm: Harm; readonly kind: RequestKind; readonly times: number },
  judge: (report: RunReport, subject: Subject) => void,
): Promise<void> {
  await using subject = createSubject(scene);
  await prepare(scene, subject, kind);
  const match = kind.match(subject.tokenName);
  if (kind.spared !== undefined) scene.fail({ ...match, times: kind.spared });
  scene.fail({ ...harm.fault, ...match, times });
  judge(await subject.run(), subject);

  scene.clearFaults();
  await scene.addEvents(1);
  const after = await subject.run();
  assert.ok(after.ok, formatReport(after));
  await subject.assertAllOnce();
}

/** Up to the run in which the request is made, with something to read in it. */
async function prepare(scene: Scene, subject: Subject, { stage }: RequestKind): Promise<void> {
  await scene.addEvents(6);
  if (stage === 'first run') return;
  const first = await subject.run();
  assert.ok(first.ok, formatReport(first));
  if (stage === 'next process') await subject.restart();
  await scene.addEvents(2);
}

function assertSaid(report: RunReport, harm: Harm, { fails, ofTheStore }: RequestKind): void {
  const failures = failuresOf(report);
  assert.deepEqual([...failures.keys()], fails, formatReport(report));
  for (const { code, message, remedy, details } of failures.values()) {
    assert.equal(code, ofTheStore ? 'TOKEN_STORE_FAILED' : harm.code, message);
    if (ofTheStore) assert.equal(details['causeCode'], harm.code);
    assert.equal(details['reason'], harm.reason);
    assert.match(message, harm.message);
    assert.match(remedy ?? 'none', harm.remedy);
  }
}

export function failuresOf({ units }: RunReport): ReadonlyMap<string, KubeCheckError> {
  return new Map(
    units.flatMap(({ name, outcome }) => (outcome.status === 'failed' ? [[name, outcome.error] as const] : [])),
  );
}

/** Whatever happens, each run says how the control plane is. Where only ComponentStatus could tell, the whole is unknown. */
function assertHealthTold(report: RunReport, { code }: Harm, { name }: RequestKind, { sender }: Subject): void {
  const up = sender.batches
    .flatMap(({ serviceChecks }) => serviceChecks.filter(({ tags }) => tags === undefined))
    .at(-1);
  const isUntold = failuresOf(report).has('control-plane') || (name === 'readyz' && code === 'API_ABSENT');
  const untold = code === 'API_UNAVAILABLE' ? 'critical' : 'unknown';
  assert.equal(up?.status, isUntold ? untold : 'ok', up?.message);
}
