/**
 * The etcd behind the server, as seen from its API when it is away: reads hang for the 60 s that any request may take, writes for the
 * 34 s that they ask for, readyz takes 4 s to say it; watches are opened, stay silent and end clean. Seen on 1.36.3.
 */
import type { Clock } from '../../clock.ts';
import { type Answer, requestTimedOut, writeTimedOut } from './answer.ts';
import type { Exchange } from './exchange.ts';

/** Events may have an etcd of their own (`--etcd-servers-overrides`). */
export type EtcdScope = 'all' | 'events';

export interface Etcd {
  stop(scope: EtcdScope): void;
  start(): void;
  /** Undefined: it is there. Otherwise resolves when it is again. */
  away(resource: string): Promise<void> | undefined;
  /** The readyz checks that fail, and how long they take for it. */
  readonly failing: { readonly checks: readonly string[]; readonly afterMs: number };
}

const readMs = 60_000;
const writeMs = 34_000;
const readyzMs = 4000;

export function createEtcd(): Etcd {
  let scope: EtcdScope | undefined;
  let back: Promise<void> = Promise.resolve();
  let comeBack: () => void = () => undefined;
  return {
    stop(stopped) {
      if (scope === undefined)
        back = new Promise((resolve) => {
          comeBack = resolve;
        });
      scope = stopped;
    },
    start() {
      scope = undefined;
      comeBack();
    },
    away: (resource) => (scope === 'all' || (scope === 'events' && resource === 'events') ? back : undefined),
    get failing() {
      return scope === 'all' ? { checks: ['etcd', 'etcd-readiness'], afterMs: readyzMs } : { checks: [], afterMs: 0 };
    },
  };
}

/** Waits for etcd as long as the real server does. The answer, if it did not come back. */
export async function outlast(exchange: Exchange, back: Promise<void>, clock: Clock): Promise<Answer | undefined> {
  const reading = exchange.request.method === 'GET';
  const returned = new AbortController();
  const signal = AbortSignal.any([exchange.closed, returned.signal]);
  void back.then(() => returned.abort());
  const late = await clock.sleep(reading ? readMs : writeMs, { signal, background: true }).then(
    () => true,
    () => false,
  );
  if (!late) return undefined;
  return reading ? requestTimedOut() : writeTimedOut();
}
