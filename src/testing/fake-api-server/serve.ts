/** Each request from its arrival to its end: recorded, harmed if a fault waits for it, answered; and never lost without a word. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, internalError, Refusal } from './answer.ts';
import type { Cluster } from './cluster.ts';
import { type Exchange, send } from './exchange.ts';
import { type Faults, perform } from './faults.ts';
import { answerRequest } from './handler.ts';
import { negotiated } from './protobuf.ts';
import type { RecordedRequest } from './request-log.ts';

export interface ServiceOptions {
  readonly cluster: Cluster;
  readonly faults: Faults;
  readonly gzip: boolean;
  record(request: RecordedRequest): void;
  /** Told of what must fail the test. */
  unplanned(text: string): void;
}

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

export function createService({ cluster, faults, gzip, record, unplanned }: ServiceOptions): Serve {
  function open(request: IncomingMessage, response: ServerResponse): Exchange {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const closed = new AbortController();
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      accept: request.headers.accept,
      atMs: cluster.clock.nowMs(),
      status: undefined,
      body: undefined,
    };
    record(recorded);
    response.on('error', () => undefined);
    response.once('close', () => closed.abort());
    return {
      request,
      response,
      path: url.pathname,
      query: url.searchParams,
      record: recorded,
      closed: closed.signal,
      gzip: gzip && /\bgzip\b/.test(`${request.headers['accept-encoding']}`),
      unplanned: (why) => unplanned(`${request.method} ${request.url}: ${why}`),
    };
  }

  async function answer(exchange: Exchange): Promise<void> {
    const ordinary = async () => {
      try {
        const { method } = exchange.record;
        if (method === 'POST' || method === 'PUT') exchange.record.body = await readJson(exchange.request);
        const answer = await answerRequest(cluster, exchange);
        return answer && negotiated(exchange.record.accept, answer);
      } catch (error) {
        if (error instanceof Refusal) return negotiated(exchange.record.accept, error.answer);
        throw error;
      }
    };
    try {
      const fault = faults.take(exchange);
      if (fault) return await perform(fault, exchange, { clock: cluster.clock, ordinary });
      const ready = await ordinary();
      if (ready) send(exchange, ready);
    } catch (error) {
      if (exchange.closed.aborted) return;
      exchange.unplanned(`the fake API server itself failed: ${error instanceof Error ? error.stack : error}`);
      if (!exchange.response.headersSent) send(exchange, internalError('the fake API server itself failed'));
      else exchange.response.destroy();
    }
  }

  return (request, response) => void answer(open(request, response));
}

/** @throws Refusal 400 */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(
      badRequest(`the object provided is unrecognized: couldn't get version/kind; json parse error: ${error}`),
    );
  }
}
