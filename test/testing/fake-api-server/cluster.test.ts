import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ask, startServer } from './client.ts';

const quota = (name: string) => ({
  metadata: { name },
  spec: { quota: { hard: { cpu: '4' } } },
  status: { total: { hard: { cpu: '4' }, used: { cpu: '1500m' } }, namespaces: [] },
});

test('readyz says ok, and in detail only to whom asks for it', async (t) => {
  const server = await startServer(t);
  const brief = await ask(server, '/readyz');
  assert.deepEqual([brief.status, brief.text, brief.headers['content-type']], [200, 'ok', 'text/plain; charset=utf-8']);
  const lines = (await ask(server, '/readyz?verbose')).text.split('\n');
  assert.deepEqual(lines.slice(0, 4), ['[+]ping ok', '[+]log ok', '[+]etcd ok', '[+]etcd-readiness ok']);
  assert.deepEqual(lines.slice(-3), ['[+]shutdown ok', 'readyz check passed', '']);
});

test('a failing check makes readyz a 500 that is told in full, also to whom did not ask', async (t) => {
  const server = await startServer(t);
  server.setFailingChecks('etcd', 'etcd-override-0');
  for (const path of ['/readyz', '/readyz?verbose']) {
    const { status, text } = await ask(server, path);
    const lines = text.split('\n');
    assert.equal(status, 500);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('[-]')),
      ['[-]etcd failed: reason withheld', '[-]etcd-override-0 failed: reason withheld'],
    );
    assert.deepEqual(lines.slice(-3), ['[+]shutdown ok', 'readyz check failed', '']);
  }
  server.setFailingChecks();
  assert.equal((await ask(server, '/readyz')).status, 200);
});

test('it says its version', async (t) => {
  const server = await startServer(t);
  const { json } = await ask(server, '/version');
  assert.deepEqual([json.major, json.minor, json.gitVersion], ['1', '36', 'v1.36.3']);
  const old = await startServer(t, { gitVersion: 'v1.19.5' });
  assert.deepEqual(
    [(await ask(old, '/version')).json.minor, (await ask(old, '/version')).json.gitVersion],
    ['19', 'v1.19.5'],
  );
});

test('component statuses are a deprecated list, healthy until told otherwise', async (t) => {
  const server = await startServer(t);
  const { json, headers } = await ask(server, '/api/v1/componentstatuses');
  assert.equal(headers['warning'], '299 - "v1 ComponentStatus is deprecated in v1.19+"');
  assert.deepEqual([json.kind, json.metadata], ['ComponentStatusList', {}]);
  assert.deepEqual(
    json.items.map((item: { metadata: { name: string }; conditions: { status: string }[] }) => [
      item.metadata.name,
      item.conditions[0]?.status,
    ]),
    [
      ['scheduler', 'True'],
      ['controller-manager', 'True'],
      ['etcd-0', 'True'],
    ],
  );
  server.setComponentStatuses([
    { metadata: { name: 'etcd-0' }, conditions: [{ type: 'Healthy', status: 'False', error: 'gone' }] },
  ]);
  assert.equal((await ask(server, '/api/v1/componentstatuses')).json.items[0].conditions[0].error, 'gone');
});

const quotaPaths = {
  group: ['/apis/quota.openshift.io', '/apis/quota.openshift.io/v1/clusterresourcequotas'],
  oapi: ['/oapi', '/oapi/v1/clusterresourcequotas'],
} as const;

for (const [level, served] of Object.entries(quotaPaths) as ['group' | 'oapi', readonly string[]][])
  test(`cluster quotas are served at the level ${level} alone, in pages, and are gone with OpenShift`, async (t) => {
    const server = await startServer(t);
    const others = Object.values(quotaPaths)
      .flat()
      .filter((path) => !served.includes(path));
    const statuses = async (paths: readonly string[]) => {
      const replies = await Promise.all(paths.map((path) => ask(server, path)));
      return replies.map(({ status, text }) => (status === 404 ? text : status));
    };
    const absent = '404 page not found\n';
    assert.deepEqual(await statuses([...served, ...others]), [absent, absent, absent, absent]);
    server.setClusterQuotas(['b', 'a', 'c'].map(quota), level);
    assert.deepEqual(await statuses(served), [200, 200]);
    assert.deepEqual(await statuses(others), [absent, absent]);
    const list = served[1] ?? '';
    const first = await ask(server, `${list}?limit=2`);
    assert.deepEqual(
      first.json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['a', 'b'],
    );
    assert.equal(first.json.kind, 'ClusterResourceQuotaList');
    const second = await ask(server, `${list}?limit=2&continue=${first.json.metadata.continue}`);
    assert.equal(second.json.items[0].status.total.used.cpu, '1500m');
    server.setClusterQuotas(undefined);
    assert.deepEqual(await statuses(served), [absent, absent]);
  });

