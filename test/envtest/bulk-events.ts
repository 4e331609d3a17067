/**
 * Events by the hundred thousand, past the API server: put straight into the etcd that holds them, over its JSON gateway, as
 * objects like those that components write (about 1 KB, two styles). The API server then lists and watches them as its own.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Etcd } from './etcd.ts';

/** What etcd takes in one transaction (`--max-txn-ops`). */
const MOST_PER_REVISION = 128;
const REQUESTS_AT_ONCE = 32;
const PACE_MS = 20;
const FIRST_AT_MS = Date.UTC(2026, 0, 1);

export interface BulkEventsOptions {
  readonly count: number;
  /** The number of the first: a later call that goes on where this one ended makes other events. @defaultValue 0 */
  readonly from?: number;
  /** Events a second. Absent: as fast as etcd takes them. */
  readonly rate?: number;
  /** In turn. They need not exist. @defaultValue ['default'] */
  readonly namespaces?: readonly string[];
  /**
   * So many events get the same resource version, up to 128: several times as fast. An API server never does that, and whoever
   * goes on from a version may have seen only some of them: for lists that are read to their end.
   * @defaultValue 1
   */
  readonly perRevision?: number;
  /** Ends it early: it then resolves with what was written. */
  readonly signal?: AbortSignal;
}

export interface BulkEvents {
  /** `<uid>:<resourceVersion>` of each, by number. */
  readonly ids: readonly string[];
  readonly durationMs: number;
}

/** A number that is there already becomes a newer version of its event. @throws when etcd refuses, with its words */
export async function writeBulkEvents(etcd: Pick<Etcd, 'url'>, options: BulkEventsOptions): Promise<BulkEvents> {
  const {
    count,
    from = 0,
    rate = Number.POSITIVE_INFINITY,
    namespaces = ['default'],
    perRevision = 1,
    signal,
  } = options;
  if (perRevision > MOST_PER_REVISION) throw new Error(`etcd takes ${MOST_PER_REVISION} puts a transaction`);
  const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_AT_ONCE });
  const ids: string[] = [];
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  let next = 0;

  async function writeInTurn(): Promise<void> {
    while (next < count && signal?.aborted !== true) {
      if (next >= (rate * elapsedMs()) / 1000) {
        await sleep(PACE_MS);
        continue;
      }
      const events = numbered(from + next, Math.min(perRevision, count - next), namespaces);
      const place = next;
      next += events.length;
      const revision = await put(etcd.url, agent, events);
      for (const [index, { uid }] of events.entries()) ids[place + index] = `${uid}:${revision}`;
    }
  }

  try {
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, writeInTurn));
  } finally {
    agent.destroy();
  }
  return { ids, durationMs: elapsedMs() };
}

interface BulkEvent {
  readonly uid: string;
  readonly key: string;
  readonly value: string;
}

function numbered(first: number, length: number, namespaces: readonly string[]): readonly BulkEvent[] {
  return Array.from({ length }, (_, index) => bulkEvent(first + index, namespaces));
}

function bulkEvent(number: number, namespaces: readonly string[]): BulkEvent {
  const namespace = namespaces[number % namespaces.length] ?? 'default';
  const object = bulkEventObject(number, namespace);
  const { name, uid } = object.metadata;
  const key = Buffer.from(`/registry/events/${namespace}/${name}`).toString('base64');
  return { uid, key, value: Buffer.from(JSON.stringify(object)).toString('base64') };
}

/** The event of this number as the API server stores it: every third is of the new style. */
export function bulkEventObject(number: number, namespace: string) {
  const pod = `web-${(number % 500).toString(36)}`;
  const at = new Date(FIRST_AT_MS + number * 10).toISOString();
  const seconds = at.replace(/\.\d+Z$/, 'Z');
  const isNew = number % 3 === 2;
  const reportingComponent = isNew ? 'default-scheduler' : 'kubelet';
  const style = isNew
    ? {
        eventTime: at.replace('Z', '000Z'),
        action: 'Scheduling',
        reportingInstance: 'default-scheduler-control-plane-1',
        series: { count: 2 + (number % 7), lastObservedTime: at.replace('Z', '000Z') },
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
      }
    : {
        eventTime: null,
        reportingInstance: 'node-1',
        count: 1 + (number % 5),
        source: { component: reportingComponent, host: 'node-1' },
        firstTimestamp: seconds,
        lastTimestamp: seconds,
      };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${pod}.${number.toString(16).padStart(16, '0')}`,
      namespace,
      uid: `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
      creationTimestamp: seconds,
      managedFields: [managedBy(reportingComponent, seconds, Object.keys(style))],
    },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace,
      name: pod,
      uid: `11111111-1111-4111-8111-${(number % 500).toString(16).padStart(12, '0')}`,
      resourceVersion: '4711',
      fieldPath: 'spec.containers{web}',
    },
    reason: isNew ? 'FailedScheduling' : 'BackOff',
    message: `Back-off restarting failed container web in pod ${pod}_${namespace}, number ${number}`,
    type: number % 5 === 0 ? 'Normal' : 'Warning',
    reportingComponent,
    ...style,
  };
}

function managedBy(manager: string, time: string, styleFields: readonly string[]) {
  const fields = ['involvedObject', 'message', 'reason', 'type', 'reportingComponent', ...styleFields];
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: Object.fromEntries(fields.map((field) => [`f:${field}`, {}])),
  };
}

/** One transaction; resolves to its revision. */
async function put(url: string, agent: Agent, events: readonly BulkEvent[]): Promise<string> {
  const body = JSON.stringify({
    success: events.map(({ key, value }) => ({ requestPut: { key, value } })),
  });
  const outgoing = request(`${url}/v3/kv/txn`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  const content = await new Promise<string>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => {
      text(answer).then((said) => {
        if (answer.statusCode === 200) resolve(said);
        else reject(new Error(`etcd answered ${answer.statusCode}: ${said}`));
      }, reject);
    });
    outgoing.end(body);
  });
  const { header } = JSON.parse(content) as { readonly header: { readonly revision: string } };
  return header.revision;
}
