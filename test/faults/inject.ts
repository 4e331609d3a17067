/**
 * What each fault does. Each waits for what shows that it took hold and, at last, for a commit of something written after it: for signals,
 * never for a time; each wait has a deadline that says what did not come.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../envtest/control-plane.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import type { Fleet } from './fleet.ts';
import { listHeld } from './held.ts';
import type { FaultKind, Step } from './schedule.ts';
import type { SubjectProcess } from './subject-process.ts';
import type { FaultRecord } from './timeline.ts';
import type { TokenWatch } from './token-watch.ts';
import type { Writer } from './writer.ts';

export interface Scene {
  readonly plane: ControlPlane;
  readonly fleet: Fleet;
  readonly writer: Writer;
  readonly proxy: CuttingProxy;
  readonly token: TokenWatch;
  /** What the next `etcd-restored` goes back to. */
  snapshot: Snapshot | undefined;
}

/** Files, taken together. */
export interface Snapshot {
  readonly events: string;
  /** All else: the token and the lease too. Absent: it is not restored. */
  readonly rest?: string;
}

/** What a fault has to say of itself; the rest of its record is the same for all. */
type Done = Pick<FaultRecord, 'process' | 'savedVersion'> & {
  /** @defaultValue now */
  readonly fromMs?: number;
  readonly overMs?: number;
};

/** What happens while a process is paused, compactions are missed, a restore is prepared. */
const someEvents = 400;
const moreThanUnderWay = 50;
const fewRejections = 3;
const rejectionDeadlineMs = 90_000;
/** A watch that is silent for 60 s is opened again. */
const silenceDeadlineMs = 120_000;

export async function inject(
  scene: Scene,
  { kind, chance }: Step & { readonly kind: FaultKind },
): Promise<FaultRecord> {
  const startedMs = Date.now();
  const { fromMs = startedMs, overMs = Date.now(), ...done } = await acts[kind](scene, chance);
  await recovered(scene, overMs, kind === 'connections-silent' ? silenceDeadlineMs : undefined);
  return { kind, fromMs, overMs, recoveredMs: Date.now(), ...done };
}

/** What is written from now on is committed, by whomever: what was under way now may have been read before. */
async function recovered({ fleet, writer }: Scene, sinceMs: number, deadlineMs?: number): Promise<void> {
  await writer.reached(writer.made.length + moreThanUnderWay);
  await fleet.committed(writer.newest, { ms: sinceMs }, deadlineMs);
}

