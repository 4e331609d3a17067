import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeConfigLike } from '../../src/kube-api.ts';
import { foreignAuthority } from './certificates.ts';
import type { ControlPlane } from './control-plane.ts';
import { ADMIN, LEAST_PRIVILEGED } from './credentials.ts';
import { readLines } from './lines.ts';
import { isOfServer } from './own-events.ts';
import { type RealServerTestOptions, realServerTest } from './real.ts';
import type { Frame, Requests, Watch } from './requests.ts';
import { until } from './until.ts';

const EVENTS = '/api/v1/namespaces/default/events';

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

async function createEvent(server: Requests, name: string): Promise<number> {
  const { status, body } = await server.request<Stored>(ADMIN, 'POST', EVENTS, {
    metadata: { name },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
    reason: 'Tested',
    type: 'Normal',
  });
  assert.equal(status, 201, JSON.stringify(body));
  return Number(body.metadata.resourceVersion);
}

/** Those of tests. */
async function eventNames(server: Requests): Promise<string[]> {
  const { status, body } = await server.request<{ items: Stored[] }>(ADMIN, 'GET', EVENTS);
  assert.equal(status, 200, JSON.stringify(body));
  const ofTests = body.items.filter((event) => !isOfServer(event));
  return ofTests.map((event) => event.metadata.name).sort();
}

async function readyz(plane: ControlPlane): Promise<number> {
  return (await plane.request(ADMIN, 'GET', '/readyz')).status;
}

/** Not at once: the API server asks etcd at most twice a second and repeats its last answer in between. */
async function becomes(plane: ControlPlane, status: number): Promise<void> {
  await until(`readyz to say ${status}`, async () => (await readyz(plane)) === status);
}

async function readAll(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const read: Frame[] = [];
  for await (const frame of frames) read.push(frame);
  return read;
}

/** Asks as the code under test does: with what the kubeconfig sets on the options of node:https. */
async function getVersion(config: KubeConfigLike): Promise<number | undefined> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const url = new URL('/version', config.getCurrentCluster()?.server);
    get(url, { ...options, agent: false }, (answer) =>
      text(answer).then(() => resolve(answer.statusCode), reject),
    ).once('error', reject);
  });
}

/** Why an API server refused, in one frame or in the status of the answer. */
async function refusalOf(watch: Watch): Promise<number | undefined> {
  if (watch.status !== 200) return watch.status;
  const { value } = await watch.frames.next();
  return value?.type === 'ERROR' ? value.object.code : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  // A killed orphan stays a zombie where nobody reaps, as in some containers.
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}

const shared: RealServerTestOptions = {
  users: { reader: ['readers'] },
  needs: ['etcdutl'],
  // Half of the default, so that a paused etcd is noticed sooner.
  apiServerFlags: ['--etcd-healthcheck-timeout=1s', '--etcd-readycheck-timeout=1s'],
};

