/** The process of `fake-servers.ts`. It ends with its parent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { coreEvent, FakeApiServer } from '../src/testing/index.ts';
import type { Order, Said, ServerLook } from './fake-servers.ts';

/** Events are written again under the same names, so that no server fills up: about as many as a quiet cluster holds. */
const names = 100;
const tickMs = 10;

const servers = await Promise.all(
  Array.from({ length: Number(process.argv[2]) }, async () => ({ api: await new FakeApiServer().start(), written: 0 })),
);

process.on('message', (order) => {
  perform(order as Order).then(say, (error) => {
    process.stderr.write(`${error}\n`);
    process.exit(1);
  });
});
process.once('disconnect', () => process.exit());
say({ at: 'started', urls: servers.map(({ api }) => api.url) });

async function perform(order: Order): Promise<Said> {
  switch (order.act) {
    case 'look':
      return { at: 'done', servers: servers.map(({ api }) => lookAt(api)) };
    case 'cut':
      for (const { api } of servers) api.cutWatches();
      break;
    case 'write':
      if (order.perSecond === undefined) for (const server of servers) writeUpTo(server, server.written + order.count);
      else await writeEvenly(order.count, order.perSecond);
  }
  return { at: 'done' };
}

/** The servers one after the other rather than all at once. */
async function writeEvenly(count: number, perSecond: number): Promise<void> {
  const startedAtMs = performance.now();
  const from = servers.map(({ written }) => written);
  for (let least = 0; least < count; ) {
    await sleep(tickMs);
    const due = ((performance.now() - startedAtMs) * perSecond) / 1000;
    least = count;
    for (const [i, server] of servers.entries()) {
      const dueHere = Math.max(Math.min(Math.floor(due - i / servers.length), count), 0);
      writeUpTo(server, (from[i] ?? 0) + dueHere);
      least = Math.min(least, dueHere);
    }
  }
}

function writeUpTo(server: (typeof servers)[number], total: number): void {
  for (; server.written < total; server.written++) {
    const name = `event-${server.written % names}`;
    const seenAtMs = Date.now();
    server.api.writeEvent(
      coreEvent({
        name,
        object: { name: `web-${server.written % names}` },
        message: `${server.written}`,
        firstAtMs: seenAtMs,
      }),
    );
  }
}

const lookAt = (api: FakeApiServer): ServerLook => ({
  requests: api.requests.length,
  connections: api.connections,
  watches: api.openWatches.length,
});

function say(said: Said): void {
  process.send?.(said);
}
