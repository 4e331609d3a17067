/** The JSON codec. A page is parsed whole; of a watch each line is one frame, as Kubernetes separates frames by line breaks. */
import { isVersion } from '../version.ts';
import {
  type EventCodec,
  type EventPage,
  malformed,
  maxFrameBytes,
  positionFrame,
  readPage,
  type WatchFrame,
} from './codec.ts';
import type { KubeEvent } from './event.ts';
import { EventDraft, SeriesDraft } from './event-draft.ts';
import { type Json, record } from './json-value.ts';
import { parseTimeMs } from './time.ts';

const lineFeed = 10;

export const jsonCodec: EventCodec = {
  page: async (body) => decodePage((await readPage(body)).toString('utf8')),
  async *frames(body) {
    for await (const lines of linesOf(body)) {
      const frames = lines.filter((line) => line !== '').map(decodeFrame);
      if (frames.length > 0) yield frames;
    }
  },
};

/** Complete lines, together as they arrived. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of body) {
    const end = chunk.lastIndexOf(lineFeed);
    if (end < 0) {
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes > maxFrameBytes) throw malformed(`a watch frame is longer than ${maxFrameBytes} bytes`);
      continue;
    }
    const text = Buffer.concat([...held, chunk.subarray(0, end)]).toString('utf8');
    held = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    heldBytes = chunk.length - end - 1;
    yield text.split('\n');
  }
}

function decodePage(text: string): EventPage {
  const list = parse(text);
  const metadata = record(list?.['metadata']);
  const items = list?.['items'];
  const version = string(metadata?.['resourceVersion']);
  if (!isVersion(version) || !(Array.isArray(items) || items === null || items === undefined)) {
    throw malformed(list === undefined ? 'the answer is no JSON, or cut off' : 'the answer is no event list');
  }
  const events: KubeEvent[] = [];
  let broken = 0;
  for (const item of (items ?? []) as readonly unknown[]) {
    const event = decodeEvent(item);
    if (event) events.push(event);
    else broken++;
  }
  const continueToken = string(metadata?.['continue']);
  return { version, events, malformed: broken, ...(continueToken ? { continueToken } : {}) };
}

function decodeFrame(line: string): WatchFrame {
  const frame = parse(line);
  const object = record(frame?.['object']);
  if (!object) return { type: 'malformed', why: 'a frame that is no JSON object' };
  switch (frame?.['type']) {
    case 'ADDED':
    case 'MODIFIED': {
      const event = decodeEvent(object);
      return event ? { type: 'event', event } : { type: 'malformed', why: 'an event without uid or version' };
    }
    case 'DELETED':
      return positionFrame('deleted', identityOf(object));
    case 'BOOKMARK':
      return positionFrame('bookmark', identityOf(object));
    case 'ERROR':
      return { type: 'status', status: object };
    default:
      return { type: 'malformed', why: 'a frame of an unknown type' };
  }
}

/** What of an object says where it is. */
function identityOf(object: Json): { readonly version: string; readonly uid: string } {
  const metadata = record(object['metadata']);
  return { version: string(metadata?.['resourceVersion']), uid: string(metadata?.['uid']) };
}

/** A core/v1 Event as the API serves it; undefined where it has no identity or no usable version. */
export function decodeEvent(item: unknown): KubeEvent | undefined {
  const event = record(item);
  const metadata = record(event?.['metadata']);
  const uid = string(metadata?.['uid']);
  const version = string(metadata?.['resourceVersion']);
  if (!event || !metadata || uid === '' || !isVersion(version)) return undefined;
  const object = record(event['involvedObject']);
  const source = record(event['source']);
  const series = record(event['series']);
  const draft = new EventDraft();
  draft.uid = uid;
  draft.version = version;
  draft.namespace = string(metadata['namespace']);
  draft.name = string(metadata['name']);
  draft.createdAtMs = parseTimeMs(metadata['creationTimestamp']);
  draft.object.kind = string(object?.['kind']);
  draft.object.namespace = string(object?.['namespace']);
  draft.object.name = string(object?.['name']);
  draft.object.uid = string(object?.['uid']);
  draft.object.apiVersion = string(object?.['apiVersion']);
  draft.reason = string(event['reason']);
  draft.message = string(event['message']);
  draft.type = string(event['type']);
  draft.component = string(source?.['component']);
  draft.host = string(source?.['host']);
  draft.reportingComponent = string(event['reportingComponent']);
  draft.firstAtMs = parseTimeMs(event['firstTimestamp']);
  draft.lastAtMs = parseTimeMs(event['lastTimestamp']);
  draft.eventAtMs = parseTimeMs(event['eventTime']);
  draft.count = integer(event['count']);
  if (series) {
    draft.series = new SeriesDraft();
    draft.series.count = integer(series['count']);
    draft.series.lastAtMs = parseTimeMs(series['lastObservedTime']);
  }
  return draft;
}

const string = (value: unknown): string => (typeof value === 'string' ? value : '');
const integer = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined);

function parse(text: string): Json | undefined {
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}
