/** A real HTTP or HTTPS server on the loopback interface whose answers a test writes, and kubeconfigs that lead to it. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type RequestOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { KubeConfigLike } from '../../src/kube-api.ts';
import type { Pair } from './certificates.ts';

export interface TestServer {
  /** e.g. `https://127.0.0.1:39211` */
  readonly url: string;
  readonly port: number;
  /** Connections so far; with TLS, those whose handshake was completed. */
  readonly connections: number;
  /** What was asked, in order. */
  readonly requests: readonly IncomingMessage[];
  /** The connections that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly tls?: Pair;
  /** PEM of the authority whose certificates clients must show. */
  readonly clientAuthority?: string;
  /** @defaultValue 127.0.0.1 */
  readonly host?: string;
}

/** Ends with the test, whatever becomes of it. */
export async function serve(t: TestContext, answer: RequestListener, options: ServeOptions = {}): Promise<TestServer> {
  const { tls, clientAuthority, host = '127.0.0.1' } = options;
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server: Server = tls
    ? createSecureServer(
        {
          cert: tls.certificate,
          key: tls.key,
          ...(clientAuthority ? { ca: clientAuthority, requestCert: true, rejectUnauthorized: true } : {}),
        },
        listener,
      )
    : createServer(listener);
  // Node's would end idle connections by itself, after seconds: no test is to wait for that, or to rest on it.
  server.keepAliveTimeout = 0;
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    // A client that ends its side abruptly is part of many tests.
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(close);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    get connections() {
      return connections;
    },
    requests,
    sockets,
    close,
  };
}

/** A kubeconfig without client-node: an address, and what each request is to carry, asked anew each time. */
export function kubeConfig(
  server: string,
  each: () => RequestOptions | Promise<RequestOptions> = () => ({}),
): KubeConfigLike {
  return {
    getCurrentCluster: () => ({ server }),
    async applyToHTTPSOptions(options) {
      Object.assign(options, await each());
    },
  };
}

/** Answers everything with this. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

export const never: AbortSignal = new AbortController().signal;
