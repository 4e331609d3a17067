/** ClusterResourceQuotas on a server that is no OpenShift: a CustomResourceDefinition of the same name, whose objects take any field. */
import assert from 'node:assert/strict';
import type { KubeObject } from '../../src/testing/index.ts';
import { ADMIN } from '../envtest/credentials.ts';
import type { Requests } from '../envtest/requests.ts';
import { until } from '../envtest/until.ts';

const group = 'quota.openshift.io';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const quotasPath = `/apis/${group}/v1/clusterresourcequotas`;
const writesAtOnce = 16;

const definition = {
  metadata: { name: `clusterresourcequotas.${group}` },
  spec: {
    group,
    scope: 'Cluster',
    names: {
      kind: 'ClusterResourceQuota',
      listKind: 'ClusterResourceQuotaList',
      plural: 'clusterresourcequotas',
      singular: 'clusterresourcequota',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        // No subresource: their status is written with them.
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

export async function installClusterQuotas(server: Requests, quotas: readonly KubeObject[]): Promise<void> {
  const { status, body } = await server.request(ADMIN, 'POST', definitions, definition);
  assert.equal(status, 201, JSON.stringify(body));
  await until('cluster quotas to be served', async () => (await statusOf(server, quotasPath)) === 200);
  await until('their group to be told', async () => (await statusOf(server, `/apis/${group}`)) === 200);
  const waiting = [...quotas];
  const writers = Array.from({ length: writesAtOnce }, async () => {
    for (let quota = waiting.shift(); quota; quota = waiting.shift()) await create(server, quota);
  });
  await Promise.all(writers);
}

async function create(server: Requests, quota: KubeObject): Promise<void> {
  const object = { apiVersion: `${group}/v1`, kind: 'ClusterResourceQuota', ...quota };
  const { status, body } = await server.request(ADMIN, 'POST', quotasPath, object);
  assert.equal(status, 201, JSON.stringify(body));
}

export async function removeClusterQuotas(server: Requests): Promise<void> {
  assert.equal((await server.request(ADMIN, 'DELETE', `${definitions}/${definition.metadata.name}`)).status, 200);
  await until('cluster quotas to be gone', async () => (await statusOf(server, quotasPath)) === 404);
  await until('their group to be gone', async () => (await statusOf(server, `/apis/${group}`)) === 404);
}

const statusOf = async (server: Requests, path: string): Promise<number> =>
  (await server.request(ADMIN, 'GET', path)).status;
