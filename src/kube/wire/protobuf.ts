/**
 * The protobuf codec: what the JSON codec reads of the same answer, for half of its cost. The items of a page are read one by one as they
 * arrive: one that is broken inside is malformed, and its neighbours are not. Loaded when a first answer comes in this form.
 *
 * @see https://github.com/kubernetes/api/blob/v0.36.3/core/v1/generated.proto (message EventList)
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/generated.proto (messages ListMeta, WatchEvent)
 */
import { isVersion } from '../version.ts';
import { type EventCodec, type EventPage, malformed, maxFrameBytes, positionFrame, type WatchFrame } from './codec.ts';
import type { KubeEvent } from './event.ts';
import { EventDraft } from './event-draft.ts';
import { framesOf } from './length-frames.ts';
import { unwrapped } from './protobuf-envelope.ts';
import { eventFields } from './protobuf-event.ts';
import { bytes, delimited, message, type Reader, readAll, text, unbroken } from './protobuf-fields.ts';
import { decodeStatus } from './protobuf-status.ts';
import { readStreamed } from './protobuf-stream.ts';

export const protobufCodec: EventCodec = {
  page: decodePage,
  async *frames(body) {
    for await (const { complete, broken } of framesOf(body, maxFrameBytes)) {
      const envelopes = complete.map(openFrame);
      const firstBroken = envelopes.indexOf(undefined);
      const whole = firstBroken === -1 ? envelopes : envelopes.slice(0, firstBroken);
      if (whole.length > 0) yield whole.map((envelope) => decodeFrame(envelope ?? {}));
      // A frame that is none means that lengths and frames are out of step: what seems to follow could be anything.
      if (firstBroken !== -1) throw malformed('a watch frame is no protobuf');
      if (broken) throw malformed(`a watch frame is longer than ${maxFrameBytes} bytes`);
    }
  },
};

interface ListDraft {
  version: string;
  continueToken: string;
  readonly events: KubeEvent[];
  malformed: number;
}

async function decodePage(body: AsyncIterable<Uint8Array>): Promise<EventPage> {
  const list: ListDraft = { version: '', continueToken: '', events: [], malformed: 0 };
  await readStreamed(body, listFields, list);
  const { continueToken, ...page } = list;
  if (!isVersion(page.version)) throw malformed('the answer is no event list');
  return continueToken ? { ...page, continueToken } : page;
}

/** Of message EventList. */
function listFields(field: number, list: ListDraft, reader: Reader): void {
  if (reader.type !== delimited) return;
  if (field === 1) {
    message(reader, listMetadataFields, list);
  } else if (field === 2) {
    const event = identified(unbroken(reader, eventFields, new EventDraft()));
    if (event) list.events.push(event);
    else list.malformed++;
  }
}

function listMetadataFields(field: number, list: ListDraft, reader: Reader): void {
  if (reader.type !== delimited) return;
  if (field === 2) list.version = text(reader);
  else if (field === 3) list.continueToken = text(reader);
}

const identified = (event: EventDraft | undefined): KubeEvent | undefined =>
  event && event.uid !== '' && isVersion(event.version) ? event : undefined;

/** A WatchEvent; its object is a RawExtension, a message with one field, and still wrapped. */
interface Envelope {
  type?: string;
  object?: Uint8Array;
}

function openFrame(frame: Uint8Array): Envelope | undefined {
  try {
    return readAll<Envelope>(frame, watchEventFields, {});
  } catch {
    return undefined;
  }
}

function watchEventFields(field: number, event: Envelope, reader: Reader): void {
  if (reader.type !== delimited) return;
  if (field === 1) event.type = text(reader);
  else if (field === 2) message(reader, rawFields, event);
}

function rawFields(field: number, event: Envelope, reader: Reader): void {
  if (field === 1 && reader.type === delimited) event.object = bytes(reader);
}

function decodeFrame({ type, object }: Envelope): WatchFrame {
  if (!object) return { type: 'malformed', why: 'a frame without object' };
  try {
    switch (type) {
      case 'ADDED':
      case 'MODIFIED': {
        const event = identified(decodeEvent(object));
        return event ? { type: 'event', event } : { type: 'malformed', why: 'an event without uid or version' };
      }
      case 'DELETED':
        return positionFrame('deleted', decodeEvent(object));
      case 'BOOKMARK':
        return positionFrame('bookmark', decodeEvent(object));
      case 'ERROR':
        return { type: 'status', status: decodeStatus(object) };
      default:
        return { type: 'malformed', why: 'a frame of an unknown type' };
    }
  } catch {
    return { type: 'malformed', why: 'a frame whose object is no protobuf' };
  }
}

const decodeEvent = (wrapped: Uint8Array): EventDraft => readAll(unwrapped(wrapped), eventFields, new EventDraft());
