/** A TCP proxy between the checks and the API server that cuts every connection, or lets those that are open fall silent, as a broken NAT does. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Resets all that are open. */
  cut(): void;
  /** Nothing comes through those that are open any more, in neither direction, and nobody is told. New ones work. */
  silence(): void;
}

export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const pairs = new Set<readonly [client: Socket, target: Socket]>();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    const pair = [client, target] as const;
    pairs.add(pair);
    for (const [socket, other] of [pair, [target, client] as const]) {
      socket.setNoDelay(true).on('error', () => undefined);
      socket.once('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  function cut(): void {
    for (const [client, target] of pairs) {
      client.resetAndDestroy();
      target.destroy();
    }
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    silence() {
      for (const [client, target] of pairs) {
        client.unpipe(target).resume();
        target.unpipe(client).resume();
        // The server's end goes, or it would write into the void for ever; the client hears nothing of it.
        target.removeAllListeners('close');
        target.destroy();
      }
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
