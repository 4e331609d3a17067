/** A cluster in this process. With a ManualClock no time passes but what the code under test waits for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/clock.ts';
import { coreEvent, FakeApiServer, ManualClock, newStyleEvent } from '../../src/testing/index.ts';
import type { EventWrite, World } from './world.ts';

const token = 'fake-token';

export interface FakeWorld extends World, AsyncDisposable {
  readonly server: FakeApiServer;
}

/** @param clock - the machine's own where other processes take part */
export async function startFakeWorld(clock: Clock = systemClock): Promise<FakeWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-check-fake-'));
  const server = await new FakeApiServer({ clock, users: { [token]: 'admin' } }).start();
  const settle = async <T>(work: Promise<T>): Promise<T> =>
    clock instanceof ManualClock ? clock.runUntil(work, { idle: () => server.idle() }) : work;

  return {
    server,
    clock,
    settle,
    kubeConfig: async () => server.kubeConfig(),
    kubeconfigPath: () => writeKubeconfig(join(folder, 'kubeconfig'), server.url),
    write: async (write) => writeTo(server, write),
    eventIds: async () => server.events.map(({ metadata: { uid, resourceVersion } }) => `${uid}:${resourceVersion}`),
    configMapData: async (name) => server.configMap({ name })?.['data'] as Record<string, string> | undefined,
    setClusterQuotas: async (quotas) => server.setClusterQuotas(quotas),
    removeClusterQuotas: async () => server.setClusterQuotas(undefined),
    openEventWatches: async () => server.openWatches.length,
    eventWatchesAre: async (count) => {
      await server.idle();
      assert.equal(server.openWatches.length, count);
    },
    compact: async () => server.compact(),
    stopApiServer: () => server.stop(),
    killApiServer: () => server.kill(),
    startApiServer: async () => void (await server.start()),
    loseEtcd: async () => server.stopEtcd(),
    loseEventsEtcd: async () => server.stopEtcd('events'),
    regainEtcd: async () => server.startEtcd(),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
      await server.close();
    },
  };
}

/** JSON is YAML too. */
function writeKubeconfig(path: string, url: string): string {
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'admin' } }],
    'current-context': 'fake',
  };
  writeFileSync(path, JSON.stringify(kubeconfig));
  return path;
}

function writeTo(server: FakeApiServer, { verb, style, event }: EventWrite): string | undefined {
  if (verb === 'delete') return void server.deleteEvent(event);
  const object = style === 'core' ? coreEvent(event) : newStyleEvent(event);
  const { uid, resourceVersion } = (verb === 'create' ? server.addEvent(object) : server.writeEvent(object)).metadata;
  return `${uid}:${resourceVersion}`;
}
