/** The scene of bad input on a real control plane, whose events have an etcd of their own. Time passes faster for the code under test. */
import assert from 'node:assert/strict';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeConfigLike } from '../../src/index.ts';
import { fastClock } from '../bad-input/fast-clock.ts';
import type { Scene } from '../bad-input/scene.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { realWorld } from './real-world.ts';

export interface RealScene extends Scene, AsyncDisposable {
  /** The same behind a proxy, which does the harm. */
  readonly harmed: Scene;
}

/** Deadlines of ten seconds still are one, in which a server of this machine answers. */
const times = 10;

export async function startRealScene(plane: ControlPlane): Promise<RealScene> {
  const world = realWorld(plane);
  const clock = fastClock(times);
  const kubeConfig = await plane.kubeConfig(ADMIN);
  const token = kubeConfig.getCurrentUser()?.token ?? assert.fail('the harness gives tokens');
  const proxy = await startFaultProxy({ url: plane.apiServer.url, ca: authorityOf(kubeConfig), clock });
  const configMaps = '/api/v1/namespaces/default/configmaps';
  let made = 0;
  let snapshot: string | undefined;

  const scene: Scene = {
    clock,
    kubeConfig,
    secrets: [token],
    settle: (work) => work,
    async addEvents(count, namespace = 'default') {
      for (let n = 0; n < count; n++) {
        const style = made % 2 === 0 ? 'core' : 'new';
        const event = { name: `event-${++made}`, namespace, reason: `Reason${made}` };
        await world.write({ verb: 'create', style, event });
      }
    },
    eventIds: () => world.eventIds(),
    async addNamespace(name) {
      const { status } = await plane.request(ADMIN, 'POST', '/api/v1/namespaces', { metadata: { name } });
      assert.equal(status, 201);
    },
    tokenIn: async (name) => (await world.configMapData(name))?.['event.tokenKey'],
    async writeToken(name, text) {
      const { status } = await plane.request(ADMIN, 'PATCH', `${configMaps}/${name}`, {
        data: { 'event.tokenKey': text },
      });
      assert.equal(status, 200);
    },
    async deleteConfigMap(name) {
      const { status } = await plane.request(ADMIN, 'DELETE', `${configMaps}/${name}`);
      assert.equal(status, 200);
    },
    fail: proxy.fail,
    clearFaults: proxy.clearFaults,
    stopServer: () => plane.apiServer.kill(),
    startServer: () => plane.apiServer.start(),
    stopEventsEtcd: () => plane.eventsEtcd.kill(),
    startEventsEtcd: () => plane.eventsEtcd.start(),
    async snapshot() {
      snapshot = await plane.eventsEtcd.snapshot();
    },
    restore: () => plane.restore(plane.eventsEtcd, snapshot ?? assert.fail('nothing was remembered')),
  };
  return {
    ...scene,
    harmed: { ...scene, kubeConfig: throughProxy(proxy, token) },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

const authorityOf = (kubeConfig: KubeConfig): string =>
  Buffer.from(kubeConfig.getCurrentCluster()?.caData ?? assert.fail('no authority'), 'base64').toString();

const throughProxy = ({ url }: FaultProxy, token: string): KubeConfigLike => ({
  getCurrentCluster: () => ({ server: url }),
  async applyToHTTPSOptions(options) {
    options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
  },
});
