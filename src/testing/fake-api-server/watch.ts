/**
 * Open watches: from a version on, every change that concerns their selector, in order, as one JSON frame a line, or in protobuf. A client that does
 * not read is not written to: its frames wait.
 */
import type { Clock } from '../../clock.ts';
import { expiredWatch, internalError } from './answer.ts';
import { type Exchange, writeHead } from './exchange.ts';
import type { FieldSelector } from './field-selector.ts';
import type { Change, History } from './history.ts';
import { parseInteger, parseVersion } from './list.ts';
import type { KubeObject } from './object.ts';
import { prefersProtobuf, protobufFrames, watchMediaType } from './protobuf.ts';
import { events, prefixOf, type ResourcePath, typed } from './resources.ts';

/** A watch as a test sees it. */
export interface OpenWatch {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Frames that wait because the client does not read. */
  readonly unsent: number;
}

/** Where the client asks for no end, a watch lives between this (the default of --min-request-timeout) and twice as long. */
const defaultSeconds = 1800;

interface Watch extends OpenWatch {
  push(frame: string): void;
  end(): void;
  reset(): void;
}

export interface WatchRequest {
  readonly path: ResourcePath;
  readonly selector: FieldSelector;
  /** Nothing comes before it resolves: an etcd that is away. */
  readonly ready?: Promise<void>;
}

export interface Watches {
  readonly open: readonly OpenWatch[];
  /** @throws Refusal before anything is written */
  start(exchange: Exchange, request: WatchRequest): void;
  /** Writes lines of JSON to all of them, as they are or, where a watch is in protobuf, as its frames. */
  write(text: string): void;
  /** Ends all of them: as a server does that is done with them, or by resetting their connections. */
  cut(how: 'clean' | 'reset'): void;
}

export function createWatches(history: History, clock: Clock): Watches {
  const open = new Set<Watch>();
  return {
    get open() {
      return [...open].map(({ path, query, unsent }) => ({ path, query, unsent }));
    },
    write: (text) => {
      for (const watch of open) watch.push(text);
    },
    cut: (how) => {
      for (const watch of [...open]) how === 'clean' ? watch.end() : watch.reset();
    },
    start(exchange, { path, selector, ready }) {
      const { query, closed } = exchange;
      const from = startOf(query);
      const seconds = parseInteger(query.get('timeoutSeconds') ?? '0') || defaultSeconds * (1 + clock.random());
      const protobuf = path.resource === events && prefersProtobuf(exchange.record.accept);
      writeHead(exchange, { status: 200, contentType: protobuf ? watchMediaType : 'application/json' });
      exchange.response.flushHeaders();
      const watch = writerOf(exchange, protobuf ? protobufFrames : Buffer.from);
      open.add(watch);
      clock.sleep(seconds * 1000, { signal: closed, background: true }).then(watch.end, () => undefined);
      const begin = () => {
        if (closed.aborted) return;
        const stop = follow(history, { path, selector, from }, watch);
        closed.addEventListener('abort', stop, { once: true });
      };
      closed.addEventListener('abort', () => open.delete(watch), { once: true });
      if (ready) void ready.then(begin);
      else begin();
    },
  };
}

/** Undefined: what is there now first, then what changes. */
function startOf(query: URLSearchParams): bigint | undefined {
  const version = query.get('resourceVersion') ?? '';
  if (version === '' || version === '0') return undefined;
  // The real server takes it for a signed number: the largest versions are before all others.
  return BigInt.asIntN(64, parseVersion(version, internalError));
}

interface Following {
  readonly path: ResourcePath;
  readonly selector: FieldSelector;
  readonly from: bigint | undefined;
}

/** What was, then what comes. Returns how to stop it. */
function follow(history: History, { path, selector, from }: Following, watch: Watch): () => void {
  const prefix = prefixOf(path.resource, path.namespace ?? selector.exact('metadata.namespace'));
  const name = path.name;
  const concerns = (object: KubeObject | undefined): object is KubeObject =>
    object !== undefined && selector.matches(object) && (name === undefined || object.metadata.name === name);
  const push = (type: string, object: KubeObject) => watch.push(frame(type, typed(path.resource, object)));
  const tell = (change: Change) => {
    if (!change.key.startsWith(prefix)) return;
    const { object, previous, revision } = change;
    const before = concerns(previous);
    if (concerns(object)) push(before ? 'MODIFIED' : 'ADDED', object);
    else if (before) push('DELETED', atRevision(previous, revision));
  };
  if (from !== undefined && from + 1n < history.compacted) {
    watch.push(frame('ERROR', expiredWatch()));
    watch.end();
    return () => undefined;
  }
  if (from === undefined)
    for (const { object } of history.range(prefix, prefix, history.revision)) {
      if (concerns(object)) push('ADDED', object);
    }
  else for (const change of history.changesAfter(from)) tell(change);
  return history.onChange((change) => {
    if (from === undefined || change.revision > from) tell(change);
  });
}

export const frame = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

/** What was deleted is told as it last was, with the version of its end. */
const atRevision = (object: KubeObject, revision: bigint): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: `${revision}` },
});

/** Writes while the client reads; what it does not read waits here. Frames are JSON until they are encoded. */
function writerOf({ response, record }: Exchange, encode: (frames: string) => Buffer): Watch {
  const unsent: Buffer[] = [];
  let full = false;
  let ending = false;
  const pump = () => {
    while (unsent.length > 0 && !full) full = !response.write(unsent.shift());
    if (ending && unsent.length === 0) response.end();
  };
  response.on('drain', () => {
    full = false;
    pump();
  });
  return {
    path: record.path,
    query: record.query,
    get unsent() {
      return unsent.length;
    },
    push: (text) => {
      if (ending) return;
      unsent.push(encode(text));
      pump();
    },
    end: () => {
      ending = true;
      pump();
    },
    reset: () => response.socket?.resetAndDestroy(),
  };
}
