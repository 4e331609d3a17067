/** Ports of a process that can be killed at any instant: from then on nothing that it asks is done, nor answered. */
import type { KubeApi } from '../../src/kube-api.ts';
import { RecordingSender } from '../../src/testing/recording-sender.ts';
import type { TokenStore } from '../../src/token-store.ts';
import type { Ports } from './collecting.ts';

export interface Mortal extends Required<Ports> {
  readonly sender: RecordingSender;
  /** So many effects it had: requests, chunks read, commits, calls of the store. */
  readonly steps: number;
  readonly dead: boolean;
  /** Landed, and not known to the store: what may come again. */
  readonly excused: readonly string[];
}

export interface Death {
  /** Which step. Absent: it lives. */
  readonly at?: number;
  /** Before it has an effect, or when it had one but nobody has heard of it yet. */
  readonly when: 'before' | 'after';
  /** Called instead of dying. */
  readonly instead?: () => void;
}

const never = new Promise<never>(() => undefined);

export function mortal(api: KubeApi, store: TokenStore, death: Death): Mortal {
  const sender = new RecordingSender();
  const { promise: died, reject: die } = Promise.withResolvers<never>();
  died.catch(() => undefined);
  let steps = 0;
  let dead = false;
  let excused: string[] = [];
  let buffer: string[] = [];

  function end(): Promise<never> {
    dead = true;
    die(new Error('killed'));
    return never;
  }

  async function step<T>(effect: () => Promise<T>): Promise<T> {
    const isLast = steps++ === death.at;
    if (isLast && death.instead) death.instead();
    const dies = isLast && !death.instead;
    if (dead) return never;
    if (dies && death.when === 'before') return end();
    // Also a failure is an answer that a killed process does not hear.
    const result = await effect().catch((error: unknown) => {
      if (!dead && !dies) throw error;
    });
    if (dead) return never;
    if (dies) return end();
    return result as T;
  }

  async function* readBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await step(() => chunks.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  const { commit } = sender;
  const { event } = sender;
  sender.event = (given) => {
    if (dead) return;
    buffer.push(...given.sources.map(({ id }) => id));
    event.call(sender, given);
  };
  sender.commit = (options) =>
    step(async () => {
      const ids = buffer;
      buffer = [];
      await commit.call(sender, options);
      excused.push(...ids);
    });

  return {
    sender,
    died,
    api: {
      json: (request) => api.json(request),
      open: (request) =>
        step(async () => {
          const answer = await api.open(request);
          return { ...answer, body: readBody(answer.body) };
        }),
    },
    store: {
      load: (...asked) => step(() => store.load(...asked)),
      save: (...asked) =>
        step(async () => {
          const kept = await store.save(...asked);
          excused = [];
          return kept;
        }),
      remove: (...asked) => step(() => store.remove(...asked)),
    },
    get steps() {
      return steps;
    },
    get dead() {
      return dead;
    },
    get excused() {
      return excused;
    },
  };
}
