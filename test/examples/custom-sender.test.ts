import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { httpSender } from '../../examples/custom-sender.ts';
import { isKubeCheckError, type Sender } from '../../src/index.ts';
import { coreEvent, newStyleEvent, senderContract } from '../../src/testing/index.ts';
import { fakeCluster, kubeconfigFile, runNode, temporaryFolder } from './child-process.ts';
import { Intake } from './intake.ts';

const event = (n: number) => coreEvent({ object: { name: `web-${n}` }, reason: 'BackOff', type: 'Warning' });

describe('the sender of examples/custom-sender.ts', () => {
  const intakes = new WeakMap<Sender, Intake>();
  const intakeOf = (sender: Sender): Intake => intakes.get(sender)!;

  describe('keeps the contract', () => {
    for (const { name } of contractOf(undefined, intakes)) {
      it(name, (t) =>
        contractOf(t, intakes)
          .find((one) => one.name === name)!
          .run(),
      );
    }
  });

  const oneEvent = { name: 'a', value: 1 };
  const signal = new AbortController().signal;

  it('names the events that the intake will never take', async (t) => {
    const intake = await new Intake().start(t);
    const sender = httpSender({ url: intake.url });
    intake.refuseNext(422, { refused: ['uid:7', 3] });
    sender.gauge(oneEvent);
    await assert.rejects(sender.commit({ signal }), (error) => {
      assert.ok(isKubeCheckError(error, 'EVENTS_REJECTED'));
      assert.deepEqual(error.details['ids'], ['uid:7']);
      return true;
    });
  });

  for (const [what, status, body] of [
    ['a 422 without ids', 422, { sorry: true }],
    ['a server error', 503, {}],
    ['a redirect, which would lose the body', 302, {}],
  ] as const) {
    it(`rejects ${what}`, async (t) => {
      const intake = await new Intake().start(t);
      const sender = httpSender({ url: intake.url, headers: { authorization: 'Bearer hush' } });
      intake.refuseNext(status, body);
      sender.gauge(oneEvent);
      await assert.rejects(sender.commit({ signal }), (error: Error) => {
        assert.ok(!isKubeCheckError(error));
        assert.ok(!`${error} ${error.cause}`.includes('hush'));
        return true;
      });
      assert.deepEqual(intake.authorizations, ['Bearer hush']);
    });
  }

  it('asks nothing of the intake where there is nothing to commit', async () => {
    await httpSender({ url: 'http://127.0.0.1:1/' }).commit({ signal });
  });

  function contractOf(t: TestContext | undefined, known: WeakMap<Sender, Intake>) {
    return senderContract({
      async create() {
        const intake = await new Intake().start(t!);
        const http = httpSender({ url: intake.url });
        // A commit that is aborted at once never gets to the intake: what was meant for it must not meet the next one.
        const commit: Sender['commit'] = (options) => http.commit(options).finally(() => intake.forgetReactions());
        const sender = { ...http, commit };
        known.set(sender, intake);
        return sender;
      },
      read: (sender) => intakeOf(sender).items.map((item) => JSON.stringify(item)),
      failNextCommit: (sender) => intakeOf(sender).refuseNext(503),
      stallNextCommit: (sender) => intakeOf(sender).stallNext(),
    });
  }
});

describe('examples/custom-sender.ts', () => {
  it('posts health and every event to the intake, once', async (t) => {
    const [server, folder, intake] = await Promise.all([fakeCluster(t), temporaryFolder(t), new Intake().start(t)]);
    for (let n = 0; n < 3; n += 1) server.addEvent(event(n));
    server.addEvent(newStyleEvent());
    const env = { KUBECONFIG: await kubeconfigFile(folder, server), INTAKE_TOKEN: 'hush' };
    const ended = await runNode(['examples/custom-sender.ts', intake.url], { env });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /carried 0 \+ read 4 = delivered 4 \+ filtered 0 \+ pending 0, caught up/);
    assert.ok(!`${ended.stdout}${ended.stderr}`.includes('hush'));
    assert.deepEqual(new Set(intake.authorizations), new Set(['Bearer hush']));
    const sources = intake.items.flatMap(({ sources }) => (sources as readonly { readonly id: string }[]) ?? []);
    assert.deepEqual(sources.map(({ id }) => id).sort(), server.eventVersions.map(({ id }) => id).sort());
    const up = intake.items.filter(({ name, tags }) => name === 'kube_apiserver_controlplane.up' && !tags);
    assert.deepEqual(up, [
      { type: 'serviceCheck', name: 'kube_apiserver_controlplane.up', status: 'ok', message: 'ok' },
    ]);
  });

  it('ends with a failure where the intake refuses, and the token stays', async (t) => {
    const [server, folder, intake] = await Promise.all([fakeCluster(t), temporaryFolder(t), new Intake().start(t)]);
    server.addEvent(event(0));
    intake.refuseNext(500);
    intake.refuseNext(500);
    const env = { KUBECONFIG: await kubeconfigFile(folder, server), INTAKE_URL: intake.url };
    const refused = await runNode(['examples/custom-sender.ts'], { env });
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /COMMIT_FAILED: the sender rejected the commit: the intake answered 500/);
    assert.equal(server.configMap({ name: 'kube-apiserver-check' }), undefined);
    const taken = await runNode(['examples/custom-sender.ts'], { env });
    assert.equal(taken.code, 0, taken.stdout);
    assert.match(taken.stdout, /delivered 1 /);
  });
});
