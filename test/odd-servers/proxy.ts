/** What may stand between a check and its server: a TCP proxy that cuts connections, lets them fall silent, or is slow in the middle of a frame. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface OddProxy extends AsyncDisposable {
  readonly port: number;
  /** Open now, on the client's side. */
  readonly open: number;
  /** Where new connections lead from now on. */
  leadTo(port: number): void;
  /** Ends all that are open: as a proxy does that is done with them, or by a reset. */
  cut(how: 'closed' | 'reset'): void;
  /** Nothing comes through those that are open any more, in neither direction, and nobody is told, as a NAT forgets them. */
  silence(): void;
  /** Of what the server sends next, the first half comes through, and all else only when it is released. */
  halve(): void;
  release(): void;
}

interface Link {
  readonly client: Socket;
  readonly target: Socket;
  /** What the server sent, and is not passed on. */
  held: Buffer[];
  flow: 'open' | 'silent' | 'to halve' | 'held';
}

export async function startOddProxy(targetPort: number): Promise<OddProxy> {
  const links = new Set<Link>();
  let leadsTo = targetPort;
  const server = createServer((client) => {
    const target = connect(leadsTo, '127.0.0.1');
    const link: Link = { client, target, held: [], flow: 'open' };
    links.add(link);
    client.setNoDelay(true).on('error', () => undefined);
    target.setNoDelay(true).on('error', () => undefined);
    client.once('close', () => {
      links.delete(link);
      target.destroy();
    });
    target.once('close', () => {
      if (link.flow !== 'silent') client.destroy();
    });
    client.on('data', (bytes) => {
      if (link.flow !== 'silent') target.write(bytes);
    });
    client.once('end', () => target.end());
    target.once('end', () => {
      if (link.flow !== 'silent') client.end();
    });
    target.on('data', (bytes) => pass(link, bytes));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  function cut(how: 'closed' | 'reset'): void {
    for (const { client, target } of links) {
      if (how === 'reset') client.resetAndDestroy();
      else client.end();
      target.destroy();
    }
  }

  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return links.size;
    },
    leadTo(port) {
      leadsTo = port;
    },
    cut,
    silence() {
      for (const link of links) link.flow = 'silent';
    },
    halve() {
      for (const link of links) link.flow = 'to halve';
    },
    release() {
      for (const link of links) {
        if (link.flow === 'silent') continue;
        link.flow = 'open';
        for (const bytes of link.held.splice(0)) link.client.write(bytes);
      }
    },
    async [Symbol.asyncDispose]() {
      cut('reset');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function pass(link: Link, bytes: Buffer): void {
  switch (link.flow) {
    case 'open':
      link.client.write(bytes);
      return;
    case 'silent':
      return;
    case 'held':
      link.held.push(bytes);
      return;
    case 'to halve': {
      const half = Math.ceil(bytes.length / 2);
      link.flow = 'held';
      link.client.write(bytes.subarray(0, half));
      link.held.push(bytes.subarray(half));
    }
  }
}
