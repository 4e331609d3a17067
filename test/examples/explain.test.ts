import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { coreEvent } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, runNode, temporaryFolder } from './child-process.ts';

const config = { collect_events: true, exclude_namespaces: ['kube-*'], filtered_event_types: ['Pulled'] };

function jsonEvent(namespace: string, name: string, reason: string) {
  return {
    metadata: { namespace, name, uid: `u-${name}`, resourceVersion: '7' },
    involvedObject: { kind: 'Pod', name: 'web', namespace },
    reason,
    message: 'said',
    type: 'Normal',
    source: { component: 'kubelet' },
  };
}

test('a saved list is counted by rule, and one event is explained', async (t) => {
  const folder = await temporaryFolder(t);
  const [list, instance] = [join(folder, 'events.json'), join(folder, 'instance.json')];
  const items = [
    jsonEvent('shop', 'a', 'Killing'),
    jsonEvent('shop', 'b', 'Killing'),
    jsonEvent('shop', 'c', 'Pulled'),
    jsonEvent('kube-\u001b[31m', 'd', 'Killing'),
    {},
  ];
  await writeFile(list, JSON.stringify({ kind: 'List', items }));
  await writeFile(instance, JSON.stringify(config));
  const args = ['examples/explain.ts', list, '--config', instance, '--event', 'kube-\u001b[31m/d'];
  const { code, stdout, stderr } = await runNode(args);
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'kube-\\u{1b}[31m/d: left out',
    '  filtered-event-types  passes-on   "reason!=Pulled" selects it',
    '  exclude-namespaces    leaves-out  "kube-*" matches the event\'s namespace "kube-\\u001b[31m"',
    '',
    '5 events',
    '       2  kept, bundled: bundling',
    '       1  left out: filtered-event-types',
    '       1  left out: exclude-namespaces',
    '       1  left out: malformed',
  ]);
});

test('a live cluster is listed page by page, and nothing else is asked of it', async (t) => {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  server.allowOnly([{ verbs: ['list'], group: '', resource: 'events' }]);
  for (let n = 0; n < 501; n += 1) server.addEvent(coreEvent({ object: { name: `web-${n}` } }));
  const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
  const { code, stdout, stderr } = await runNode(['examples/explain.ts'], { env });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '501 events\n     501  kept, bundled: bundling\n');
  assert.deepEqual(
    server.requests.map(({ method, path }) => `${method} ${path}`),
    ['GET /api/v1/events', 'GET /api/v1/events'],
  );
});

for (const [what, args, message] of [
  ['a file that is not there', ['none.json'], /none\.json can't be read/],
  ['a file that is no list', ['package.json'], /package\.json is no list of events/],
  ['a configuration without events', ['--config', 'package.json'], /configuration refused/],
  ['an unknown option', ['--namespace', 'shop'], /'--namespace'/],
] as const) {
  test(`${what} is told, and the exit code is 2`, async () => {
    const { code, stdout, stderr } = await runNode(['examples/explain.ts', ...args]);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}