realServerTest('a control plane', shared, async (plane, t) => {
  await t.test('serves with a certificate that its own authority proves, and no other', async () => {
    assert.equal(await getVersion(await plane.kubeConfig(ADMIN)), 200);
    const distrusting = await plane.kubeConfig(ADMIN, { ca: foreignAuthority() });
    await assert.rejects(getVersion(distrusting), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  });

  await t.test('writes kubeconfig files, and refuses a token that is nobody’s', async () => {
    for (const [token, expected] of [
      [undefined, 200],
      ['nobody', 401],
    ] as const) {
      const config = new KubeConfig();
      config.loadFromFile(plane.kubeconfigPath(ADMIN, token === undefined ? {} : { token }));
      assert.equal(await getVersion(config), expected);
    }
  });

  await t.test('denies the least-privileged user what nobody granted, and grants what was bound', async () => {
    const listEvents = () => plane.request<{ message: string }>(LEAST_PRIVILEGED, 'GET', EVENTS);
    const denied = await listEvents();
    assert.equal(denied.status, 403);
    assert.match(denied.body.message, /User "kasc" cannot list resource "events" .* in the namespace "default"/);

    const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const granted = [
      await plane.request(ADMIN, 'POST', `${roles}/roles`, {
        metadata: { name: 'events' },
        rules: [{ apiGroups: [''], resources: ['events'], verbs: ['list'] }],
      }),
      await plane.request(ADMIN, 'POST', `${roles}/rolebindings`, {
        metadata: { name: 'events' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'events' },
        subjects: [
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: LEAST_PRIVILEGED },
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'readers' },
        ],
      }),
    ];
    assert.deepEqual(
      granted.map(({ status }) => status),
      [201, 201],
    );
    await until('the binding to count', async () => (await listEvents()).status === 200);
    assert.equal((await plane.request('reader', 'GET', EVENTS)).status, 200, 'by its group');
    assert.equal((await plane.request('reader', 'GET', '/api/v1/events')).status, 403, 'only where it was granted');
  });

  await t.test('a second API server on the same etcd sees and makes the same objects', async () => {
    const second = await plane.startApiServer();
    assert.notEqual(second.url, plane.apiServer.url);
    await createEvent(plane, 'by-first');
    await createEvent(second, 'by-second');
    assert.deepEqual(await eventNames(second), ['by-first', 'by-second']);
    assert.deepEqual(await eventNames(plane), ['by-first', 'by-second']);
    await second.kill();
    assert.equal(await readyz(plane), 200);
  });

  await t.test('a server that does not start says why, in the words of its log', async () => {
    await assert.rejects(plane.startApiServer({ apiServerFlags: ['--event-ttl=soon'] }), /invalid argument "soon"/);
  });

  await t.test('a test process that is killed leaves neither processes nor files', async () => {
    const abandoned = join(import.meta.dirname, 'abandoned.ts');
    const parent = spawn(process.execPath, [abandoned], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => parent.kill('SIGKILL'));
    const { value } = await readLines(parent.stdout).next();
    const { folder, pids } = JSON.parse(value as string) as { folder: string; pids: number[] };
    assert.deepEqual(pids.map(isRunning), [true, true]);
    assert.ok(existsSync(folder));
    parent.kill('SIGKILL');
    await until('its processes to end', () => !pids.some(isRunning));
    await until('its files to go', () => !existsSync(folder));
  });

  await t.test('the API server comes back on its port with its data, stopped or killed', async () => {
    const before = await eventNames(plane);
    const watch = await plane.watch(ADMIN, `${EVENTS}?watch=1`);
    await plane.apiServer.stop();
    assert.equal((await readAll(watch.frames)).length, before.length, 'the watch ended cleanly');
    await assert.rejects(readyz(plane), { code: 'ECONNREFUSED' });
    await plane.apiServer.start();
    assert.deepEqual(await eventNames(plane), before);

    const broken = await plane.watch(ADMIN, `${EVENTS}?watch=1`);
    await plane.apiServer.kill();
    await assert.rejects(readAll(broken.frames), { code: 'ECONNRESET' });
    await plane.apiServer.start();
    assert.deepEqual(await eventNames(plane), before);
  });

  await t.test('a compaction makes a watch from before it end with 410', async () => {
    const old = await createEvent(plane, 'before-compaction');
    await createEvent(plane, 'next');
    const open = await plane.watch(ADMIN, `${EVENTS}?watch=1&resourceVersion=${old}`);
    assert.equal((await open.frames.next()).value?.object.metadata?.name, 'next', 'still in the history');
    open.close();
    // What was written at the revision of the compaction itself is kept: only the next one makes a gap.
    const newest = await createEvent(plane, 'newest');
    assert.ok((await plane.etcd.compact()) >= newest);
    assert.equal(await refusalOf(await plane.watch(ADMIN, `${EVENTS}?watch=1&resourceVersion=${old}`)), 410);
  });

  await t.test('while etcd is paused or away the API server is not ready, and then ready again', async () => {
    const before = await eventNames(plane);
    plane.etcd.pause();
    await becomes(plane, 500);
    plane.etcd.resume();
    await becomes(plane, 200);
    await plane.etcd.kill();
    await becomes(plane, 500);
    await plane.etcd.start();
    await becomes(plane, 200);
    assert.deepEqual(await eventNames(plane), before);
  });

  await t.test('a restored snapshot brings back an older history', async () => {
    const before = await eventNames(plane);
    const snapshot = await plane.etcd.snapshot();
    const revision = await plane.etcd.revision();
    for (let made = 0; made < 200; made += 1) await createEvent(plane, `lost-${made}`);
    const lost = await plane.etcd.revision();

    await plane.restore(plane.etcd, snapshot);
    assert.deepEqual(await eventNames(plane), before);
    const restored = await plane.etcd.revision();
    assert.ok(restored >= revision && restored < lost, `${restored} should be from ${revision} to before ${lost}`);

    await plane.apiServer.kill();
    await plane.etcd.restore(snapshot, { bumpRevision: 1_000_000 });
    assert.ok((await plane.etcd.revision()) >= revision + 1_000_000, 'raised above all that was ever handed out');
  });
});

