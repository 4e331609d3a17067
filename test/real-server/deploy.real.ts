import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAllYaml } from '@kubernetes/client-node';
import type { CheckEvent } from '../../src/index.ts';
import { type HostEnd, type HostProcess, startHost } from '../deploy/host-process.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN, LEAST_PRIVILEGED } from '../envtest/credentials.ts';
import { readLines } from '../envtest/lines.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { root } from '../examples/child-process.ts';
import { type Applicable, applyWithoutWarning } from './apply.ts';
import { serviceAccountConfig } from './manifest.ts';

const account = 'kube-apiserver-check';

interface Probe {
  readonly httpGet: { readonly path: string };
}

interface Container {
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  readonly containers: readonly Container[];
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: PodSpec;
}

/** rbac.yaml first, as deployment.yaml asks for. */
const files = readdirSync(join(root, 'deploy'))
  .filter((name) => name.endsWith('.yaml'))
  .sort((a, b) => Number(b === 'rbac.yaml') - Number(a === 'rbac.yaml'));

const objectsOf = (file: string) => loadAllYaml(readFileSync(join(root, 'deploy', file), 'utf8')) as Applicable[];

async function itemsOf<Item>(plane: ControlPlane, resource: string): Promise<readonly Item[]> {
  const { status, body } = await plane.request<{ readonly items: readonly Item[] }>(
    ADMIN,
    'GET',
    `/api/v1/namespaces/default/${resource}`,
  );
  assert.equal(status, 200, JSON.stringify(body));
  return body.items;
}

const options = { needs: ['kube-controller-manager', 'kube-scheduler'], serviceAccountAdmission: true } as const;

realServerTest('deploy/ on a real cluster', options, async (plane, t) => {
  const restricted = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  await plane.request(ADMIN, 'PATCH', '/api/v1/namespaces/default', { metadata: { labels: restricted } });
  await plane.startControllers();

  await t.test(
    'every manifest is taken without a warning, where pods are restricted, and changes nothing when applied again',
    async () => {
      assert.ok(files.length > 1 && files[0] === 'rbac.yaml', `${files}`);
      const objects = files.flatMap(objectsOf);
      const versions = (applied: readonly unknown[]) =>
        (applied as { readonly metadata: { readonly uid: string; readonly generation?: number } }[]).map(
          ({ metadata: { uid, generation } }) => ({ uid, generation }),
        );
      const first = await applyWithoutWarning(plane, objects);
      assert.deepEqual(versions(await applyWithoutWarning(plane, objects)), versions(first));
    },
  );

  const pods = await until('two pods', async () => {
    const items = (await itemsOf<Pod>(plane, 'pods')).filter(({ spec }) => spec.serviceAccountName === account);
    return items.length === 2 && items;
  });
  const { spec } = pods[0] as Pod;
  const [container] = spec.containers as [Container];

  await t.test('its pods are admitted, with the token of its service account mounted', async () => {
    const names = (await itemsOf<Applicable>(plane, 'serviceaccounts')).map(({ metadata }) => metadata.name);
    assert.ok(names.includes(account));
    assert.ok(
      container.volumeMounts.some(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount'),
    );
    const events = await itemsOf<{ readonly reason: string; readonly message: string }>(plane, 'events');
    assert.deepEqual(
      events.filter(({ reason }) => reason === 'FailedCreate'),
      [],
    );
  });

  await t.test(
    'two hosts with the pods’ configuration and rights share the work, answer the pods’ probes, and end in time',
    async (t) => {
      const volume = spec.volumes.find(({ configMap }) => configMap !== undefined);
      const { body } = await plane.request<{ readonly data: Readonly<Record<string, string>> }>(
        ADMIN,
        'GET',
        `/api/v1/namespaces/default/configmaps/${volume?.configMap?.name}`,
      );
      const config = body.data['config.yaml'] ?? assert.fail('no config.yaml');
      const { token } = await serviceAccountConfig(plane, account);
      const kubeconfig = plane.kubeconfigPath(LEAST_PRIVILEGED, { token });
      const graceMs = spec.terminationGracePeriodSeconds * 1000;
      const { livenessProbe, readinessProbe } = container;
      const probes = async (host: HostProcess) => [
        await host.probe(livenessProbe.httpGet.path),
        await host.probe(readinessProbe.httpGet.path),
      ];

      const [leader, standby] = [
        await startHost(t, { config, kubeconfig }),
        await startHost(t, { config, kubeconfig }),
      ];
      const [ofLeader, ofStandby] = [idsFrom(leader), idsFrom(standby)];
      await leader.said(/^kubernetes_apiserver\S* \S+ leader\b.*: ok in \d+ ms$/m);
      await standby.said(/^kubernetes_apiserver\S* \S+ follower\b.*: ok in \d+ ms$/m);
      assert.deepEqual([await probes(leader), await probes(standby)], [Array(2).fill(200), Array(2).fill(200)]);
      const held = (await itemsOf<Stored>(plane, 'events')).map(idOf);
      await until('the leader to tell of all there was', () => held.every((id) => ofLeader().includes(id)));
      assert.deepEqual(ofStandby(), []);

      assert.deepEqual(await endWithin(graceMs, leader), { code: 0, signal: null }, leader.stderr());
      await standby.said(/^kubernetes_apiserver\S* \S+ leader\b.*: ok in \d+ ms$/m);
      await plane.request(ADMIN, 'DELETE', `/api/v1/namespaces/default/pods/${pods[0]?.metadata.name}`);
      await until('the other to go on', () => ofStandby().length > 0);
      assert.deepEqual(await endWithin(graceMs, standby), { code: 0, signal: null }, standby.stderr());

      const ids = [...ofLeader(), ...ofStandby()];
      assert.equal(new Set(ids).size, ids.length, 'nothing twice, over both');
      for (const host of [leader, standby]) assert.ok(!host.stderr().includes(token));
    },
  );
});

interface Stored {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

const idOf = ({ metadata: { uid, resourceVersion } }: Stored): string => `${uid}:${resourceVersion}`;

/** Reads what the host writes; the ids of the events in it so far. */
function idsFrom(host: HostProcess): () => readonly string[] {
  const ids: string[] = [];
  void (async () => {
    for await (const line of readLines(host.stdout)) {
      const item = JSON.parse(line) as { readonly type: string } & CheckEvent;
      if (item.type === 'event') ids.push(...item.sources.map(({ id }) => id));
    }
  })();
  return () => ids;
}

/** As kubelet ends a pod: SIGTERM, and what is there after the grace period is killed. */
async function endWithin(graceMs: number, host: HostProcess): Promise<HostEnd | 'killed'> {
  const ended = new AbortController();
  host.terminate();
  const late = sleep(graceMs, 'killed' as const, { signal: ended.signal });
  try {
    return await Promise.race([host.ended, late]);
  } finally {
    late.catch(() => undefined);
    ended.abort();
  }
}
