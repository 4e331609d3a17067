/**
 * The two ways in which an API server gives out all events, read by hand and counted, no more: pages, or a watch that begins with them
 * (`sendInitialEvents`), each as protobuf.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 */
import { PbfReader } from 'pbf';
import { request } from 'undici';
import { cpuMs, readTask, tellAndEnd } from '../own-process.ts';
import { peakRssMb } from '../peak-memory.ts';
import { credentials } from '../undici-credentials.ts';

export interface RawTask {
  /** Absent: streamed. */
  readonly pageSize?: number;
}

export interface RawAccount {
  readonly events: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakRssMb: number;
}

const { pageSize } = readTask<RawTask>();
const { server, dispatcher, headers } = credentials();
const path = `${server}/api/v1/events`;
const accept = 'application/vnd.kubernetes.protobuf';

async function open(query: Readonly<Record<string, string>>, accepted: string) {
  const answer = await request(path, { query, dispatcher, headers: { ...headers, accept: accepted } });
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}: ${await answer.body.text()}`);
  return answer.body;
}

interface Page {
  events: number;
  rest: string;
}

/** Behind `k8s` and a zero: Unknown (its object is field 2), EventList (metadata, items), ListMeta (continue is field 3). */
function readPage(body: Uint8Array): Page {
  const page: Page = { events: 0, rest: '' };
  const metadata = (field: number, into: Page, reader: PbfReader) => {
    if (field === 3) into.rest = reader.readString();
  };
  const list = (field: number, into: Page, reader: PbfReader) => {
    if (field === 1) reader.readMessage(metadata, into);
    else if (field === 2) into.events++;
  };
  const unknown = (field: number, into: Page, reader: PbfReader) => {
    if (field === 2) reader.readMessage(list, into);
  };
  new PbfReader(body.subarray(4)).readFields(unknown, page);
  return page;
}

async function countPages(limit: number): Promise<number> {
  let events = 0;
  let rest = '';
  do {
    const query = { limit: `${limit}`, ...(rest ? { continue: rest } : {}) };
    const page = readPage(Buffer.from(await (await open(query, accept)).arrayBuffer()));
    events += page.events;
    rest = page.rest;
  } while (rest);
  return events;
}

/** Four bytes of length, then a frame; the bookmark behind the last event says that it is one. */
async function countStreamed(): Promise<number> {
  const query = {
    ...{ watch: 'true', sendInitialEvents: 'true', allowWatchBookmarks: 'true' },
    resourceVersionMatch: 'NotOlderThan',
  };
  let events = 0;
  let held = Buffer.alloc(0);
  for await (const chunk of await open(query, `${accept};stream=watch`)) {
    held = Buffer.concat([held, chunk as Buffer]);
    let at = 0;
    for (; at + 4 <= held.length; events++) {
      const end = at + 4 + held.readUInt32BE(at);
      if (end > held.length) break;
      if (held.subarray(at, end).includes('k8s.io/initial-events-end')) return events;
      at = end;
    }
    held = held.subarray(at);
  }
  throw new Error('the stream ended before its first events did');
}

const startCpuMs = cpuMs();
const startedMs = performance.now();
const events = await (pageSize === undefined ? countStreamed() : countPages(pageSize));
const account: RawAccount = {
  ...{ events, cpuMs: cpuMs() - startCpuMs, wallMs: performance.now() - startedMs },
  peakRssMb: peakRssMb(),
};
tellAndEnd(account);
