/**
 * The events of an API server in memory, behind the port that the library asks: history, compaction, paging with expiring continue tokens,
 * watches, an etcd restored from a backup. No sockets, so that thousands of interleavings take seconds; FakeApiServer has the real HTTP.
 */

import { record } from '../../src/kube/wire/json-value.ts';
import type { KubeApi, KubeRequest, KubeResponse } from '../../src/kube-api.ts';
import {
  prefersProtobuf,
  protobufFrames,
  protobufOf,
  watchMediaType,
} from '../../src/testing/fake-api-server/protobuf.ts';

interface Version {
  readonly key: string;
  readonly uid: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly atMs: number;
}

/** What a test makes of a request instead of the ordinary answer. */
export interface Twist {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Thrown instead of any answer. */
  readonly error?: unknown;
  /** No answer until the request is aborted. */
  readonly hangs?: true;
  /** Text that the watch sends before everything else. */
  readonly prefix?: string;
  /** The watch ends after this many frames: clean, or with an error. */
  readonly framesThen?: readonly [frames: number, end: 'close' | Error];
}

export interface WorldOptions {
  readonly nowMs?: () => number;
  readonly firstVersion?: number;
}

export class KubeWorld implements KubeApi {
  readonly #nowMs: () => number;
  #versions: Version[] = [];
  #revision: number;
  #compacted = 0;
  #renewals = 0;
  #restores = 0;
  readonly #watchers = new Set<() => void>();
  /** Called for each request before it is answered. */
  onRequest: (ask: string) => Twist | undefined | void = () => undefined;
  /** `list`, `list <token>`, `guard <version>`, `watch <version>`, else the path. */
  readonly asked: string[] = [];
  openWatches = 0;

  constructor({ nowMs = () => Date.UTC(2026, 0, 1), firstVersion = 0 }: WorldOptions = {}) {
    this.#nowMs = nowMs;
    this.#revision = firstVersion;
  }

