/**
 * A peer: list and watch by hand, with care. Pages; a resource version saved in a file behind each batch that was written, and gone on from
 * after a restart; a new list after a 410; a watch that is silent for long is opened again. Versions are opaque to it, as the documentation
 * asked for until lately, so a list is written as a whole.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { readLines } from '../../envtest/lines.ts';
import { endWithParent, readOptions, say } from '../said.ts';
import { appendBatch, idOf, type Stored } from './output.ts';

const pageSize = 500;
const watchSeconds = 60;
const silenceMs = 30_000;
const retryMs = 500;

endWithParent();
const options = readOptions();
const placeFile = `${options.output}.place`;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const agent = new Agent({ keepAlive: true });
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

class Expired extends Error {}

function savedPlace(): string | undefined {
  try {
    return readFileSync(placeFile, 'utf8');
  } catch {
    return undefined;
  }
}

function savePlace(version: string): void {
  writeFileSync(`${placeFile}.new`, version);
  renameSync(`${placeFile}.new`, placeFile);
}

async function get(query: Record<string, string>): Promise<IncomingMessage> {
  const tls: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(tls);
  const url = new URL(`/api/v1/events?${new URLSearchParams(query)}`, kubeConfig.getCurrentCluster()?.server);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { ...tls, agent, signal: stopping.signal }, resolve);
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error('silence')));
    outgoing.once('error', reject).end();
  });
  if (answer.statusCode === 200) return answer;
  answer.resume();
  throw answer.statusCode === 410 ? new Expired() : new Error(`status ${answer.statusCode}`);
}

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Stored[];
}

/** The place is that of the first page: what changed since comes by the watch. */
async function list(): Promise<string> {
  let place: string | undefined;
  let rest: string | undefined;
  do {
    const answer = await get({ limit: String(pageSize), ...(rest ? { continue: rest } : {}) });
    const page = (await json(answer)) as Page;
    appendBatch(options, page.items.map(idOf));
    place ??= page.metadata.resourceVersion;
    rest = page.metadata.continue;
  } while (rest);
  savePlace(place);
  return place;
}

interface Frame {
  readonly type: string;
  readonly object: Stored & { readonly code?: number };
}

async function watch(from: string): Promise<void> {
  const answer = await get({ watch: 'true', resourceVersion: from, timeoutSeconds: String(watchSeconds) });
  let ids: string[] = [];
  let place = from;
  let flushing: NodeJS.Immediate | undefined;
  const flush = (): void => {
    flushing = undefined;
    appendBatch(options, ids);
    ids = [];
    savePlace(place);
  };
  try {
    for await (const line of readLines(answer)) {
      const { type, object } = JSON.parse(line) as Frame;
      if (type === 'ERROR')
        throw object.code === 410 ? new Expired() : new Error(`status ${object.code} in the stream`);
      if (type !== 'DELETED') ids.push(idOf(object));
      place = object.metadata?.resourceVersion ?? place;
      flushing ??= setImmediate(flush);
    }
  } finally {
    clearImmediate(flushing);
    flush();
  }
}

say({ at: 'begun' });
while (!stopping.signal.aborted) {
  try {
    await watch(savedPlace() ?? (await list()));
  } catch (error) {
    if (error instanceof Expired) rmSync(placeFile, { force: true });
    await sleep(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}
agent.destroy();
