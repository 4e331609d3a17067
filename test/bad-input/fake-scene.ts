/** The scene on a FakeApiServer. With a ManualClock no time passes but what the code under test waits for. */
import type { Clock } from '../../src/index.ts';
import { coreEvent, FakeApiServer, ManualClock, newStyleEvent } from '../../src/testing/index.ts';
import type { Scene } from './scene.ts';

export interface FakeScene extends Scene, AsyncDisposable {
  readonly server: FakeApiServer;
}

const token = 'sEcReT-token-4711';
/** What a login page or a load balancer sets: see `harms.ts`. */
export const cookie = 'sEcReT-cookie-4711';

/** It has one ClusterResourceQuota, so that every unit has something to ask. */
export async function startFakeScene(clock: Clock = new ManualClock()): Promise<FakeScene> {
  const server = await new FakeApiServer({ clock, users: { [token]: 'kasc' } }).start();
  server.setClusterQuotas([
    { metadata: { name: 'team' }, status: { total: { hard: { pods: '10' }, used: { pods: '3' } } } },
  ]);
  let made = 0;
  let remembered = server.version;
  const tokenOf = (name: string) =>
    (server.configMap({ name })?.['data'] as Record<string, string> | undefined)?.['event.tokenKey'];

  return {
    server,
    clock,
    kubeConfig: server.kubeConfig(),
    secrets: [token, cookie],
    settle: (work) => (clock instanceof ManualClock ? clock.runUntil(work, { idle: () => server.idle() }) : work),
    async addEvents(count, namespace = 'default') {
      for (let n = 0; n < count; n++) {
        const style = made % 2 === 0 ? coreEvent : newStyleEvent;
        server.addEvent(style({ name: `event-${++made}`, namespace, reason: `Reason${made}` }));
      }
    },
    eventIds: async () => server.events.map(({ metadata: { uid, resourceVersion } }) => `${uid}:${resourceVersion}`),
    addNamespace: async (name) => server.addNamespace(name),
    tokenIn: async (name) => tokenOf(name),
    writeToken: async (name, text) => server.writeConfigMap({ name }, { 'event.tokenKey': text }),
    async deleteConfigMap(name) {
      const url = `${server.url}/api/v1/namespaces/default/configmaps/${name}`;
      await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    },
    fail: (fault) => server.fail(fault),
    clearFaults: () => server.clearFaults(),
    stopServer: () => server.stop(),
    startServer: async () => void (await server.start()),
    stopEventsEtcd: async () => server.stopEtcd('events'),
    startEventsEtcd: async () => server.startEtcd(),
    snapshot: async () => {
      remembered = server.version;
    },
    async restore(name) {
      const data = server.configMap({ name })?.['data'] as Record<string, string>;
      server.rewriteHistory(remembered);
      server.writeConfigMap({ name }, data);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
