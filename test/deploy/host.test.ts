import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { CheckEvent } from '../../src/index.ts';
import { coreEvent, type FakeApiServer } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, temporaryFolder } from '../examples/child-process.ts';
import { type HostProcess, startHost } from './host-process.ts';

const config = 'skip_leader_election: true\ncollect_events: true\nmin_collection_interval: 1\n';
/** So that nobody waits for the next run. */
const unhurried = config.replace('interval: 1', 'interval: 3600');

/** @param prepare - what the server holds, or does wrong, when the host comes */
async function hostOf(
  t: TestContext,
  given: { readonly config: string; readonly prepare?: (server: FakeApiServer) => void },
): Promise<{ readonly server: FakeApiServer; readonly host: HostProcess }> {
  const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
  given.prepare?.(server);
  const host = await startHost(t, { config: given.config, kubeconfig: await kubeconfigFile(folder, server) });
  return { server, host };
}

/** The first report is always told: before it there was no role. */
const firstReport = /^kubernetes_apiserver.*\bsole\b/m;

const probesOf = async (host: HostProcess) => [await host.probe('/livez'), await host.probe('/readyz')];

function sourceIds(stdout: string): readonly string[] {
  const items = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string } & CheckEvent);
  return items.flatMap((item) => (item.type === 'event' ? item.sources.map(({ id }) => id) : []));
}

function savedToken(server: FakeApiServer): string | undefined {
  const data = server.configMap({ name: 'kube-apiserver-check' })?.['data'] as Record<string, string> | undefined;
  return data?.['event.tokenKey'];
}

test('a host writes what it finds as JSON lines, answers probes, and ends on SIGTERM with its place saved', async (t) => {
  const { server, host } = await hostOf(t, {
    config: unhurried,
    prepare: (server) => server.addEvent(coreEvent({ reason: 'BackOff', type: 'Warning' })),
  });
  const stdout = text(host.stdout);
  await host.said(firstReport);
  assert.deepEqual(await probesOf(host), [200, 200]);
  assert.deepEqual(
    [await host.probe('/'), await host.probe('/livez/x'), await host.probe('/toString')],
    [404, 404, 404],
  );
  host.terminate();
  assert.deepEqual(await host.ended, { code: 0, signal: null }, host.stderr());
  assert.deepEqual(
    sourceIds(await stdout),
    server.eventVersions.map(({ id }) => id),
  );
  assert.match(await stdout, /"type":"serviceCheck","name":"kube_apiserver_controlplane\.up","status":"ok"/);
  assert.equal(savedToken(server), server.eventVersions.at(-1)?.resourceVersion);
});

test('a host is alive and not ready until its first report, and SIGTERM does not wait for a server that is silent', async (t) => {
  const { host } = await hostOf(t, {
    config: unhurried,
    prepare: (server) => server.fail({ how: 'hang', times: 1000 }),
  });
  assert.deepEqual(await probesOf(host), [200, 503]);
  host.terminate();
  assert.deepEqual(await host.ended, { code: 0, signal: null }, host.stderr());
});

test('a reader of its output that stands still stops neither its probes nor, once it goes on, its orderly end', async (t) => {
  const { server, host } = await hostOf(t, { config });
  let stdout = '';
  host.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
    // Far less than the batch: it can't have left as a whole.
    if (stdout.includes('"type":"event"') && !stdout.endsWith('\n')) host.stdout.pause();
  });
  const read = new Promise<void>((resolve) => host.stdout.once('end', resolve));
  await host.said(firstReport);
  const paused = new Promise<void>((resolve) => host.stdout.once('pause', resolve));
  // More than any pipe holds.
  const message = 'x'.repeat(4000);
  for (let made = 0; made < 300; made += 1) server.addEvent(coreEvent({ message: `${made} ${message}` }));
  await paused;
  assert.deepEqual(await probesOf(host), [200, 200]);

  host.terminate();
  await host.said(/^ending$/m);
  assert.deepEqual(await probesOf(host), [200, 503]);

  host.stdout.removeAllListeners('data').on('data', (piece: string) => {
    stdout += piece;
  });
  host.stdout.resume();
  assert.deepEqual(await host.ended, { code: 0, signal: null }, host.stderr());
  await read;
  const delivered = sourceIds(stdout);
  assert.equal(new Set(delivered).size, delivered.length, 'nothing twice');
  const last = server.eventVersions.findLast(({ id }) => delivered.includes(id));
  assert.ok(last);
  assert.equal(savedToken(server), last.resourceVersion, 'what was written is what the place says');
});

test('a host tells of a server that is away and goes on', async (t) => {
  const { server, host } = await hostOf(t, {
    config,
    prepare: (server) => void server.fail({ how: 'reset', times: 3 }),
  });
  host.stdout.resume();
  await host.said(/API_UNAVAILABLE/);
  server.addEvent(coreEvent());
  host.terminate();
  assert.deepEqual(await host.ended, { code: 0, signal: null }, host.stderr());
});

test('a host says at once what its configuration surely does not mean', async (t) => {
  const { host } = await hostOf(t, {
    config: `${unhurried}filtered_event_types: ['type=Normal', 'type=Warning']\n`,
    prepare: (server) => server.fail({ how: 'hang', times: 1000 }),
  });
  await host.said(/^events\.filteredEventTypes\[1\]: .*no event is ever read/m);
  host.terminate();
  assert.deepEqual(await host.ended, { code: 0, signal: null }, host.stderr());
});

for (const [what, config, said] of [
  ['unknown key', 'skip_leader_election: true\ncollect_event: true\n', /collect_event\b[\s\S]*collect_events/],
  ['no mapping', '- collect_events\n', /CONFIG_INVALID/],
] as const)
  test(`a host with a wrong configuration (${what}) ends at once and says what is wrong`, async (t) => {
    await assert.rejects(hostOf(t, { config }), (error: Error) => {
      assert.match(error.message, said);
      assert.match(error.message, /"code":1/);
      return true;
    });
  });
