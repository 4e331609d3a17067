/**
 * The check under test: every unit, and its default token store. After each run its books must close and go on from those before, and
 * nothing that it says may hold a secret.
 */
import assert from 'node:assert/strict';
import {
  type EventCollectorOptions,
  KubeASCheck,
  type KubeASCheckConfig,
  type KubeConfigSource,
  type RunReport,
} from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { assertBooks } from '../books.ts';
import { assertNoSecrets } from './said.ts';
import type { Scene } from './scene.ts';

/** Small, so that a list has several pages. */
export const pageSize = 5;
/** A real server may take its time; the fake one's takes none. */
const patience = { readTimeoutMs: 3000, readQuietMs: 1000 };
/** Between two runs. What a server asked to wait for by a `Retry-After: 1` has passed by then. */
const restMs = 1500;

let subjects = 0;

export interface Subject extends AsyncDisposable {
  readonly sender: RecordingSender;
  /** Of its ConfigMap. */
  readonly tokenName: string;
  run(): Promise<RunReport>;
  /** The process ends gracefully, and another one begins. */
  restart(): Promise<void>;
  /** Committed is every event that the server has, each once, and nothing else. */
  assertAllOnce(): Promise<void>;
}

export interface SubjectOptions extends EventCollectorOptions {
  /** @defaultValue the scene's */
  readonly kubeConfig?: KubeConfigSource;
  /** Of the check as a whole. */
  readonly check?: Pick<KubeASCheckConfig, 'runBudgetMs' | 'resourcesNamespace'>;
}

export function createSubject(
  scene: Scene,
  { kubeConfig = scene.kubeConfig, check: checkOptions, ...events }: SubjectOptions = {},
): Subject {
  const { clock } = scene;
  const sender = new RecordingSender();
  const tokenName = `bad-input-${++subjects}`;
  const config = {
    leader: { skip: true },
    events: { ...patience, pageSize, tokenName, ...events },
    ...checkOptions,
  };
  const make = () => new KubeASCheck({ kubeConfig, sender, clock, config });
  let check = make();
  let last: RunReport | undefined;

  return {
    sender,
    tokenName,
    async run() {
      await scene.settle(clock.sleep(restMs));
      const report = await scene.settle(check.run());
      assertBooks(report, last);
      last = report;
      assertNoSecrets(report, scene.secrets);
      return report;
    },
    async restart() {
      await scene.settle(check.stop());
      check = make();
      last = undefined;
    },
    async assertAllOnce() {
      const committed = sender.committedSourceIds();
      assert.deepEqual([...committed].sort(), [...(await scene.eventIds())].sort());
      assert.deepEqual(sender.duplicateSourceIds(), []);
    },
    [Symbol.asyncDispose]: () => scene.settle(check.stop()),
  };
}
