import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreEvent } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, runNode, temporaryFolder } from './child-process.ts';

/** Without stop(). Then it tells of timers that would keep the process alive: one forgotten would delay its end, not prevent it. */
const program = `
import { KubeASCheck } from 'kube-apiserver-check';
const sender = { gauge() {}, count() {}, serviceCheck() {}, event() {}, async commit() {} };
const check = new KubeASCheck({ sender, config: { leader: { skip: true }, events: {} } });
const report = await check.run();
const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
console.log(JSON.stringify({ ok: report.ok, delivered: report.events.ledger.delivered, timers }));
`;

for (const [what, prepare] of [
  ['a healthy server', () => true],
  ['a server that is away', (server: { stop(): Promise<void> }) => server.stop().then(() => false)],
] as const) {
  test(`a process ends by itself after run() on ${what}, also without stop()`, async (t) => {
    const [server, folder] = await Promise.all([fakeCluster(t), temporaryFolder(t)]);
    server.addEvent(coreEvent());
    const env = { KUBECONFIG: await kubeconfigFile(folder, server) };
    const ok = await prepare(server);
    const ended = await runNode(['--input-type=module', '--eval', program], { env });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(JSON.parse(ended.stdout), { ok, delivered: ok ? 1 : 0, timers: 0 });
  });
}
