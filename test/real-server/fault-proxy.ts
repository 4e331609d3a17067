/**
 * A proxy before a real API server that does to single requests what FakeApiServer does to its own: the same faults, by the same code.
 * All else goes through as it is, watches too. Plain HTTP on a loopback port, so that no certificate stands between.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../src/index.ts';
import type { Answer } from '../../src/testing/fake-api-server/answer.ts';
import { type Exchange, isWatch } from '../../src/testing/fake-api-server/exchange.ts';
import { createFaults, type Fault, perform } from '../../src/testing/fake-api-server/faults.ts';

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** What happens to the next requests that match. */
  fail(fault: Fault): void;
  clearFaults(): void;
}

/** @param clock - of delays, and of bodies that never end */
export async function startFaultProxy(server: {
  readonly url: string;
  readonly ca: string;
  readonly clock: Clock;
}): Promise<FaultProxy> {
  const { clock } = server;
  const faults = createFaults();
  const agent = new Agent({ keepAlive: true, ca: server.ca });

  async function forward({ request, path }: Exchange): Promise<IncomingMessage> {
    const { host: _ours, connection: _hop, ...headers } = request.headers;
    const outgoing = httpsRequest(new URL(request.url ?? path, server.url), { method: request.method, headers, agent });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
    });
    request.pipe(outgoing);
    return answer;
  }

  async function passOn(exchange: Exchange): Promise<void> {
    const answer = await forward(exchange);
    exchange.closed.addEventListener('abort', () => answer.destroy(), { once: true });
    exchange.response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers)).flushHeaders();
    await pipeline(answer, exchange.response);
  }

  /** What is answered without a fault; a watch goes on by itself. */
  async function ordinary(exchange: Exchange): Promise<Answer | undefined> {
    if (isWatch(exchange.query)) {
      await passOn(exchange);
      return undefined;
    }
    const answer = await forward(exchange);
    const contentType = answer.headers['content-type'] ?? 'text/plain';
    return { status: answer.statusCode ?? 502, contentType, body: await buffer(answer) };
  }

  async function serve(exchange: Exchange): Promise<void> {
    const fault = faults.take(exchange);
    if (fault) await perform(fault, exchange, { clock, ordinary: () => ordinary(exchange) });
    else await passOn(exchange);
  }

  const listener = createServer((request, response) => {
    const exchange = exchangeOf(request, response);
    // A server that is away, or goes away, is one whose connection breaks.
    serve(exchange).catch(() => response.socket?.resetAndDestroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    fail: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    async [Symbol.asyncDispose]() {
      listener.close();
      listener.closeAllConnections();
      agent.destroy();
    },
  };
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding']);

const endToEnd = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const closed = new AbortController();
  response.on('error', () => undefined).once('close', () => closed.abort());
  return {
    request,
    response,
    path: url.pathname,
    query: url.searchParams,
    record: {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      accept: request.headers.accept,
      atMs: 0,
      status: undefined,
      body: undefined,
    },
    closed: closed.signal,
    gzip: false,
    unplanned: () => undefined,
  };
}
