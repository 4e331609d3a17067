/** Two API servers of one etcd behind one address: the one in use goes, gracefully and not, while a watch is open. */
import assert from 'node:assert/strict';
import type { KubeConfigLike } from '../../src/index.ts';
import type { ApiServer } from '../envtest/api-server.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { sumOfMetric } from '../real-server/metrics.ts';
import { gapsOf } from './host.ts';
import { startOddProxy } from './proxy.ts';
import { createRealHost, writeEvents } from './real-host.ts';

const portOf = ({ url }: { readonly url: string }): number => Number(new URL(url).port);

const openWatches = (server: ApiServer) =>
  sumOfMetric(server, 'apiserver_longrunning_requests', { resource: 'events', verb: 'WATCH' });

realServerTest(
  'a watch goes on, with no gap and no event twice, when the API server that has it goes',
  {},
  async (plane) => {
    const first = plane.apiServer;
    const second = await plane.startApiServer();
    await using proxy = await startOddProxy(portOf(first));
    const direct = await plane.kubeConfig(ADMIN);
    const kubeConfig: KubeConfigLike = {
      getCurrentCluster: () => ({ ...direct.getCurrentCluster(), server: `https://127.0.0.1:${proxy.port}` }),
      applyToHTTPSOptions: (options) => direct.applyToHTTPSOptions(options),
    };
    await using host = createRealHost({ kubeConfig, events: { mode: 'watch', batchWindowMs: 50 } });
    const written = [...(await writeEvents(first, 5))];
    const reports = [...(await host.runUntilCommitted(written))];

    for (const [leaving, staying, leave] of [
      [first, second, () => first.stop()],
      [second, first, () => second.kill()],
    ] as const) {
      if (staying.pid() === undefined) await staying.start();
      written.push(...(await writeEvents(leaving, 5)));
      proxy.leadTo(portOf(staying));
      const gone = leave();
      written.push(...(await writeEvents(staying, 20)));
      await gone;
      written.push(...(await writeEvents(staying, 5)));
      reports.push(...(await host.runUntilCommitted(written)));
      await until('its watch to be open on the other one', async () => (await openWatches(staying)) === 1);
    }

    // A second API server may add one of its own, when it repairs the address of the service `kubernetes`.
    const ours = new Set(written);
    const committed = host.sender.committedSourceIds().filter((id) => ours.has(id));
    assert.deepEqual(committed.sort(), written.toSorted());
    assert.deepEqual([host.sender.duplicateSourceIds(), gapsOf(...reports)], [[], []]);
    await host.check.stop();
    await until('no watch to be open', async () => (await openWatches(first)) === 0);
    assert.equal(proxy.open, 0);
  },
);
