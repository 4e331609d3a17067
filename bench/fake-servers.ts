/** Fake API servers in a process of their own, so that what they cost is not measured with what asks them. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { KubeConfigLike } from '../src/index.ts';

/** What the process is told to do. */
export type Order =
  /** So many events to each server, each numbered on by its message; all at once, or so many a second to each, evenly. */
  | { readonly act: 'write'; readonly count: number; readonly perSecond?: number }
  /** All watches are ended, as a server does that is done with them. */
  | { readonly act: 'cut' }
  | { readonly act: 'look' };

/** One server as it is now. */
export interface ServerLook {
  /** Since its start. */
  readonly requests: number;
  readonly connections: number;
  readonly watches: number;
}

/** To each order one answer, in order; `servers` to a `look`. */
export type Said =
  | { readonly at: 'started'; readonly urls: readonly string[] }
  | { readonly at: 'done'; readonly servers?: readonly ServerLook[] };

export interface FakeServers extends AsyncDisposable {
  readonly urls: readonly string[];
  /** Resolves when all are written. */
  write(count: number, perSecond?: number): Promise<void>;
  cut(): Promise<void>;
  look(): Promise<readonly ServerLook[]>;
}

export async function startFakeServers(count: number): Promise<FakeServers> {
  const child = fork(join(import.meta.dirname, 'fake-servers-process.ts'), [`${count}`], { execArgv: [] });
  const started = await nextOf(child);
  if (started.at !== 'started') throw new Error('the servers answered before they had started');
  let last: Promise<unknown> = Promise.resolve();

  function ordered(order: Order): Promise<readonly ServerLook[] | undefined> {
    const done = last.then(async () => {
      child.send(order);
      const said = await nextOf(child);
      return said.at === 'done' ? said.servers : undefined;
    });
    last = done.catch(() => undefined);
    return done;
  }

  return {
    urls: started.urls,
    write: async (events, perSecond) => {
      await ordered({ act: 'write', count: events, ...(perSecond === undefined ? {} : { perSecond }) });
    },
    cut: async () => void (await ordered({ act: 'cut' })),
    look: async () => (await ordered({ act: 'look' })) ?? [],
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      child.disconnect();
      await promise;
    },
  };
}

/** For a server of these. */
export const kubeConfigOf = (url: string): KubeConfigLike => ({
  getCurrentCluster: () => ({ server: url }),
  applyToHTTPSOptions: async (request) => {
    request.headers = { ...request.headers, Authorization: 'Bearer fake-token' };
  },
});

function nextOf(child: ChildProcess): Promise<Said> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`the process of the fake servers has ended: ${code}`));
    child.once('exit', died);
    child.once('message', (said) => {
      child.removeListener('exit', died);
      resolve(said as Said);
    });
  });
}
