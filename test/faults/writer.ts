/**
 * Writes events at a steady pace while everything else fails, and remembers each version that it made. What a lost answer hides is found out
 * from the server before the next write to that object.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { versionOf } from '../scenarios/committed.ts';
import type { World } from '../scenarios/world.ts';
import { planWrites, type WritePlan } from './planned-writes.ts';

const lanes = 12;
const writesPerSecond = 340;
/** What an outage put off is made up for, at most so much of it: the pace must not become a flood. */
const mostArrearsMs = 2000;

export interface Made {
  readonly id: string;
  readonly atMs: number;
}

export interface Writer {
  readonly made: readonly Made[];
  /** The highest version so far; after a restore, of the history that is in force. */
  readonly newest: number;
  /** Resolves when so many versions are made. @throws when a write failed for good */
  reached(events: number): Promise<void>;
  /** Resolves when nothing is under way; nothing new is begun until `release`. */
  hold(): Promise<void>;
  /** While held: the server now has these objects, by namespace and name, and its versions end here. */
  rewind(state: { readonly objects: ReadonlySet<string>; readonly newest: number }): void;
  release(): void;
  /** Resolves when the last write is done. @throws when a write failed for good */
  stop(): Promise<void>;
}

export function startWriter(world: Pick<World, 'write'>, seed: number): Writer {
  const made: Made[] = [];
  const plans = Array.from({ length: lanes }, (_, lane) => planWrites(lane.toString(36), seed * 1000 + lane));
  const observers = new Set<() => void>();
  let newest = 0;
  let stopped = false;
  let failure: { readonly cause: unknown } | undefined;
  let underWay = 0;
  let gate: PromiseWithResolvers<void> | undefined;
  let dueMs = performance.now();

  const changed = () => {
    for (const observe of [...observers]) observe();
  };

  function when(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (failure === undefined && !holds()) return;
        observers.delete(look);
        if (failure === undefined) resolve();
        else reject(new Error('the writer failed', { cause: failure.cause }));
      };
      observers.add(look);
      look();
    });
  }

  async function turn(): Promise<void> {
    dueMs = Math.max(dueMs + 1000 / writesPerSecond, performance.now() - mostArrearsMs);
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    while (gate !== undefined) await gate.promise;
    // No await between the look at the gate and this: hold() waits for what is under way.
    underWay++;
  }

  async function write(plan: WritePlan): Promise<void> {
    try {
      const id = await world.write(plan.next());
      if (id === undefined) return;
      made.push({ id, atMs: Date.now() });
      newest = Math.max(newest, Number(versionOf(id)));
    } finally {
      underWay--;
      changed();
    }
  }

  async function writeLane(plan: WritePlan): Promise<void> {
    try {
      while (!stopped && failure === undefined) {
        await turn();
        await write(plan);
      }
    } catch (cause) {
      failure ??= { cause };
      changed();
    }
  }

  function release(): void {
    gate?.resolve();
    gate = undefined;
  }

  const ended = Promise.all(plans.map(writeLane));
  return {
    made,
    get newest() {
      return newest;
    },
    reached: (events) => when(() => made.length >= events),
    async hold() {
      gate ??= Promise.withResolvers();
      await when(() => underWay === 0);
    },
    rewind(state) {
      newest = state.newest;
      for (const plan of plans) plan.keepOnly((object) => state.objects.has(object));
    },
    release,
    async stop() {
      stopped = true;
      release();
      await ended;
      await when(() => true);
    },
  };
}
