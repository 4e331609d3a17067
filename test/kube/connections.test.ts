import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { systemClock } from '../../src/clock.ts';
import { createKubeApi, createOwnedKubeApi } from '../../src/kube/api.ts';
import type { KubeApi } from '../../src/kube-api.ts';
import { createAuthority } from './certificates.ts';
import { json, kubeConfig, never, serve } from './server.ts';

const authority = createAuthority();
const tls = authority.issue('apiserver');
const ask = (api: KubeApi, n: number) => api.json({ path: '/api/v1/events', query: { n: String(n) }, signal: never });
const hundreds = Array.from({ length: 200 }, (_, n) => n);

async function oneByOne(api: KubeApi): Promise<void> {
  for (const n of hundreds) await ask(api, n);
}
async function atOnce(api: KubeApi): Promise<void> {
  await Promise.all(hundreds.map((n) => ask(api, n)));
}
async function inBursts(api: KubeApi): Promise<void> {
  for (let n = 0; n < 200; n += 4) await Promise.all([0, 1, 2, 3].map((i) => ask(api, n + i)));
}

for (const secure of [false, true]) {
  describe(secure ? 'over https' : 'over http', () => {
    for (const [how, requests] of [
      ['one by one', oneByOne],
      ['at once', atOnce],
      ['in bursts of four', inBursts],
    ] as const) {
      test(`200 requests ${how} use at most four connections`, async (t) => {
        const server = await serve(t, json(200, {}), secure ? { tls } : {});
        await requests(createKubeApi(kubeConfig(server.url, () => ({ ca: authority.certificate }))));
        assert.equal(server.requests.length, 200);
        assert.ok(server.connections <= 4, `${server.connections} connections`);
      });
    }

    test('200 refusals use at most four connections', async (t) => {
      const server = await serve(t, json(404, { kind: 'Status' }), secure ? { tls } : {});
      const api = createKubeApi(kubeConfig(server.url, () => ({ ca: authority.certificate })));
      const answers = await Promise.allSettled(hundreds.map((n) => ask(api, n)));
      assert.ok(answers.every(({ status }) => status === 'rejected'));
      assert.ok(server.connections <= 4, `${server.connections} connections`);
    });

    test('200 requests whose credentials are refused use at most four connections', async (t) => {
      const server = await serve(
        t,
        (_request, response) => {
          response.writeHead(401).write('{"kind":');
          setImmediate(() => response.end('"Status"}'));
        },
        secure ? { tls } : {},
      );
      const api = createKubeApi(kubeConfig(server.url, () => ({ ca: authority.certificate })));
      const answers = await Promise.allSettled(hundreds.map((n) => ask(api, n)));
      assert.ok(answers.every(({ status }) => status === 'rejected'));
      assert.equal(server.requests.length, 400, 'each is asked twice');
      assert.ok(server.connections <= 4, `${server.connections} connections`);
    });

    test('a watch has a connection of its own and delays nobody', async (t) => {
      const server = await serve(
        t,
        (request, response) => {
          if (request.url?.includes('watch=true')) response.writeHead(200).flushHeaders();
          else response.end('{}');
        },
        secure ? { tls } : {},
      );
      const api = createKubeApi(kubeConfig(server.url, () => ({ ca: authority.certificate })));
      const ended = new AbortController();
      for (let watches = 0; watches < 3; watches++)
        await api.open({ path: '/api/v1/events', query: { watch: 'true' }, signal: ended.signal });
      await atOnce(api);
      assert.ok(server.connections <= 3 + 3, `${server.connections} connections`);
      ended.abort();
    });

    test('a new object with the same TLS material, as client-node gives at each request, keeps the connection', async (t) => {
      const server = await serve(t, json(200, {}), secure ? { tls } : {});
      const api = createKubeApi(
        kubeConfig(server.url, () => ({
          ca: Buffer.from(authority.certificate),
          servername: 'localhost',
          agent: new Agent(),
        })),
      );
      await oneByOne(api);
      assert.equal(server.connections, 1);
    });

    test('close ends the idle connections and those in use; a later request opens a new one', async (t) => {
      let held = 0;
      const asked = Promise.withResolvers<void>();
      const server = await serve(
        t,
        (request, response) => {
          if (!request.url?.includes('slow')) return void response.end('{}');
          if (++held === 2) asked.resolve();
        },
        secure ? { tls } : {},
      );
      const api = createOwnedKubeApi(
        kubeConfig(server.url, () => ({ ca: authority.certificate })),
        systemClock,
      );
      await Promise.all([ask(api, 1), ask(api, 2), ask(api, 3)]);
      const slow = [api.json({ path: '/slow', signal: never }), api.open({ path: '/slow', signal: never })];
      const watch = await api.open({ path: '/api/v1/events', query: { watch: 'true' }, signal: never });
      await asked.promise;
      const gone = Promise.all(
        [...server.sockets].map((socket) => new Promise((resolve) => socket.on('close', resolve))),
      );
      const before = server.requests.length;

      api.close();

      for (const request of slow) await assert.rejects(request, { code: 'ABORTED' });
      await assert.rejects(Array.fromAsync(watch.body), { code: 'ABORTED' });
      await gone;
      assert.equal(server.requests.length, before, 'nothing is asked again');
      assert.deepEqual(await ask(api, 4), {});
    });
  });
}

test('requests that wait for their turn end with close, too', async (t) => {
  const server = await serve(t, () => undefined);
  const api = createOwnedKubeApi(kubeConfig(server.url), systemClock);
  const requests = hundreds.map((n) => ask(api, n));
  api.close();
  const answers = await Promise.allSettled(requests);
  assert.ok(answers.every((answer) => answer.status === 'rejected' && answer.reason.code === 'ABORTED'));
});

test('one signal for 200 requests at once raises no warning about leaking listeners', async (t) => {
  const warnings: string[] = [];
  const note = (warning: Error) => void warnings.push(String(warning));
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const server = await serve(t, json(200, {}));
  const { signal } = new AbortController();
  const api = createKubeApi(kubeConfig(server.url));
  await Promise.all(hundreds.map(() => api.json({ path: '/', signal })));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('a watch that is ended leaves its TLS session to the next connection', async (t) => {
  const resumed: boolean[] = [];
  const server = await serve(
    t,
    ({ socket }, response) => {
      resumed.push((socket as TLSSocket).isSessionReused());
      response.writeHead(200).flushHeaders();
    },
    { tls },
  );
  const api = createKubeApi(kubeConfig(server.url, () => ({ ca: authority.certificate })));
  for (let watches = 0; watches < 3; watches++) {
    const ended = new AbortController();
    const { body } = await api.open({ path: '/api/v1/events', query: { watch: 'true' }, signal: ended.signal });
    ended.abort();
    await assert.rejects(Array.fromAsync(body), { code: 'ABORTED' });
  }
  assert.deepEqual(resumed, [false, true, true]);
});
