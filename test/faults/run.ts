/** One run: a control plane, a writer, the processes under test, faults by the schedule; then the files are held against the server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeASCheckConfig } from '../../src/index.ts';
import { type ControlPlane, startControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realWorld } from '../real-server/real-world.ts';
import { leastPrivileged } from './access.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { createFleet, describe, type Fleet, type Subject } from './fleet.ts';
import { type Held, listHeld } from './held.ts';
import { inject, type Scene } from './inject.ts';
import { judge, type Verdict } from './judge.ts';
import type { Said } from './said.ts';
import { type FaultKind, planFaults, type Step } from './schedule.ts';
import { leaseName, tokenName } from './subjects.ts';
import type { Evidence, FaultRecord, Lead } from './timeline.ts';
import { watchToken } from './token-watch.ts';
import { startWriter, type Writer } from './writer.ts';

export interface RunOptions {
  readonly subject: Subject;
  /** Whose rights the processes get. */
  readonly config: KubeASCheckConfig;
  readonly seed: number;
  /** The least number of versions written. */
  readonly events: number;
  readonly faults: readonly FaultKind[];
  /** One with separate events that is there already: it is left running. Absent: one of its own. */
  readonly plane?: ControlPlane;
  /** How long the processes may take, after the last write, to commit all that the server holds. @defaultValue 60000 */
  readonly catchUpMs?: number;
  readonly log: (line: string) => void;
}

export interface RunOutcome {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  /** Of the processes: ended by themselves, ended badly, broke the rules of a sender. */
  readonly problems: readonly string[];
  /** What each process said of itself, without its commits. */
  readonly said: Readonly<Record<string, readonly Said[]>>;
  /** Gaps said, by cause. */
  readonly gaps: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  readonly wallMs: number;
}

const defaultCatchUpMs = 60_000;

