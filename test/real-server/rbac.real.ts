import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import {
  formatReport,
  KubeASCheck,
  type KubeASCheckConfig,
  KubeCheckError,
  type KubeConfigLike,
  type RunReport,
  renderRbac,
} from '../../src/index.ts';
import { RecordingSender } from '../../src/testing/index.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { realServerTest } from '../envtest/real.ts';
import { until } from '../envtest/until.ts';
import { installClusterQuotas, removeClusterQuotas } from './cluster-quotas.ts';
import {
  applyManifest,
  nameOf,
  type Right,
  readManifest,
  review,
  rightsOf,
  serviceAccountConfig,
  without,
} from './manifest.ts';

const account = 'kube-apiserver-check';
const leasePath = '/apis/coordination.k8s.io/v1/namespaces/default/leases/kube-apiserver-check';
const tokenPath = '/api/v1/namespaces/default/configmaps/kube-apiserver-check';
/** What deploy/rbac.yaml is made for; a quiet watch ends soon, or the test would wait for nothing. */
const everyUnit = { events: { readTimeoutMs: 300, readQuietMs: 100 } } as const;

interface Run {
  readonly report: RunReport;
  readonly sender: RecordingSender;
}

/** A process of its own: a new check, one run, a graceful end. */
async function runOnce(kubeConfig: KubeConfigLike, config: KubeASCheckConfig = everyUnit): Promise<Run> {
  const sender = new RecordingSender();
  await using check = new KubeASCheck({ kubeConfig, sender, config });
  return { report: await check.run(), sender };
}

async function addEvent(
  plane: ControlPlane,
  namespace: string,
  name: string,
  object: { readonly kind: string; readonly name: string } = { kind: 'Pod', name: 'cart-0' },
): Promise<string> {
  const { status, body } = await plane.request<{ metadata: { uid: string; resourceVersion: string } }>(
    ADMIN,
    'POST',
    `/api/v1/namespaces/${namespace}/events`,
    {
      metadata: { name },
      involvedObject: { ...object, uid: 'c0ffee', ...(object.kind === 'Node' ? {} : { namespace }) },
      reason: 'BackOff',
      message: name,
      type: 'Warning',
    },
  );
  assert.equal(status, 201, JSON.stringify(body));
  return `${body.metadata.uid}:${body.metadata.resourceVersion}`;
}

const quotas = [{ metadata: { name: 'team' }, status: { total: { hard: { pods: '10' }, used: { pods: '3' } } } }];

/** The unit that a right is for, and how the lack of it is coded. */
function failureOf({ report }: Run): KubeCheckError {
  const errors = report.units.flatMap(({ outcome }) => (outcome.status === 'failed' ? [outcome.error] : []));
  assert.equal(errors.length, 1, formatReport(report));
  assert.ok(errors[0] instanceof KubeCheckError);
  return errors[0];
}

/** The lack of a right on a resource is an error that names verb, resource, namespace, and the rule. */
function assertNamed(error: KubeCheckError, { role, rule, verb }: Right): void {
  const [resource] = rule.resources ?? [];
  const [group] = rule.apiGroups ?? [];
  const { namespace } = role.metadata;
  const where = namespace === undefined ? 'at the cluster scope' : `in namespace "${namespace}"`;
  assert.equal(error.code, codes[resource ?? ''] ?? 'API_DENIED');
  assert.match(error.message, /not allowed \(403\)/);
  for (const word of [`${verb} ${resource}`, where]) assert.ok(error.message.includes(word), error.message);
  assert.ok(
    error.remedy?.includes(`verb "${verb}" on resource "${resource}" of API group "${group}" ${where}`),
    error.remedy,
  );
  const { details } = error;
  assert.deepEqual([details['verb'], details['resource'], details['namespace']], [verb, resource, namespace]);
}

const codes: Readonly<Record<string, string>> = {
  configmaps: 'TOKEN_STORE_FAILED',
  leases: 'LEADER_ELECTION_FAILED',
};

