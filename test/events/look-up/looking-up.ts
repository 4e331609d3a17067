/** Look-ups over real HTTP, on one fake API server and one manual clock. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createLookUp } from '../../../src/events/look-up/create-look-up.ts';
import type { LookUp } from '../../../src/events/look-up/look-up.ts';
import type { LookedUp } from '../../../src/events/options.ts';
import { cronJobOf } from '../../../src/events/transform/cron-job.ts';
import { hostProviderId, nodeOf } from '../../../src/events/transform/host.ts';
import { createOwnedKubeApi } from '../../../src/kube/api.ts';
import type { KubeEvent } from '../../../src/kube/wire/event.ts';
import { FakeApiServer, type KubeObject, ManualClock } from '../../../src/testing/index.ts';
import type { LookupStats } from '../../../src/unit.ts';
import { anEvent } from '../kube-event.ts';

/** What the transforms find out about an event. */
export interface Found {
  readonly node?: string;
  readonly providerId?: string;
  readonly cronJob?: string;
}

export interface Batch {
  readonly found: readonly Found[];
  readonly warnings: readonly string[];
  /** Paths, in the order of arrival. */
  readonly asked: readonly string[];
  readonly tookMs: number;
}

export interface LookingUp {
  readonly clock: ManualClock;
  readonly server: FakeApiServer;
  readonly lookUp: LookUp;
  readonly stats: LookupStats;
  /** One batch, with all that needs no time after it. */
  about(events: readonly KubeEvent[], signal?: AbortSignal): Promise<Batch>;
  pass(ms: number): Promise<void>;
}

const never = new AbortController().signal;

export async function lookingUp(
  t: TestContext,
  { lookUp: kinds = ['pods', 'nodes', 'jobs'], namespaces }: { lookUp?: LookedUp[]; namespaces?: string[] } = {},
): Promise<LookingUp> {
  // Loaded beforehand, as the clock can't see it being loaded.
  await import('lru-cache');
  const clock = new ManualClock({ random: 0 });
  const server = await new FakeApiServer({ clock }).start();
  const api = createOwnedKubeApi(server.kubeConfig(), clock);
  const lookUp = createLookUp({ lookUp: kinds, namespaces });
  const idle = { idle: () => server.idle() };
  t.after(async () => {
    lookUp.stop();
    api.close();
    await server.close();
  });
  return {
    clock,
    server,
    lookUp,
    get stats() {
      return lookUp.stats ?? assert.fail('nothing is ever asked');
    },
    async about(events, signal = never) {
      const warnings: string[] = [];
      const before = server.requests.length;
      const startedAtMs = clock.monotonicMs();
      const run = { api, clock, signal, warn: (message: string) => void warnings.push(message) };
      const lookups = await clock.runUntil(lookUp.about(events, run), idle);
      const tookMs = clock.monotonicMs() - startedAtMs;
      const found = events.map((event): Found => {
        const node = nodeOf(event, lookups);
        const providerId = node === undefined ? undefined : hostProviderId(node, lookups);
        const cronJob = cronJobOf(event.object, lookups);
        return {
          ...(node === undefined ? {} : { node }),
          ...(providerId === undefined ? {} : { providerId }),
          ...(cronJob === undefined ? {} : { cronJob }),
        };
      });
      const asked = server.requests.slice(before).map(({ path }) => path);
      return { found, warnings, asked, tookMs };
    },
    pass: (ms) => clock.advance(ms, idle),
  };
}

export const pod = (name: string, uid: string, nodeName?: string): KubeObject => ({
  metadata: { name, namespace: 'shop', uid },
  spec: nodeName === undefined ? {} : { nodeName },
});

export const node = (name: string, providerID?: string): KubeObject => ({
  metadata: { name },
  spec: providerID === undefined ? {} : { providerID },
});

export const job = (name: string, uid: string, cronJob?: string): KubeObject => ({
  metadata: {
    name,
    namespace: 'shop',
    uid,
    ...(cronJob === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob, uid: 'c', controller: true }] }),
  },
  spec: {},
});

/** An event that does not say where the pod runs. */
export const podEvent = (name: string, uid: string): KubeEvent => anEvent({ object: { name, uid } });

export const hostEvent = (host: string): KubeEvent => anEvent({ host });

export const jobEvent = (name: string, uid: string): KubeEvent => anEvent({ object: { kind: 'Job', name, uid } });

export const podPath = (name: string): string => `/api/v1/namespaces/shop/pods/${name}`;
export const nodePath = (name: string): string => `/api/v1/nodes/${name}`;
export const jobPath = (name: string): string => `/apis/batch/v1/namespaces/shop/jobs/${name}`;
