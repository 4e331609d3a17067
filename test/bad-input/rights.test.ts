import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultUnits, formatReport, type KubeCheckError, type Permission } from '../../src/index.ts';
import { coreEvent } from '../../src/testing/index.ts';
import { startFakeScene } from './fake-scene.ts';
import { failuresOf } from './play.ts';
import { createSubject, pageSize } from './subject.ts';

type ResourcePermission = Extract<Permission, { readonly resource: string }>;

/** What the units of a check say they need. */
const permissionsFor = (tokenName: string): readonly Permission[] =>
  defaultUnits({ leader: { skip: true }, resourcesNamespace: 'default', events: { tokenName, pageSize } }).flatMap(
    ({ permissions = [] }) => permissions,
  );

const isOfResource = (permission: Permission): permission is ResourcePermission => 'resource' in permission;

function less(permissions: readonly Permission[], taken: ResourcePermission, verb: string): readonly Permission[] {
  return permissions.map((permission) =>
    isOfResource(permission) && permission.resource === taken.resource
      ? { ...permission, verbs: permission.verbs.filter((other) => other !== verb) }
      : permission,
  );
}

/** Verb, resource, namespace; and the rule in the words of a manifest. */
function assertNamed(error: KubeCheckError, { group, resource, namespace }: ResourcePermission, verb: string): void {
  const where = namespace === undefined ? 'at the cluster scope' : `in namespace "${namespace}"`;
  const { code, message, remedy = '', details } = error;
  assert.equal(code, resource === 'configmaps' ? 'TOKEN_STORE_FAILED' : 'API_DENIED');
  assert.match(message, new RegExp(`\\b${verb} ${resource}\\b.* ${where}: not allowed \\(403\\)`));
  assert.ok(
    remedy.startsWith(`grant verb "${verb}" on resource "${resource}" of API group "${group}" ${where};`),
    remedy,
  );
  assert.deepEqual([details['verb'], details['resource'], details['namespace']], [verb, resource, namespace]);
}

test('what the units say they need suffices, from the first run on', async () => {
  await using scene = await startFakeScene();
  await using subject = createSubject(scene);
  scene.server.allowOnly(permissionsFor(subject.tokenName));
  for (let run = 0; run < 3; run++) {
    await scene.addEvents(7);
    const report = await subject.run();
    assert.ok(report.ok, formatReport(report));
    assert.deepEqual(report.warnings, []);
  }
  await subject.assertAllOnce();
});

/** Without these rights events say less. */
const isOfLookUp = ({ resource }: ResourcePermission): boolean => ['pods', 'nodes', 'jobs'].includes(resource);

describe('a right to look something up that was never given is named, and nothing is lost nor fails by it:', () => {
  for (const right of permissionsFor('any').filter(isOfResource).filter(isOfLookUp))
    test(`get ${right.resource}`, async () => {
      await using scene = await startFakeScene();
      await using subject = createSubject(scene);
      scene.server.addEvent(coreEvent({ host: '', object: { kind: 'Job', name: 'report-29701140' } }));
      await scene.addEvents(4);
      scene.server.allowOnly(less(permissionsFor(subject.tokenName), right, 'get'));
      const report = await subject.run();
      assert.ok(report.ok, formatReport(report));
      const { group, resource } = right;
      const rule = `grant verb "get" on resource "${resource}" of API group "${group}" `;
      assert.deepEqual(
        report.warnings.map(({ message }) => message.includes(rule)),
        [true],
      );
      await scene.addEvents(2);
      assert.deepEqual((await subject.run()).warnings, []);
      await subject.assertAllOnce();
    });
});

describe('a right that is taken away is named, and once it is given back nothing was lost:', () => {
  for (const right of permissionsFor('any')
    .filter(isOfResource)
    .filter((each) => !isOfLookUp(each)))
    for (const verb of right.verbs)
      for (const stage of ['before the first run', 'between two runs'] as const)
        test(`${verb} ${right.resource}, ${stage}`, async () => {
          await using scene = await startFakeScene();
          await using subject = createSubject(scene);
          await scene.addEvents(6);
          if (stage === 'between two runs') {
            const first = await subject.run();
            assert.ok(first.ok, formatReport(first));
            // The ConfigMap is read by a new process alone, and made where it is gone.
            if (verb === 'get') await subject.restart();
            if (verb === 'create') await scene.deleteConfigMap(subject.tokenName);
            await scene.addEvents(2);
          }
          const giveBack = scene.server.allowOnly(less(permissionsFor(subject.tokenName), right, verb));
          const report = await subject.run();
          const failures = failuresOf(report);
          assert.deepEqual([...failures.keys()], [right.resource === 'clusterresourcequotas' ? 'quotas' : 'events']);
          for (const error of failures.values()) assertNamed(error, right, verb);
          giveBack();
          await scene.addEvents(1);
          const after = await subject.run();
          assert.ok(after.ok, formatReport(after));
          await subject.assertAllOnce();
        });
});

test('a right to look for OpenShift that is missing is named, though nobody fails by it', async () => {
  await using scene = await startFakeScene();
  await using subject = createSubject(scene);
  scene.server.setClusterQuotas(undefined);
  scene.server.allowOnly(permissionsFor(subject.tokenName).filter(isOfResource));
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  const quotas = report.units.find(({ name }) => name === 'quotas')?.outcome;
  assert.ok(quotas?.status === 'skipped');
  assert.match(quotas.reason, /^not OpenShift: .*: get \/oapi: not allowed \(403\)/);
  assert.match(quotas.reason, /grant verb "get" on nonResourceURL "\/oapi"/);
});

test('a token that is to be kept in a namespace that does not exist: said, nothing is lost, and nothing told twice', async () => {
  const namespace = 'not-yet-there';
  await using scene = await startFakeScene();
  await using subject = createSubject(scene, { check: { resourcesNamespace: namespace } });
  await scene.addEvents(6);
  for (const run of ['first', 'second']) {
    const failures = failuresOf(await subject.run());
    assert.deepEqual([...failures.keys()], ['events'], run);
    const error = failures.get('events');
    assert.equal(error?.code, 'TOKEN_STORE_FAILED');
    assert.match(
      error.message,
      /the ConfigMap not-yet-there\/bad-input-\d+ could not be created: .* "not-yet-there" not found/,
    );
    assert.equal(error.remedy, 'create the namespace, or name another one for it');
  }
  await scene.addNamespace(namespace);
  await scene.addEvents(1);
  const report = await subject.run();
  assert.ok(report.ok, formatReport(report));
  await subject.restart();
  assert.ok((await subject.run()).ok);
  await subject.assertAllOnce();
});