  get version(): string {
    return String(this.#revision);
  }

  /** The id of the version that was made. */
  write(key: string): string {
    return this.#append(key, false);
  }

  delete(key: string): void {
    this.#append(key, true);
  }

  /** Versions pass that are of no event. */
  skip(count = 1): void {
    this.#revision += count;
  }

  compact(): void {
    this.#compacted = this.#revision;
  }

  /** Everything after a version never happened. */
  rewrite(to: number): void {
    this.#versions = this.#versions.filter(({ version }) => version <= to);
    this.#revision = to;
    this.#compacted = Math.min(this.#compacted, to);
    this.#restores++;
    for (const wake of this.#watchers) wake();
  }

  /** Ids of the last version of each event that is there. */
  get ids(): readonly string[] {
    return this.#at(this.#revision).map(idOf);
  }

  json(request: KubeRequest): Promise<unknown> {
    return Promise.reject(new Error(`unplanned: ${request.path}`));
  }

  async open(request: KubeRequest): Promise<KubeResponse> {
    request.signal.throwIfAborted();
    const { query = {}, signal } = request;
    const ask = askOf(request);
    this.asked.push(ask);
    const twist = this.onRequest(ask) ?? {};
    // As if the answer had its way to go.
    await Promise.resolve();
    signal.throwIfAborted();
    if (twist.hangs) await untilAborted(signal);
    if (twist.error !== undefined) throw twist.error;
    if (twist.status !== undefined) return answer(twist.status, twist.body, twist.headers);
    const protobuf = prefersProtobuf(request.accept);
    if (query['watch'] === 'true') {
      const body = this.#watch(Number(query['resourceVersion']), signal, twist);
      return protobuf ? protobufWatch(body) : { ...answer(200, ''), body };
    }
    const { code, object } =
      query['resourceVersion'] === undefined
        ? this.#list(Number(query['limit']), query['continue'])
        : this.#guard(Number(query['resourceVersion']), query['fieldSelector']);
    return protobuf ? protobufAnswer(code, object) : answer(code, object);
  }

  #append(key: string, deleted: boolean): string {
    // What is made after a restore is another object.
    const uid = this.#there(key)?.uid ?? `uid-${key}${this.#restores === 0 ? '' : `~${this.#restores}`}`;
    const version = { key, uid, deleted, version: ++this.#revision, atMs: this.#nowMs() };
    this.#versions.push(version);
    for (const wake of [...this.#watchers]) wake();
    return idOf(version);
  }

  #there(key: string): Version | undefined {
    const last = this.#versions.findLast((version) => version.key === key);
    return last?.deleted ? undefined : last;
  }

  #at(revision: number): readonly Version[] {
    const last = new Map<string, Version>();
    for (const version of this.#versions) if (version.version <= revision) last.set(version.key, version);
    return [...last.values()].filter(({ deleted }) => !deleted).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #guard(version: number, selector: string | undefined): Said {
    if (version > this.#revision) {
      const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
      return status(504, { reason: 'Timeout', details: { causes } });
    }
    if (version < this.#compacted) return status(410, { reason: 'Expired' });
    if (selector === undefined) return this.#list(1, undefined);
    const items = this.#at(version).filter(({ key }) => selector === `metadata.name=${nameOf(key)}`);
    return said(200, {
      kind: 'EventList',
      metadata: { resourceVersion: String(version) },
      items: items.map(eventOf),
    });
  }

  #list(limit: number, token: string | undefined): Said {
    const [snapshot = this.#revision, from = ''] = token ? (JSON.parse(token) as [number, string]) : [];
    if (snapshot > this.#revision) {
      return status(504, { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
    }
    if (snapshot < this.#compacted) {
      const fresh = JSON.stringify([this.#revision, from, ++this.#renewals]);
      return status(410, { reason: 'Expired', metadata: { continue: fresh } });
    }
    const all = this.#at(snapshot).filter(({ key }) => key >= from);
    const next = all[limit];
    return said(200, {
      kind: 'EventList',
      metadata: {
        resourceVersion: String(snapshot),
        ...(next ? { continue: JSON.stringify([snapshot, next.key]) } : {}),
      },
      items: all.slice(0, limit).map(eventOf),
    });
  }

  async *#watch(from: number, signal: AbortSignal, { prefix, framesThen }: Twist): AsyncGenerator<Uint8Array> {
    this.openWatches++;
    try {
      if (prefix !== undefined) yield Buffer.from(prefix);
      let left = framesThen?.[0] ?? Number.POSITIVE_INFINITY;
      let seen = from;
      if (from < this.#compacted) return yield frame('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
      for (;;) {
        signal.throwIfAborted();
        const next = this.#versions.filter(({ version }) => version > seen).slice(0, left);
        if (next.length > 0) {
          left -= next.length;
          seen = next.at(-1)?.version ?? seen;
          yield Buffer.concat(next.map((each) => frame(each.deleted ? 'DELETED' : 'ADDED', eventOf(each))));
        } else if (left === 0) {
          if (framesThen?.[1] instanceof Error) throw framesThen[1];
          return;
        } else await this.#change(signal);
      }
    } finally {
      this.openWatches--;
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#watchers.delete(wake);
        signal.removeEventListener('abort', abort);
      };
      const wake = () => {
        leave();
        resolve();
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      this.#watchers.add(wake);
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

const idOf = ({ uid, version }: Version): string => `${uid}:${version}`;

const nameOf = (key: string): string => `${key}.1`;

/** The key of the object in an id. */
export const keyOf = (id: string): string => /^uid-([^~:]*)/.exec(id)?.[1] ?? '';

function eventOf({ key, uid, version, atMs }: Version): unknown {
  const time = new Date(atMs).toISOString();
  return {
    kind: 'Event',
    metadata: {
      name: nameOf(key),
      namespace: 'shop',
      uid,
      resourceVersion: String(version),
      creationTimestamp: time,
    },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: key, uid: `pod-${key}`, apiVersion: 'v1' },
    reason: 'BackOff',
    message: `version ${version}`,
    type: 'Warning',
    source: { component: 'kubelet' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

function askOf({ path, query = {} }: KubeRequest): string {
  if (!path.endsWith('/events')) return path;
  if (query['watch'] === 'true') return `watch ${query['resourceVersion']}`;
  if (query['resourceVersion'] !== undefined) return `guard ${query['resourceVersion']}`;
  return query['continue'] === undefined ? 'list' : `list ${query['continue']}`;
}

const frame = (type: string, object: unknown): Uint8Array => Buffer.from(`${JSON.stringify({ type, object })}\n`);

interface Said {
  readonly code: number;
  readonly object: object;
}

const said = (code: number, object: object): Said => ({ code, object });
const status = (code: number, more: object): Said => said(code, { kind: 'Status', code, message: 'so it is', ...more });

function protobufAnswer(code: number, object: object): KubeResponse {
  const bytes = protobufOf(record(object) ?? {}) ?? Buffer.alloc(0);
  return {
    status: code,
    headers: new Headers({ 'content-type': 'application/vnd.kubernetes.protobuf' }),
    body: chunks(bytes),
  };
}

function protobufWatch(body: AsyncIterable<Uint8Array>): KubeResponse {
  const frames = async function* () {
    for await (const lines of body) yield protobufFrames(Buffer.from(lines).toString());
  };
  return { status: 200, headers: new Headers({ 'content-type': watchMediaType }), body: frames() };
}

function answer(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): KubeResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  return { status: code, headers: new Headers({ 'content-type': 'application/json', ...headers }), body: chunks(text) };
}

async function* chunks(body: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof body === 'string' ? Buffer.from(body) : body;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
