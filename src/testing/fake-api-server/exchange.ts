/** One request and its answer on the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Answer } from './answer.ts';
import type { RecordedRequest } from './request-log.ts';

/** Below this the real server does not compress. */
const gzipFromBytes = 128 * 1024;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly record: RecordedRequest;
  /** Aborted when the response is over, or its connection lost. */
  readonly closed: AbortSignal;
  /** Whether answers may be compressed. */
  readonly gzip: boolean;
  /** This request must fail the test. */
  unplanned(why: string): void;
}

/** The headers that every answer of the real server has. */
const everyAnswer = { 'Cache-Control': 'no-cache, private' };

export function writeHead(exchange: Exchange, answer: Omit<Answer, 'body'>): void {
  exchange.record.status = answer.status;
  exchange.response.writeHead(answer.status, {
    ...everyAnswer,
    'Content-Type': answer.contentType,
    ...answer.headers,
  });
}

/** Sends a whole answer. */
export function send(exchange: Exchange, answer: Answer): void {
  const body = Buffer.from(answer.body as Uint8Array);
  const compressed = exchange.gzip && body.length >= gzipFromBytes && answer.contentType === 'application/json';
  const bytes = compressed ? gzipSync(body, { level: 1 }) : body;
  const encoding = compressed ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {};
  writeHead(exchange, {
    ...answer,
    headers: { ...encoding, 'Content-Length': `${bytes.length}`, ...answer.headers },
  });
  exchange.response.end(bytes);
}

export const isWatch = (query: URLSearchParams): boolean => ['true', '1'].includes(query.get('watch') ?? '');
