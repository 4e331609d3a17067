import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { FakeApiServer, ManualClock } from '../../src/testing/index.ts';

test('an urgent request does not wait for those that hang', async () => {
  await using server = await new FakeApiServer().start();
  server.fail({ path: '/api/v1/namespaces', how: 'hang', times: 3 });
  const clock = new ManualClock();
  const api = createOwnedKubeApi(server.kubeConfig(), clock);
  const ended = new AbortController();
  const { signal } = ended;
  const hanging = [1, 2, 3].map(() => api.json({ path: '/api/v1/namespaces', signal }));
  const waiting = api.json({ path: '/version', signal });
  const outcomes = Promise.allSettled([...hanging, waiting]);
  await server.idle();

  const answer = await api.json({ path: '/version', signal, urgent: true });
  assert.ok(answer);
  assert.equal(server.requests.filter(({ path }) => path === '/version').length, 1, 'the other one still waits');

  ended.abort(new Error('over'));
  assert.ok((await outcomes).every(({ status }) => status === 'rejected'));
  api.close();
});
