/** A server, or a proxy before it, that compresses its answers: where it was not asked to, that is said, and costs no event. */
import assert from 'node:assert/strict';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { formatReport, type RunReport } from '../../src/index.ts';
import { failureOf, gapsOf, modes, startOddHost } from './host.ts';

for (const mode of modes)
  test(`${mode} mode: a server that compresses for those who ask is read as any other`, async () => {
    await using host = await startOddHost({ mode, server: { gzip: true }, events: { pageSize: 500 } });
    host.addEvents(100, { message: 'x'.repeat(2000) });
    const reports = await host.live(30_000);
    assert.deepEqual([reports.every(({ ok }) => ok), gapsOf(...reports)], [true, []]);
    await host.endWell();
  });

/** Compresses every answer, watches apart, whoever asks: errors too. */
async function startZealousProxy(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    const { method, url = '/', headers } = request;
    const outgoing = forward({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, async (answer) => {
      const { 'content-length': _length, ...kept } = answer.headers;
      if (url.includes('watch=true')) {
        response.writeHead(answer.statusCode ?? 502, kept).flushHeaders();
        response.once('close', () => answer.destroy());
        return void answer.pipe(response);
      }
      const body = gzipSync(await buffer(answer));
      response.writeHead(answer.statusCode ?? 502, { ...kept, 'content-encoding': 'gzip' }).end(body);
    });
    outgoing.on('error', () => response.destroy());
    request.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

for (const mode of modes)
  test(`${mode} mode: answers compressed unasked are no JSON, refusals among them are still told apart, and nothing is lost`, async () => {
    let port: number | undefined;
    await using host = await startOddHost({
      mode,
      kubeConfig: (server) => ({
        ...server.kubeConfig(),
        getCurrentCluster: () => ({ server: port === undefined ? server.url : `http://127.0.0.1:${port}` }),
      }),
    });
    const { server } = host;
    host.addEvents(2);
    await host.live(30_000);
    await using proxy = await startZealousProxy(Number(new URL(server.url).port));
    port = proxy.port;
    host.addEvents(2);
    server.cutWatches('reset');
    const lastOf = (reports: readonly RunReport[]) => reports.at(-1) ?? assert.fail('it was run');
    const unreadable = lastOf(await host.live(120_000));
    assert.equal(failureOf(unreadable)?.code, 'API_MALFORMED', formatReport(unreadable));
    assert.match(failureOf(unreadable)?.remedy ?? '', /check proxies/);

    const undo = server.deny((asked) => asked.path === undefined && asked.resource === 'events');
    const denied = lastOf(await host.live(120_000));
    assert.equal(failureOf(denied)?.code, 'API_DENIED', formatReport(denied));
    assert.doesNotMatch(JSON.stringify(failureOf(denied)), /\\u001f|\ufffd/, 'no bytes of it are quoted');
    undo();

    port = undefined;
    await host.live(60_000);
    await host.endWell();
  });
