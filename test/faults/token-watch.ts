/** Looks at the stored token several times a second, from outside: what it was when, and whether it ever went back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isVersion } from '../../src/kube/version.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { ADMIN } from '../envtest/credentials.ts';
import { until } from '../envtest/until.ts';
import type { TokenSample } from './timeline.ts';

const everyMs = 150;
const healDeadlineMs = 60_000;
const key = 'event.tokenKey';

export interface TokenWatch extends AsyncDisposable {
  /** Each change of it, in order. */
  readonly samples: readonly TokenSample[];
  /** As it is now, waiting for a server that is away. 0: none that can be read. */
  now(): Promise<number>;
  /** Resolves when the stored token is there and not below this. */
  reached(version: number): Promise<void>;
  /** By hand: this text in place of the token, all else unchanged. */
  overwrite(text: string): Promise<void>;
  /** By hand: no ConfigMap at all. */
  remove(): Promise<void>;
}

type Answer = { readonly data?: Readonly<Record<string, string>> };

export function watchToken(plane: Pick<ControlPlane, 'request'>, path: string): TokenWatch {
  const samples: TokenSample[] = [];
  const ending = new AbortController();
  let seenMs = Date.now();

  /** 0: none. */
  async function look(): Promise<number> {
    const { status, body } = await plane.request<Answer>(ADMIN, 'GET', path);
    if (status !== 200 && status !== 404) throw new Error(`${path}: ${status}`);
    const text = status === 200 ? body.data?.[key] : undefined;
    const version = isVersion(text ?? '') ? Number(text) : undefined;
    if (samples.length === 0 || samples.at(-1)?.version !== version)
      samples.push({ atMs: Date.now(), sinceMs: seenMs, version });
    seenMs = Date.now();
    return version ?? 0;
  }

  /** One at a time, so that the samples are in the order of the answers. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn(): Promise<number> {
    const mine = turn.then(look);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function keepLooking(): Promise<void> {
    while (!ending.signal.aborted) {
      await inTurn().catch(() => undefined);
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  async function change(method: 'PATCH' | 'DELETE', body?: object): Promise<void> {
    const { status } = await plane.request(ADMIN, method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status}`);
    await inTurn();
  }

  const looking = keepLooking();
  return {
    samples,
    now: () =>
      until('the stored token to be read', async () => {
        const version = await inTurn().catch(() => undefined);
        return version === undefined ? undefined : { version };
      }).then(({ version }) => version),
    async reached(version) {
      await until(
        `the stored token to be at ${version}`,
        () => (samples.at(-1)?.version ?? 0) >= version,
        healDeadlineMs,
      );
    },
    overwrite: (text) => change('PATCH', { data: { [key]: text } }),
    remove: () => change('DELETE'),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await looking;
    },
  };
}
