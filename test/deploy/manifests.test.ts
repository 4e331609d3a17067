/** What deploy/ says in several places must be the same in all of them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAllYaml } from '@kubernetes/client-node';
import { KubeASCheck, parseInstanceConfig, renderRbac } from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import { root } from '../examples/child-process.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Deployment & Budget;
  readonly rules?: readonly { readonly resourceNames?: readonly string[] }[];
}

type Labels = Readonly<Record<string, string>>;

interface Budget {
  readonly selector: { readonly matchLabels: Labels };
}

interface Deployment {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Labels };
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly topologySpreadConstraints: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
}

interface Container {
  readonly args: readonly string[];
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifests = loadAllYaml(read('deploy/deployment.yaml')) as Manifest[];
const rbac = loadAllYaml(read('deploy/rbac.yaml')) as Manifest[];
const only = (kind: string, of = manifests) => {
  const [found, ...others] = of.filter((manifest) => manifest.kind === kind);
  assert.ok(found && others.length === 0, `one ${kind}`);
  return found;
};
const deployment = only('Deployment').spec as Deployment;
const pod = deployment.template.spec;
const [container] = pod.containers as [Container];
const [volume] = pod.volumes as [PodSpec['volumes'][number]];
const configFile = only('ConfigMap').data?.['config.yaml'] ?? assert.fail('no config.yaml');

test('the pods run as the service account of deploy/rbac.yaml, in its namespace', () => {
  const account = only('ServiceAccount', rbac);
  assert.equal(pod.serviceAccountName, account.metadata.name);
  for (const { metadata } of manifests) assert.equal(metadata.namespace, account.metadata.namespace);
});

test('every selector selects the pods', () => {
  const { labels } = deployment.template.metadata;
  const selectors = [deployment.selector, only('PodDisruptionBudget').spec?.selector];
  for (const spread of pod.topologySpreadConstraints) selectors.push(spread.labelSelector);
  for (const selector of selectors) assert.deepEqual({ ...selector?.matchLabels }, { ...labels });
});

test('the host is given the mounted file, and listens where the probes ask', () => {
  const [mount] = container.volumeMounts;
  assert.equal(mount?.name, volume.name);
  assert.equal(volume.configMap.name, only('ConfigMap').metadata.name);
  const [port] = container.ports;
  assert.deepEqual(container.args, [`--config=${mount?.mountPath}/config.yaml`, `--probe-port=${port?.containerPort}`]);
  for (const { httpGet } of [container.livenessProbe, container.readinessProbe]) assert.equal(httpGet.port, port?.name);
});

test('the configuration is one for several replicas, and a check takes it', () => {
  const config = parseInstanceConfig(loadAllYaml(configFile)[0]);
  assert.equal(new KubeASCheck({ sender: new RecordingSender(), config }).intervalMs, 15_000);
  assert.ok(deployment.replicas > 1 && config.leader?.skip !== true);
  assert.deepEqual(config.events, { mode: 'watch' });
});

test('its ConfigMap is not the one that the check writes', () => {
  const written = loadAllYaml(renderRbac(parseInstanceConfig(loadAllYaml(configFile)[0]))) as Manifest[];
  const names = written.flatMap(({ rules = [] }) => rules.flatMap(({ resourceNames = [] }) => resourceNames));
  assert.ok(names.length > 0 && !names.includes(volume.configMap.name));
});

test('the image copies files that are there, starts the host, and is no root’s', () => {
  const lines = read('deploy/Dockerfile').split('\n');
  const copied = lines.flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
  assert.ok(copied.length > 0);
  for (const path of copied) assert.ok(existsSync(join(root, path)), path);
  assert.ok(copied.includes('deploy/host.ts'));
  assert.deepEqual(JSON.parse(lines.find((line) => line.startsWith('ENTRYPOINT'))?.slice('ENTRYPOINT '.length) ?? ''), [
    'node',
    '--max-semi-space-size=16',
    'deploy/host.ts',
  ]);
  const { runAsUser, runAsGroup } = pod.securityContext;
  assert.ok(runAsUser > 0 && lines.includes(`USER ${runAsUser}:${runAsGroup}`));
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  assert.equal(container.image, `kube-apiserver-check:${version}`);
  assert.ok(lines.some((line) => line.endsWith(`-t ${container.image} .`)));
});