/** What is looked up only tells more: without it everything is delivered, and what is missing is said once. */
function assertSaid({ report }: Run, { rule, verb }: Right): void {
  const [resource] = rule.resources ?? [];
  const [group] = rule.apiGroups ?? [];
  assert.ok(report.ok, formatReport(report));
  const [warning, ...others] = report.warnings;
  assert.deepEqual(others, []);
  assert.equal(warning?.unit, 'events');
  assert.ok(
    warning.message.includes(`verb "${verb}" on resource "${resource}" of API group "${group}"`),
    warning.message,
  );
  const { read, delivered } = report.events.ledger;
  assert.equal(delivered, read);
  assert.ok(delivered > 0);
}

const isLookUp = ({ rule }: Right): boolean =>
  rule.resources?.some((name) => ['jobs', 'nodes', 'pods'].includes(name)) === true;

/** Without a right on the lease nothing can be tried at all. */
async function electionError(kubeConfig: KubeConfigLike): Promise<KubeCheckError> {
  const error: unknown = await runOnce(kubeConfig).catch((thrown) => thrown);
  assert.ok(error instanceof KubeCheckError, JSON.stringify(error));
  return error;
}

/** Where the right is on a URL: readiness is unknown, and a cluster that may not be looked at is no OpenShift; both say the rule. */
function assertUrlNamed(run: Run, { rule, verb }: Right): void {
  const [url = ''] = rule.nonResourceURLs ?? [];
  const missing = `verb "${verb}" on nonResourceURL "${url}"`;
  const { units } = run.report;
  if (url === '/readyz') {
    const error = failureOf(run);
    assert.equal(error.code, 'API_DENIED');
    assert.ok(error.remedy?.includes(missing), error.remedy);
    const [up] = run.sender.serviceChecks;
    assert.equal(up?.status, 'unknown');
    assert.ok(up.message?.includes(missing), up.message);
  } else {
    const outcome = units.find(({ name }) => name === 'quotas')?.outcome;
    assert.ok(outcome?.status === 'skipped' && outcome.reason.includes(missing), formatReport(run.report));
  }
}