test('resource quotas are listed over all namespaces and in one', async (t) => {
  const server = await startServer(t);
  assert.deepEqual((await ask(server, '/api/v1/resourcequotas')).json.items, []);
  server.setResourceQuotas([
    { metadata: { name: 'q', namespace: 'b' }, status: { hard: { pods: '5' } } },
    { metadata: { name: 'q', namespace: 'a' } },
  ]);
  const namespacesOf = async (path: string) =>
    (await ask(server, path)).json.items.map((item: { metadata: { namespace: string } }) => item.metadata.namespace);
  assert.deepEqual(await namespacesOf('/api/v1/resourcequotas'), ['a', 'b']);
  assert.deepEqual(await namespacesOf('/api/v1/namespaces/b/resourcequotas'), ['b']);
  server.setResourceQuotas([]);
  assert.deepEqual(await namespacesOf('/api/v1/resourcequotas'), []);
});

test('namespaces are got and listed; those of any cluster are there', async (t) => {
  const server = await startServer(t);
  server.addNamespace('shop');
  const { json } = await ask(server, '/api/v1/namespaces');
  assert.deepEqual(
    json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'shop'],
  );
  const shop = await ask(server, '/api/v1/namespaces/shop');
  assert.deepEqual(
    [shop.json.kind, shop.json.metadata.labels],
    ['Namespace', { 'kubernetes.io/metadata.name': 'shop' }],
  );
  const none = await ask(server, '/api/v1/namespaces/none');
  assert.deepEqual([none.status, none.json.message], [404, 'namespaces "none" not found']);
});

test('without etcd reads hang for a minute, writes for 34 s, readyz takes 4 s, and watches are silent and end clean', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  const runAll = <T>(promise: Promise<T>): Promise<T> => clock.runUntil(promise, { idle: () => server.idle() });
  server.stopEtcd();
  const list = await runAll(ask(server, '/api/v1/events'));
  assert.deepEqual(
    [list.status, list.headers['content-type'], clock.monotonicMs()],
    [504, 'text/plain; charset=utf-8', 60_000],
  );
  assert.deepEqual(JSON.parse(list.text), {
    metadata: {},
    status: 'Failure',
    message: 'Timeout: request did not complete within the allotted timeout',
    reason: 'Timeout',
    details: {},
    code: 504,
  });
  const write = await runAll(
    ask(server, '/api/v1/namespaces/default/configmaps', { method: 'POST', body: { metadata: { name: 'a' } } }),
  );
  assert.deepEqual(
    [write.status, write.json.kind, write.json.reason, clock.monotonicMs()],
    [504, 'Status', 'Timeout', 94_000],
  );
  const ready = await runAll(ask(server, '/readyz'));
  assert.deepEqual([ready.status, clock.monotonicMs()], [500, 98_000]);
  assert.match(ready.text, /\[-\]etcd failed: reason withheld\n\[-\]etcd-readiness failed: reason withheld\n/);
  const watched = await runAll(ask(server, '/api/v1/events?watch=true&resourceVersion=1&timeoutSeconds=5'));
  assert.deepEqual([watched.status, watched.text, clock.monotonicMs()], [200, '', 103_000]);
  assert.equal(server.configMap({ name: 'a' }), undefined, 'nothing was written');
});

test('when etcd comes back, what hangs goes on', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  server.stopEtcd();
  const list = ask(server, '/api/v1/events');
  const watched = ask(server, '/api/v1/events?watch=true&resourceVersion=0&timeoutSeconds=5');
  await clock.whenSleeping(({ ms }) => ms === 60_000);
  await clock.whenSleeping(({ ms }) => ms === 5000);
  await clock.advance(1000);
  server.startEtcd();
  assert.equal((await list).status, 200);
  await clock.advance(4000);
  assert.equal((await watched).status, 200);
  assert.equal((await ask(server, '/readyz')).status, 200);
  assert.equal(clock.monotonicMs(), 5000);
});

test('an etcd of the events alone takes only them away', async (t) => {
  const clock = new ManualClock();
  const server = await startServer(t, { clock });
  server.stopEtcd('events');
  assert.equal((await ask(server, '/readyz')).status, 200);
  assert.equal((await ask(server, '/api/v1/namespaces')).status, 200);
  const list = await clock.runUntil(ask(server, '/api/v1/events'), { idle: () => server.idle() });
  assert.deepEqual([list.status, clock.monotonicMs()], [504, 60_000]);
});
