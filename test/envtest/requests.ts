/** Plain requests for those who set the scene of a test and look at what came of it. The server's certificate is verified. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { type CertificateFiles, readAuthority } from './certificates.ts';
import { type Tokens, tokenOf } from './credentials.ts';
import { readLines } from './lines.ts';

/** Longer than the 60 s after which an API server itself answers with 504. */
const SILENCE_DEADLINE_MS = 90_000;

/** A test may ask thousands of things at once; open watches count too. */
const MAX_CONNECTIONS = 64;

export interface Answer<Body> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed if it is JSON, else the text. Its shape is what the caller says, unchecked. */
  readonly body: Body;
}

export interface Frame {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
  };
}

export interface Watch {
  readonly status: number;
  /** Ends when the server ends it, throws when the connection breaks. */
  readonly frames: AsyncIterableIterator<Frame>;
  /** Closes the connection, also while a frame is awaited: that throws then. */
  close(): void;
}

export interface Requests {
  /**
   * A body is sent as JSON.
   * @param contentType - what it is said to be; by default JSON, for PATCH a merge patch
   * @throws only when there is no whole answer
   */
  request<Body = unknown>(
    user: string,
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<Answer<Body>>;
  /** Resolves at the headers; the path asks for the watch itself (`?watch=1`). */
  watch(user: string, path: string): Promise<Watch>;
}

export interface RequestsSpec {
  readonly url: string;
  readonly certificates: CertificateFiles;
  readonly tokens: Tokens;
}

export function createRequests(spec: RequestsSpec): Requests & Disposable {
  let agent: Agent | undefined;

  /** @param quietIsFine after the headers no data need come */
  function send(
    user: string,
    method: string,
    path: string,
    {
      body,
      contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      quietIsFine = false,
    }: { readonly body?: unknown; readonly contentType?: string | undefined; readonly quietIsFine?: boolean },
  ): Promise<IncomingMessage> {
    agent ??= new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, ca: readAuthority(spec.certificates) });
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${tokenOf(spec.tokens, user)}`,
      ...(payload === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
    };
    const outgoing = httpsRequest(new URL(path, spec.url), { method, headers, agent });
    return new Promise((resolve, reject) => {
      outgoing.once('error', reject);
      outgoing.once('response', (answer) => {
        if (quietIsFine) outgoing.setTimeout(0);
        resolve(answer);
      });
      outgoing.setTimeout(SILENCE_DEADLINE_MS, () => {
        outgoing.destroy(new Error(`${method} ${path}: ${SILENCE_DEADLINE_MS} ms of silence`));
      });
      outgoing.end(payload);
    });
  }

  return {
    async request<Body>(user: string, method: string, path: string, body?: unknown, contentType?: string) {
      const answer = await send(user, method, path, { body, contentType });
      const content = await text(answer);
      const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
      return {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: (isJson ? JSON.parse(content) : content) as Body,
      };
    },
    async watch(user, path) {
      const answer = await send(user, 'GET', path, { quietIsFine: true });
      return { status: answer.statusCode ?? 0, frames: readFrames(answer), close: () => void answer.destroy() };
    },
    [Symbol.dispose]() {
      agent?.destroy();
    },
  };
}

async function* readFrames(answer: IncomingMessage): AsyncGenerator<Frame> {
  try {
    for await (const line of readLines(answer)) {
      yield JSON.parse(line) as Frame;
    }
  } finally {
    answer.destroy();
  }
}
