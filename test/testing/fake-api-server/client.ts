/** A client as plain as can be: one connection a request, and no policy. */
import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import type { TestContext } from 'node:test';
import type { FakeApiServerOptions } from '../../../src/testing/fake-api-server/cluster.ts';
import { FakeApiServer } from '../../../src/testing/fake-api-server/fake-api-server.ts';
import type { KubeObject } from '../../../src/testing/fake-api-server/object.ts';

/** Its end fails the test if something unplanned was asked. */
export async function startServer(t: TestContext, options?: FakeApiServerOptions): Promise<FakeApiServer> {
  const server = await new FakeApiServer(options).start();
  t.after(() => server.close());
  return server;
}

export interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  /** null: none */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export function open(server: FakeApiServer, path: string, asking: Asking = {}): Promise<IncomingMessage> {
  const { method = 'GET', body, token = 'fake-token', headers = {} } = asking;
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    request(`${server.url}${path}`, {
      method,
      agent: false,
      headers: { 'User-Agent': 'test', ...authorization, ...headers },
    })
      .once('response', resolve)
      .once('error', reject)
      .end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, looked into by assertions only
  readonly json: any;
}

export async function ask(server: FakeApiServer, path: string, asking?: Asking): Promise<Reply> {
  const message = await open(server, path, asking);
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) text += chunk;
  const isJson = message.headers['content-type'] === 'application/json' && text !== '';
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

export interface Frame {
  readonly type: string;
  readonly object: KubeObject & { readonly code?: number; readonly reason?: string };
}

export interface WatchStream {
  readonly message: IncomingMessage;
  /** Undefined: it ended clean. Rejects if it broke. */
  next(): Promise<Frame | undefined>;
  /** Until its clean end. */
  rest(): Promise<readonly Frame[]>;
  close(): void;
}

export async function watch(server: FakeApiServer, query: string, path = '/api/v1/events'): Promise<WatchStream> {
  const message = await open(server, `${path}?watch=true${query}`);
  assert.equal(message.statusCode, 200);
  const frames = framesOf(message);
  const next = async () => (await frames.next()).value ?? undefined;
  return {
    message,
    next,
    async rest() {
      const rest: Frame[] = [];
      for (let frame = await next(); frame; frame = await next()) rest.push(frame);
      return rest;
    },
    close: () => message.destroy(),
  };
}

async function* framesOf(message: IncomingMessage): AsyncGenerator<Frame, void> {
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
  assert.equal(text, '', 'the stream ended within a frame');
}

/** `ADDED e1 7` */
export const told = ({ type, object }: Frame): string =>
  `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`;

export const names = ({ json }: Reply): readonly string[] =>
  json.items.map(({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`);
