/** Passes TCP connections on as they are, and counts them: what a client opens can be told without asking the client. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Made so far. */
  readonly made: number;
  /** Open now. */
  readonly open: number;
}

/** To a port of this machine. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const clients = new Set<Socket>();
  let made = 0;
  const server = createServer((client) => {
    made++;
    clients.add(client);
    const target = connect(targetPort, '127.0.0.1');
    client.once('close', () => {
      clients.delete(client);
      target.destroy();
    });
    target.once('close', () => client.destroy());
    client.on('error', () => undefined);
    target.on('error', () => undefined);
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get made() {
      return made;
    },
    get open() {
      return clients.size;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
