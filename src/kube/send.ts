/**
 * One request on the wire, up to the head of its answer. It is sent again only where it can't have been heard: on a kept connection that
 * the other side had closed meanwhile.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { KubeRequest } from '../kube-api.ts';
import type { Agents } from './agents.ts';
import type { Connection } from './connect.ts';

/** Rejects with what Node says; the signal ends the request, and the body of its answer. */
export async function send(
  request: KubeRequest,
  { server, options }: Connection,
  agents: Agents,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = server.protocol === 'https:';
  const fromAgent = agents.requestOptions(secure, options);
  const { request: start } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
  const method = request.method ?? 'GET';
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const all = {
    ...fromAgent,
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: server.port,
    path: pathOf(server, request),
    method,
    headers: {
      ...options.headers,
      Accept: request.accept ?? 'application/json',
      'User-Agent': 'kube-apiserver-check',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    },
  };
  // Each try uses up one kept connection, so the last one is on a new connection.
  for (;;) {
    const outgoing = start(all);
    try {
      return await answerTo(outgoing, body, signal);
    } catch (error) {
      if (method !== 'GET' || !wasClosedMeanwhile(outgoing, error)) throw error;
    }
  }
}

/**
 * Aborted, the connection is closed without an error: after one, Node drops the TLS session that the next connection would have resumed, and
 * every watch ends like this.
 */
function answerTo(outgoing: ClientRequest, body: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const end = () => {
      reject(signal.reason);
      outgoing.destroy();
    };
    outgoing.once('response', resolve).on('error', reject);
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
    outgoing.once('close', () => signal.removeEventListener('abort', end)).end(body);
  });
}

function wasClosedMeanwhile({ reusedSocket }: ClientRequest, error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

function pathOf(server: URL, request: KubeRequest): string {
  const query = new URLSearchParams(request.query).toString();
  return `${server.pathname.replace(/\/$/, '')}${request.path}${query ? `?${query}` : ''}`;
}