const acts: Record<FaultKind, (scene: Scene, chance: number) => Promise<Done>> = {
  async killed(scene, chance) {
    const { fleet, token } = scene;
    const victim = chance < 0.8 ? fleet.leader() : anyone(fleet, chance);
    // Not always at the same place of its round.
    await sleep(chance * 1000);
    await fleet.finish(victim, 'SIGKILL');
    const overMs = Date.now();
    const savedVersion = await token.now();
    await replace(scene, victim);
    return { process: victim.name, savedVersion, overMs };
  },

  async terminated(scene, chance) {
    const victim = chance < 0.8 ? scene.fleet.leader() : anyone(scene.fleet, chance);
    await scene.fleet.finish(victim);
    await replace(scene, victim);
    return { process: victim.name };
  },

  /** Longer than the lease where there is another: until that one leads. */
  async paused({ fleet, writer, token }) {
    const victim = fleet.leader();
    victim.send('SIGSTOP');
    const fromMs = Date.now();
    const savedVersion = await token.now();
    if (fleet.running.length > 1) await fleet.committed(writer.newest, { ms: fromMs, other: victim });
    await writer.reached(writer.made.length + someEvents);
    const said = victim.said.length;
    victim.send('SIGCONT');
    await fleet.until(`${victim.name} to go on`, () => victim.said.length > said);
    return { process: victim.name, fromMs, savedVersion };
  },

  async 'api-server-killed'({ plane, token }) {
    const savedVersion = await token.now();
    await plane.apiServer.kill();
    await plane.apiServer.start();
    return { savedVersion };
  },

  async 'api-server-restarted'({ plane, token }) {
    const savedVersion = await token.now();
    await plane.apiServer.restart();
    return { savedVersion };
  },

  /** With the watches cut, so that they are opened again behind what is forgotten. */
  async 'compacted-while-up'({ plane, proxy }) {
    await plane.eventsEtcd.compact();
    proxy.cut();
    return {};
  },

  async 'compacted-while-down'({ fleet, writer, plane }) {
    await Promise.all(fleet.running.map((each) => fleet.finish(each)));
    await writer.reached(writer.made.length + someEvents);
    await plane.eventsEtcd.compact();
    await fleet.startAll();
    return {};
  },

  async 'token-deleted'({ token }) {
    const before = await token.now();
    await token.remove();
    await token.reached(before);
    return { savedVersion: 0 };
  },

  async 'token-lowered'({ token }, chance) {
    const before = await token.now();
    const savedVersion = Math.max(1, before - Math.round(1000 * chance) - 1);
    await token.overwrite(String(savedVersion));
    await token.reached(before);
    return { savedVersion };
  },

  async 'token-garbled'({ token }) {
    const before = await token.now();
    await token.overwrite('no version');
    await token.reached(before);
    return { savedVersion: 0 };
  },

  async 'commits-rejected'({ fleet }) {
    const rejections = (): number => fleet.all.flatMap(({ said }) => said.filter(({ at }) => at === 'rejected')).length;
    const wanted = rejections() + fewRejections;
    const refusing = fleet.running;
    await rejecting(fleet, refusing, true);
    await fleet.until(`${fewRejections} rejected commits`, () => rejections() >= wanted, rejectionDeadlineMs);
    await rejecting(fleet, refusing, false);
    return {};
  },

  async 'connections-cut'({ proxy, token }) {
    const savedVersion = await token.now();
    proxy.cut();
    return { savedVersion };
  },

  async 'connections-silent'({ proxy, token }) {
    const savedVersion = await token.now();
    proxy.silence();
    return { savedVersion };
  },

  async 'etcd-restored'(scene) {
    if (scene.snapshot === undefined) throw new Error('the schedule has no snapshot before etcd-restored');
    return restore(scene, scene.snapshot);
  },

  /** The events alone, so that the token stays; and nobody looks until there are as many versions again as the token says. */
  async 'etcd-restored-and-overtaken'(scene) {
    const { fleet, writer, plane } = scene;
    const snapshot = await plane.eventsEtcd.snapshot();
    await writer.reached(writer.made.length + someEvents);
    await fleet.committed(writer.newest, { ms: 0 });
    await Promise.all(fleet.running.map((each) => fleet.finish(each)));
    const overtaken = writer.newest;
    const done = await restore(scene, { events: snapshot });
    while (writer.newest <= overtaken + someEvents) await writer.reached(writer.made.length + 1);
    await fleet.startAll();
    return done;
  },
};

async function restore({ plane, writer }: Scene, snapshot: Snapshot): Promise<Done> {
  await writer.hold();
  const fromMs = Date.now();
  await plane.apiServer.stop();
  await plane.eventsEtcd.restore(snapshot.events);
  if (snapshot.rest !== undefined) await plane.etcd.restore(snapshot.rest);
  await plane.apiServer.start();
  const overMs = Date.now();
  const held = await listHeld(plane);
  writer.rewind({ objects: new Set(held.map(({ object }) => object)), newest: await plane.eventsEtcd.revision() });
  writer.release();
  return { fromMs, overMs };
}

const anyone = ({ running }: Fleet, chance: number): SubjectProcess =>
  running[Math.floor(chance * 1000) % running.length] as SubjectProcess;

/** By the next one at its place; there for the next fault. */
async function replace({ fleet }: Scene, { place }: SubjectProcess): Promise<void> {
  const next = await fleet.start(place);
  await fleet.until(`${next.name} to report or commit`, () => next.said.length > 1);
}

async function rejecting(fleet: Fleet, those: readonly SubjectProcess[], on: boolean): Promise<void> {
  const last = ({ said }: SubjectProcess) => said.findLast((one) => one.at === 'rejecting')?.on ?? false;
  for (const each of those) each.send('SIGUSR2');
  await fleet.until(`commits to be ${on ? 'rejected' : 'taken'}`, () => those.every((each) => last(each) === on));
}
