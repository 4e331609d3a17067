/** The HTTP server on a loopback port that it keeps over restarts, with its connections in hand. */

import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Listener {
  /** 0 until it has been started once. */
  readonly port: number;
  readonly listening: boolean;
  /** Open now. */
  readonly connections: number;
  /** Ever made. */
  readonly connectionsMade: number;
  start(port: number): Promise<void>;
  /** No new connections; the open ones are closed. */
  stop(): Promise<void>;
  closeConnections(which: 'idle' | 'all' | 'reset'): void;
}

export function createListener(serve: (request: IncomingMessage, response: ServerResponse) => void): Listener {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  let made = 0;

  function create(): Server {
    // Real time must not interfere: the clients' connections stay until somebody closes them.
    const created = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, serve);
    created.on('connection', (socket) => {
      made++;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    });
    return created;
  }

  return {
    get port() {
      return port;
    },
    get listening() {
      return server !== undefined;
    },
    get connections() {
      return sockets.size;
    },
    get connectionsMade() {
      return made;
    },
    async start(wanted) {
      if (server) throw new Error('the fake API server is started already');
      const starting = create();
      await new Promise<void>((resolve, reject) => {
        starting.once('error', reject);
        starting.listen(wanted || port, '127.0.0.1', resolve);
      });
      server = starting;
      port = (starting.address() as AddressInfo).port;
    },
    async stop() {
      const stopping = server;
      server = undefined;
      if (!stopping) return;
      await new Promise<void>((resolve) => {
        stopping.close(() => resolve());
        stopping.closeAllConnections();
      });
    },
    closeConnections(which) {
      if (which === 'idle') server?.closeIdleConnections();
      else if (which === 'all') server?.closeAllConnections();
      else for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}