realServerTest(
  'separate events live in an etcd, and in a history, of their own',
  { separateEvents: true },
  async (plane) => {
    const first = await createEvent(plane, 'first');
    assert.equal(first, await plane.eventsEtcd.revision());
    for (let made = 0; made < 10; made += 1) {
      await plane.request(ADMIN, 'POST', '/api/v1/namespaces/default/configmaps', {
        metadata: { name: `other-${made}` },
      });
    }
    assert.equal(await createEvent(plane, 'second'), first + 1, 'nothing else counts up the revision of events');
    assert.ok((await plane.etcd.revision()) > first + 10);

    await plane.eventsEtcd.compact();
    assert.equal(await refusalOf(await plane.watch(ADMIN, `${EVENTS}?watch=1&resourceVersion=${first - 1}`)), 410);
  },
);

realServerTest(
  'with controllers and a scheduler a Deployment leads to events of all three',
  { needs: ['kube-controller-manager', 'kube-scheduler'] },
  async (plane) => {
    await plane.startControllers();
    const labels = { app: 'web' };
    const made = await plane.request(ADMIN, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } },
      },
    });
    assert.equal(made.status, 201);
    const wanted = ['ScalingReplicaSet', 'SuccessfulCreate', 'FailedScheduling'];
    await until(`events with ${wanted.join(', ')}`, async () => {
      const { body } = await plane.request<{ items: { reason: string }[] }>(ADMIN, 'GET', EVENTS);
      return wanted.every((reason) => body.items.some((event) => event.reason === reason));
    });
  },
);

realServerTest(
  'without a grace period SIGTERM waits for an open watch, and a disposed plane leaves nothing behind',
  { watchGraceSeconds: 'server-default' },
  async (plane) => {
    const pids = plane.daemons.map((daemon) => daemon.pid() as number);
    const watch = await plane.watch(ADMIN, `${EVENTS}?watch=1`);
    let ended = false;
    const end = watch.frames.next().then(
      () => 'by the server',
      () => 'by us',
    );
    void end.then(() => {
      ended = true;
    });
    const stopped = plane.apiServer.stop();
    // With the grace period its watches end before it stops listening.
    await until('it to stop listening', () =>
      readyz(plane).then(
        () => false,
        () => true,
      ),
    );
    assert.ok(!ended && isRunning(pids[1] as number));
    watch.close();
    assert.equal(await end, 'by us');
    await stopped;

    await plane[Symbol.asyncDispose]();
    assert.deepEqual(pids.map(isRunning), [false, false]);
    assert.ok(!existsSync(plane.folder));
  },
);
