/** All processes under test: one at each place at a time, the next one going on with the file of the one before. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { versionOf } from '../scenarios/committed.ts';
import { type Delivery, readDeliveries } from './delivered.ts';
import type { ProcessOptions, Said } from './said.ts';
import { type SubjectProcess, startSubject } from './subject-process.ts';

/** What is run. */
export interface Subject {
  readonly script: string;
  readonly places: readonly string[];
  readonly options: Omit<ProcessOptions, 'process' | 'output' | 'seed'>;
}

export interface FleetSpec {
  readonly subject: Subject;
  readonly kubeconfig: string;
  readonly folder: string;
  readonly seed: number;
}

export interface Fleet extends AsyncDisposable {
  /** Ever started, in order. */
  readonly all: readonly SubjectProcess[];
  readonly running: readonly SubjectProcess[];
  /** Resolves when it listens to signals. */
  start(place: string): Promise<SubjectProcess>;
  /** One at each place. */
  startAll(): Promise<void>;
  /** SIGTERM, or SIGKILL; resolves when it is gone. @throws when it does not go */
  finish(process: SubjectProcess, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** The one that committed last: who leads, if there is a leader. */
  leader(): SubjectProcess;
  /** Resolves when a commit with this version or a newer one was told since; by whom. */
  committed(
    version: number,
    since: { readonly ms: number; readonly other?: SubjectProcess },
    deadlineMs?: number,
  ): Promise<SubjectProcess>;
  /** Looks again whenever a process says something or ends. @throws at the deadline, or when a process ended by itself */
  until(what: string, holds: () => boolean, deadlineMs?: number): Promise<void>;
  deliveries(): readonly Delivery[];
}

const defaultDeadlineMs = 60_000;
const endDeadlineMs = 40_000;

export function createFleet({ subject, kubeconfig, folder, seed }: FleetSpec): Fleet {
  const all: SubjectProcess[] = [];
  const observers = new Set<() => void>();
  const changed = () => {
    for (const observe of [...observers]) observe();
  };
  const fileOf = (place: string): string => join(folder, `${place}.jsonl`);
  const running = (): readonly SubjectProcess[] => all.filter(({ end }) => end === undefined);

  async function until(what: string, holds: () => boolean, deadlineMs = defaultDeadlineMs): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      const fallen = all.find(({ end }) => end !== undefined && end.told === undefined);
      if (holds()) resolve();
      else if (fallen) reject(new Error(`while waiting for ${what}: ${describe(fallen)}`));
    };
    const timer = setTimeout(() => {
      const states = running().map(describe).join('\n');
      reject(new Error(`waited ${deadlineMs} ms in vain for ${what}\n${states}`));
    }, deadlineMs);
    observers.add(look);
    try {
      look();
      await promise;
    } finally {
      clearTimeout(timer);
      observers.delete(look);
    }
  }

  async function start(place: string): Promise<SubjectProcess> {
    const name = `${place}${all.filter((earlier) => earlier.place === place).length + 1}`;
    const options = { ...subject.options, process: name, output: fileOf(place), seed: seed * 1000 + all.length };
    const started = startSubject({ script: subject.script, kubeconfig, place, options, changed });
    all.push(started);
    await until(`${name} to begin`, () => started.said.length > 0);
    return started;
  }

  async function finish(process: SubjectProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    process.send(signal);
    // A paused one would take it only later.
    process.send('SIGCONT');
    const late = new AbortController();
    const isGone = await Promise.race([
      process.ended.then(() => true),
      sleep(endDeadlineMs, false, { signal: late.signal }),
    ]);
    late.abort();
    if (!isGone) throw new Error(`${process.name} did not end ${endDeadlineMs} ms after ${signal}`);
  }

  function leader(): SubjectProcess {
    const [first] = running().toSorted((one, other) => lastCommitMs(other) - lastCommitMs(one));
    if (first === undefined) throw new Error('no process is running');
    return first;
  }

  return {
    all,
    get running() {
      return running();
    },
    start,
    async startAll() {
      await Promise.all(subject.places.map(start));
    },
    finish,
    leader,
    async committed(version, { ms, other }, deadlineMs) {
      let found: SubjectProcess | undefined;
      await until(
        `a commit of version ${version} or newer`,
        () => {
          found = all.find((process) => process !== other && committedBeyond(process, version, ms));
          return found !== undefined;
        },
        deadlineMs,
      );
      return found as SubjectProcess;
    },
    until,
    deliveries: () => subject.places.flatMap((place) => readDeliveries(fileOf(place))),
    async [Symbol.asyncDispose]() {
      for (const process of running()) process.send('SIGKILL');
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

type Committed = Extract<Said, { readonly at: 'committed' }>;

/** Newest first. */
function* commitsOf({ said }: SubjectProcess): Generator<Committed> {
  for (let index = said.length - 1; index >= 0; index--) {
    const one = said[index];
    if (one?.at === 'committed') yield one;
  }
}

const lastCommitMs = (process: SubjectProcess): number => commitsOf(process).next().value?.atMs ?? 0;

function committedBeyond(process: SubjectProcess, version: number, sinceMs: number): boolean {
  for (const { ids, atMs } of commitsOf(process)) {
    if (atMs < sinceMs) return false;
    if (ids.some((id) => Number(versionOf(id)) >= version)) return true;
  }
  return false;
}

/** For a message: its end, or what it said last. */
export function describe({ name, end, said }: SubjectProcess): string {
  if (end !== undefined) {
    const how = end.signal ?? `exit code ${end.code}`;
    return `${name} ended by itself: ${how}\n${end.stderr.split('\n').slice(-15).join('\n')}`;
  }
  const role = said.findLast((one) => one.at === 'role')?.role ?? 'of no role yet';
  const report = said.findLast((one) => one.at === 'reported');
  return `${name} is ${role}; its last report: ${report === undefined ? 'none' : report.ok ? 'ok' : report.text}`;
}
