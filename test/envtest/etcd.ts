/** A single-member etcd with what tests do to one: compaction, snapshot, restore. Asked over its JSON gateway. */
import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { createDaemon, type Daemon } from './daemon.ts';
import { readLines } from './lines.ts';
import { freePort } from './ports.ts';
import type { Watchdog } from './watchdog.ts';

const REQUEST_DEADLINE_MS = 30_000;

export interface RestoreOptions {
  /** Raises the revision by so much and marks all before as compacted, as the etcd documentation advises for Kubernetes. */
  readonly bumpRevision?: number;
}

export interface Etcd extends Daemon {
  readonly url: string;
  /** The revision of the last write: the newest resourceVersion. */
  revision(): Promise<number>;
  /** Forgets the history before this revision, by default the current one; resolves to it. */
  compact(revision?: number): Promise<number>;
  /** Writes a snapshot of the running etcd; resolves to its file. */
  snapshot(): Promise<string>;
  /** Stops it if it runs, puts the snapshot in place of its data, starts it on the same ports. */
  restore(snapshot: string, options?: RestoreOptions): Promise<void>;
}

export interface EtcdSpec {
  readonly name: string;
  readonly binaries: string;
  readonly folder: string;
  readonly watchdog: Watchdog;
}

export async function createEtcd({ name, binaries, folder, watchdog }: EtcdSpec): Promise<Etcd> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const dataFolder = join(folder, `${name}-data`);
  let snapshots = 0;

  const daemon = createDaemon({
    name,
    command: join(binaries, 'etcd'),
    arguments: [
      `--name=${name}`,
      `--data-dir=${dataFolder}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${name}=${peerUrl}`,
      // One member has nobody to wait for.
      '--heartbeat-interval=10',
      '--election-timeout=100',
      // A killed process loses nothing by it, only a machine that loses power.
      '--unsafe-no-fsync',
    ],
    logFile: join(folder, `${name}.log`),
    watchdog,
    isReady: async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(REQUEST_DEADLINE_MS) })).ok,
  });

  async function post(path: string, body: unknown): Promise<Response> {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
    const answer = await fetch(`${url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body), signal });
    if (!answer.ok) throw new Error(`${name} answered ${answer.status} to ${path}: ${await answer.text()}`);
    return answer;
  }

  async function revision(): Promise<number> {
    const answer = await post('kv/range', { key: Buffer.from('/').toString('base64') });
    const { header } = (await answer.json()) as { header: { revision: string } };
    return Number(header.revision);
  }

  async function restore(snapshot: string, { bumpRevision }: RestoreOptions = {}): Promise<void> {
    if (daemon.pid() !== undefined) await daemon.stop();
    await rm(dataFolder, { recursive: true, force: true });
    await promisify(execFile)(join(binaries, 'etcdutl'), [
      'snapshot',
      'restore',
      snapshot,
      `--name=${name}`,
      `--data-dir=${dataFolder}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${name}=${peerUrl}`,
      ...(bumpRevision === undefined ? [] : [`--bump-revision=${bumpRevision}`, '--mark-compacted']),
    ]);
    await daemon.start();
  }

  return {
    ...daemon,
    url,
    revision,
    async compact(at) {
      const target = at ?? (await revision());
      await post('kv/compaction', { revision: target, physical: true });
      return target;
    },
    async snapshot() {
      snapshots += 1;
      const file = join(folder, `${name}-snapshot-${snapshots}.db`);
      await writePieces(await post('maintenance/snapshot', {}), file);
      return file;
    },
    restore,
  };
}

/** A snapshot comes as lines of JSON, each with a piece of the file. */
async function writePieces(answer: Response, file: string): Promise<void> {
  await using output = await open(file, 'w');
  let remaining = Number.POSITIVE_INFINITY;
  for await (const line of readLines(answer.body as ReadableStream<Uint8Array>)) {
    const { result } = JSON.parse(line) as { result: { remaining_bytes?: string; blob?: string } };
    // The gateway leaves out what is 0.
    remaining = Number(result.remaining_bytes ?? 0);
    await output.write(Buffer.from(result.blob ?? '', 'base64'));
  }
  if (remaining !== 0) throw new Error(`the snapshot broke off ${remaining} bytes before its end`);
}