export async function faultRun(options: RunOptions): Promise<RunOutcome> {
  const startedMs = performance.now();
  await using owned = new AsyncDisposableStack();
  const plane = options.plane ?? owned.use(await startControlPlane({ separateEvents: true }));
  // In the plane's folder, which goes even when this process is killed.
  const folder = mkdtempSync(join(plane.folder, 'faults-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  await clear(plane);
  const given = (await listHeld(plane)).map(({ id }) => id);
  const proxy = owned.use(await startCuttingProxy(Number(new URL(plane.apiServer.url).port)));
  const name = `fault-run-${process.hrtime.bigint()}`;
  const kubeconfig = await leastPrivileged(plane, options.config, { name, port: proxy.port, folder });
  const token = owned.use(watchToken(plane, tokenPath));
  const writer = startWriter(realWorld(plane), options.seed);
  owned.defer(() => writer.stop().catch(() => undefined));
  const fleet = owned.use(createFleet({ subject: options.subject, kubeconfig, folder, seed: options.seed }));
  const scene: Scene = { plane, fleet, writer, proxy, token, snapshot: undefined };

  await fleet.startAll();
  await fleet.committed(1, { ms: 0 });
  const faults: FaultRecord[] = [];
  const stuck = await playFaults(scene, options, faults).then(
    () => undefined,
    (error: Error) => error,
  );
  writer.release();
  await writer.reached(stuck === undefined ? options.events : 1);
  await writer.stop();
  const held = await listHeld(plane);
  const { catchUpMs = defaultCatchUpMs } = options;
  if (!(await catchUp(fleet, held, catchUpMs))) options.log(`not all came within ${catchUpMs} ms of the last write`);
  const ends = await Promise.allSettled(fleet.running.map((each) => fleet.finish(each)));
  const failures = [stuck, ...ends.map((end) => (end.status === 'rejected' ? end.reason : undefined))];

  const evidence: Evidence = {
    ...{ held: held.map(({ id }) => id), given, made: writer.made },
    ...{ deliveries: fleet.deliveries(), faults, leads: leadsOf(fleet), tokens: token.samples },
  };
  return {
    verdict: judge(evidence),
    evidence,
    problems: [...failures.flatMap((failure) => (failure ? [failure.message] : [])), ...problemsOf(fleet)],
    said: Object.fromEntries(fleet.all.map(({ name, said }) => [name, said.filter(({ at }) => at !== 'committed')])),
    gaps: gapsOf(fleet),
    cpuMs: cpuOf(fleet),
    wallMs: Math.round(performance.now() - startedMs),
  };
}

const tokenPath = `/api/v1/namespaces/default/configmaps/${tokenName}`;
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/default/leases/${leaseName}`;

/** Of an earlier run on the same plane. */
async function clear(plane: ControlPlane): Promise<void> {
  for (const path of [tokenPath, leasePath]) await plane.request(ADMIN, 'DELETE', path);
}

/** @param records - what was done so far, also when one rejects because it was not got over */
async function playFaults(
  scene: Scene,
  { faults, events, seed, log }: RunOptions,
  records: FaultRecord[],
): Promise<void> {
  for (const step of planFaults(faults, events, seed)) {
    await scene.writer.reached(step.afterEvents);
    if (isFault(step)) {
      const record = await inject(scene, step).catch((cause: Error) => {
        throw new Error(`${step.kind} was not got over: ${cause.message}`, { cause });
      });
      records.push(record);
      log(lineOf(record, scene.writer));
    } else {
      const { etcd, eventsEtcd } = scene.plane;
      scene.snapshot = { rest: await etcd.snapshot(), events: await eventsEtcd.snapshot() };
      log(`${scene.writer.made.length} events: snapshot`);
    }
  }
}

const isFault = (step: Step): step is Step & { readonly kind: FaultKind } => step.kind !== 'snapshot';

function lineOf({ kind, process, fromMs, overMs, recoveredMs }: FaultRecord, { made }: Writer): string {
  const whom = process === undefined ? '' : ` ${process}`;
  return `${made.length} events: ${kind}${whom}, over after ${overMs - fromMs} ms, recovered after ${recoveredMs - overMs} ms more`;
}

/** Resolves when each of these was told as committed; false when that takes too long: the judge says what is missing. */
async function catchUp(fleet: Fleet, held: readonly Held[], deadlineMs: number): Promise<boolean> {
  const missing = new Set(held.map(({ id }) => id));
  const read = new Map<string, number>();
  const holds = (): boolean => {
    for (const { name, said } of fleet.all) {
      for (const one of said.slice(read.get(name) ?? 0))
        if (one.at === 'committed') for (const id of one.ids) missing.delete(id);
      read.set(name, said.length);
    }
    return missing.size === 0;
  };
  // What a killed process wrote last it could not tell any more.
  for (const { id } of fleet.deliveries()) missing.delete(id);
  return fleet.until('everything to be committed', holds, deadlineMs).then(
    () => true,
    () => false,
  );
}

/** Who began to read from the stored token when: with its first role that reads, or at its start. */
function leadsOf({ all }: Fleet): readonly Lead[] {
  return all.flatMap(({ name, said, startedAtMs }) => [
    { process: name, fromMs: startedAtMs },
    ...said.flatMap((one) => (one.at === 'role' && one.role === 'leader' ? [{ process: name, fromMs: one.atMs }] : [])),
  ]);
}

function problemsOf({ all }: Fleet): readonly string[] {
  return all.flatMap((each) => {
    const { name, said, end } = each;
    const broken = said.flatMap((one) => (one.at === 'problem' ? [`${name}: ${one.what}`] : []));
    const isBad = end !== undefined && (end.told === undefined || (end.told === 'SIGTERM' && end.code !== 0));
    return isBad ? [...broken, describe(each)] : broken;
  });
}

function gapsOf({ all }: Fleet): Readonly<Record<string, number>> {
  const gaps: Record<string, number> = {};
  for (const { said } of all)
    for (const one of said) if (one.at === 'gap') gaps[one.cause] = (gaps[one.cause] ?? 0) + 1;
  return gaps;
}

/** As each said it last: what a killed one did after that is not counted. */
function cpuOf({ all }: Fleet): number {
  return all
    .map(({ said }) => said.findLast((one) => one.at === 'committed' || one.at === 'reported')?.cpuMs ?? 0)
    .reduce((sum, ms) => sum + ms, 0);
}
