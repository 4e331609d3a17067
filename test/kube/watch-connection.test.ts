import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { createOwnedKubeApi } from '../../src/kube/api.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { createAuthority } from './certificates.ts';
import { kubeConfig, never, serve } from './server.ts';

const authority = createAuthority();
const tls = authority.issue('apiserver');
const sixMinutes = 6 * 60_000;

/** Node's own requests, as they are sent. */
function outgoingRequests(t: TestContext): readonly ClientRequest[] {
  const requests: ClientRequest[] = [];
  const note = (message: unknown) => void requests.push((message as { readonly request: ClientRequest }).request);
  subscribe('http.client.request.start', note);
  t.after(() => unsubscribe('http.client.request.start', note));
  return requests;
}

describe('a watch that is silent for six minutes', () => {
  for (const secure of [false, true]) {
    for (const reused of [false, true]) {
      test(`lives: ${secure ? 'https' : 'http'}, ${reused ? 'a kept' : 'a new'} connection`, async (t) => {
        const outgoing = outgoingRequests(t);
        let later: ServerResponse | undefined;
        const server = await serve(
          t,
          (request, response) => {
            if (!request.url?.includes('watch')) return void response.end('{}');
            later = response;
            response.writeHead(200).flushHeaders();
          },
          secure ? { tls } : {},
        );
        const clock = new ManualClock();
        const api = createOwnedKubeApi(
          kubeConfig(server.url, () => ({ ca: authority.certificate, timeout: 1000 })),
          clock,
        );
        if (reused) await api.json({ path: '/', signal: never });
        const { body } = await api.open({ path: '/api/v1/events', query: { watch: 'true' }, signal: never });

        const socket = outgoing.at(-1)?.socket ?? assert.fail('no connection');
        assert.equal(outgoing.at(-1)?.reusedSocket, reused);
        assert.equal(socket.timeout ?? 0, 0, 'the connection itself has no timeout');
        assert.equal(clock.pending, 0, 'and nothing of ours waits to end it');
        await clock.advance(sixMinutes);
        assert.equal(socket.destroyed, false);

        later?.end('still here');
        assert.equal(Buffer.concat(await Array.fromAsync(body)).toString(), 'still here');
      });
    }
  }
});
