/** Replicas that share one lease on a fake API server and one manual clock; each can have clocks of its own, and be cut off. */
import type { TestContext } from 'node:test';
import type { Clock } from '../../src/clock.ts';
import { KubeCheckError } from '../../src/errors.ts';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { LeaseLeaderElector, type LeaseLeaderElectorOptions } from '../../src/leader/lease.ts';
import type { Leadership } from '../../src/leader-elector.ts';
import { FakeApiServer } from '../../src/testing/fake-api-server/fake-api-server.ts';
import type { KubeObject } from '../../src/testing/fake-api-server/object.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

export const durationMs = 6000;
/** In a sixth of the duration it renews, as the clock's chance is fixed. */
export const renewEveryMs = 1000;
export const leaseName = 'kube-apiserver-check';
export const leasePath = `/apis/coordination.k8s.io/v1/namespaces/default/leases/${leaseName}`;

export interface Replica {
  readonly elector: LeaseLeaderElector;
  /** Its clocks are so far ahead of everybody's. Milliseconds. */
  readonly ahead: { monotonicMs: number; wallMs: number };
  /** Time passes as far as needed. */
  acquire(signal?: AbortSignal): Promise<Leadership>;
  /** @throws Error if it follows */
  lead(): Promise<Extract<Leadership, { readonly role: 'leader' }>>;
  release(): Promise<void>;
  /** How often it asked, also in vain. */
  asked(): number;
  /** As kill -9 looks from outside: nothing more comes from it. */
  die(): void;
}

export interface Replicas {
  readonly server: FakeApiServer;
  readonly clock: ManualClock;
  replica(identity: string, options?: Partial<LeaseLeaderElectorOptions>): Replica;
  pass(ms: number): Promise<void>;
  settle<T>(promise: Promise<T>): Promise<T>;
  spec(): Readonly<Record<string, unknown>>;
  stored(): KubeObject | undefined;
  /** `GET`, `POST`, `PUT` of leases so far. */
  methods(): readonly string[];
}

export async function startReplicas(t: TestContext): Promise<Replicas> {
  const clock = new ManualClock({ random: 0.5 });
  const server = await new FakeApiServer({ clock }).start();
  t.after(() => server.close());
  const idle = { idle: () => server.idle() };
  const settle = <T>(promise: Promise<T>): Promise<T> => clock.runUntil(promise, idle);
  const stored = () => server.lease({ name: leaseName });

  function replica(identity: string, options: Partial<LeaseLeaderElectorOptions> = {}): Replica {
    const ahead = { monotonicMs: 0, wallMs: 0 };
    const own: Clock = {
      nowMs: () => clock.nowMs() + ahead.wallMs,
      monotonicMs: () => clock.monotonicMs() + ahead.monotonicMs,
      random: () => clock.random(),
      sleep: (ms, sleeping) => clock.sleep(ms, sleeping),
    };
    const api = createOwnedKubeApi(server.kubeConfig(), own);
    let dead = false;
    let asked = 0;
    t.after(() => api.close());
    const elector = new LeaseLeaderElector({
      api: {
        open: api.open,
        json(request) {
          asked++;
          return dead ? Promise.reject(new KubeCheckError('API_UNAVAILABLE', 'dead')) : api.json(request);
        },
      },
      namespace: 'default',
      identity,
      leaseDurationMs: durationMs,
      clock: own,
      ...options,
    });
    const acquire = (signal = new AbortController().signal) => settle(elector.acquire({ signal }));
    return {
      elector,
      ahead,
      acquire,
      async lead() {
        const leadership = await acquire();
        if (leadership.role !== 'leader') throw new Error(`${identity} follows ${leadership.holder}`);
        return leadership;
      },
      release: () => settle(elector.release()),
      asked: () => asked,
      die() {
        dead = true;
      },
    };
  }

  return {
    server,
    clock,
    replica,
    settle,
    stored,
    pass: (ms) => clock.advance(ms, idle),
    spec: () => (stored()?.['spec'] ?? {}) as Readonly<Record<string, unknown>>,
    methods: () => server.requests.filter(({ path }) => path.includes('/leases')).map(({ method }) => method),
  };
}