realServerTest('the rights of deploy/rbac.yaml under the real authorizer', {}, async (plane, t) => {
  const manifest = readManifest(await readFile(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8'));
  await applyManifest(plane, manifest);
  await installClusterQuotas(plane, quotas);
  await plane.request(ADMIN, 'POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const { kubeConfig, token } = await serviceAccountConfig(plane, account);
  // Every user may read /readyz and discovery by these two: what the manifest itself grants shows only without them.
  for (const binding of ['system:discovery', 'system:public-info-viewer']) {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${binding}`;
    assert.equal((await plane.request(ADMIN, 'DELETE', path)).status, 200);
  }
  const version = { nonResourceAttributes: { verb: 'get', path: '/version' } };
  await until('the default bindings to be gone', async () => !(await review(plane, account, version)));

  await t.test('they suffice for a run of every unit, and for the next one', async () => {
    const first = await addEvent(plane, 'shop', 'first');
    const run = await runOnce(kubeConfig);
    assert.ok(run.report.ok, formatReport(run.report));
    assert.deepEqual(run.report.warnings, []);
    assert.deepEqual(
      run.report.units.map(({ name, outcome }) => `${name} ${outcome.status}`),
      ['openshift ok', 'control-plane ok', 'quotas ok', 'events ok'],
    );
    assert.ok(run.sender.committedSourceIds().includes(first));
    assert.equal(run.sender.serviceChecks[0]?.status, 'ok');
    assert.ok(run.sender.gauges.some(({ name, value }) => name === 'openshift.clusterquota.pods.used' && value === 3));
    const { body } = await plane.request<{ data: Record<string, string> }>(ADMIN, 'GET', tokenPath);
    const saved = body.data['event.tokenKey'] ?? '';
    assert.ok(BigInt(saved) >= BigInt(first.split(':')[1] ?? ''), `saved ${saved}, delivered ${first}`);

    const second = await addEvent(plane, 'shop', 'second');
    const next = await runOnce(kubeConfig);
    assert.ok(next.report.ok, formatReport(next.report));
    assert.deepEqual(next.sender.committedSourceIds(), [second]);
  });

  // Each kind of object that is looked up.
  await addEvent(plane, 'default', 'of-a-node', { kind: 'Node', name: 'node-1' });
  await addEvent(plane, 'default', 'of-a-job', { kind: 'Job', name: 'nightly-29000000' });
  for (const right of rightsOf(manifest))
    await t.test(`without the right to ${nameOf(right)} it is said which one is missing`, async () => {
      // Where there is the group, nobody asks for the old prefix.
      const isOld = right.rule.nonResourceURLs?.includes('/oapi') === true;
      if (isOld) await removeClusterQuotas(plane);
      await without(plane, right, async () => {
        // A first run needs each right.
        await plane.request(ADMIN, 'DELETE', tokenPath);
        if (right.verb === 'create') await plane.request(ADMIN, 'DELETE', leasePath);
        if (right.rule.resources?.includes('leases')) return assertNamed(await electionError(kubeConfig), right);
        const run = await runOnce(kubeConfig);
        if (right.rule.nonResourceURLs) assertUrlNamed(run, right);
        else if (isLookUp(right)) assertSaid(run, right);
        else assertNamed(failureOf(run), right);
        for (const text of [formatReport(run.report), JSON.stringify(run.report)]) assert.ok(!text.includes(token));
      });
      if (isOld) await installClusterQuotas(plane, quotas);
    });

  await t.test('with each of them given back nothing was lost', async () => {
    await plane.request(ADMIN, 'DELETE', tokenPath);
    const { report, sender } = await runOnce(kubeConfig);
    assert.ok(report.ok, formatReport(report));
    const { body } = await plane.request<{ items: { metadata: { uid: string; resourceVersion: string } }[] }>(
      ADMIN,
      'GET',
      '/api/v1/events',
    );
    const held = body.items.map(({ metadata }) => `${metadata.uid}:${metadata.resourceVersion}`);
    assert.deepEqual([...sender.committedSourceIds()].sort(), held.sort());
  });

  await t.test('for one namespace nothing of the whole cluster is asked for', async () => {
    const config = { ...everyUnit, events: { ...everyUnit.events, namespaces: ['shop'], tokenName: 'shop-token' } };
    const ofShop = readManifest(renderRbac(config, { name: 'kasc-shop' }));
    await applyManifest(plane, ofShop);
    const events = (verb: string, namespace?: string) =>
      review(plane, 'kasc-shop', { resourceAttributes: { verb, group: '', resource: 'events', namespace } });
    await until('the bindings to count', () => events('list', 'shop'));
    assert.deepEqual(await Promise.all(['list', 'watch'].map((verb) => events(verb))), [false, false]);

    const elsewhere = await addEvent(plane, 'default', 'elsewhere');
    const { kubeConfig: shop } = await serviceAccountConfig(plane, 'kasc-shop');
    const first = await runOnce(shop, config);
    assert.ok(first.report.ok, formatReport(first.report));
    assert.deepEqual(first.report.warnings, []);
    assert.equal(first.sender.committedSourceIds().length, 2);
    assert.ok(!first.sender.committedSourceIds().includes(elsewhere));

    const quiet = await runOnce(shop, config);
    assert.ok(quiet.report.ok, formatReport(quiet.report));
    assert.deepEqual([quiet.report.events.ledger.read, quiet.report.warnings], [0, []]);

    for (const right of rightsOf(ofShop).filter(({ rule }) => rule.resources?.includes('events')))
      await without(plane, right, async () => assertNamed(failureOf(await runOnce(shop, config)), right));
  });
});
