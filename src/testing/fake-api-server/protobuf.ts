/** Answers and watch frames in protobuf, for those who ask for it and where the fake server has it; all else stays JSON. */
import { PbfWriter } from 'pbf';
import { type Json, record } from '../../kube/wire/json-value.ts';
import type { Answer } from './answer.ts';
import { protobufKinds } from './protobuf-objects.ts';
import { embedded, texts, type Write } from './protobuf-writing.ts';

const mediaType = 'application/vnd.kubernetes.protobuf';
export const watchMediaType = `${mediaType};stream=watch`;

/** Whether protobuf is what it would rather have. */
export const prefersProtobuf = (accept: string | undefined): boolean => accept?.trim().startsWith(mediaType) ?? false;

/** The answer in the form that was asked for. */
export function negotiated(accept: string | undefined, answer: Answer): Answer {
  if (!prefersProtobuf(accept) || answer.contentType !== 'application/json') return answer;
  const body = protobufOf(record(JSON.parse(`${answer.body}`)) ?? {});
  return body ? { ...answer, contentType: mediaType, body } : answer;
}

/** With everything around it; undefined for a kind that there is only in JSON. */
export function protobufOf(object: Json): Buffer | undefined {
  const write = protobufKinds.get(object['kind']);
  if (!write) return undefined;
  const writer = new PbfWriter();
  write(object, writer);
  return wrapped(object, writer.finish());
}

function wrapped(type: Json, raw: Uint8Array): Buffer {
  const writer = new PbfWriter();
  embedded(writer, 1, type, texts({ apiVersion: 1, kind: 2 }));
  writer.writeBytesField(2, raw);
  writer.writeStringField(3, '');
  writer.writeStringField(4, '');
  return Buffer.concat([Buffer.from('k8s\0'), writer.finish()]);
}

/** Lines of JSON as the frames of a protobuf watch: a line that can't be read becomes a frame that can't, half a line half a frame. */
export function protobufFrames(lines: string): Buffer {
  const [half = '', ...whole] = lines.split('\n').reverse();
  const frames = whole.reverse().map((line) => lengthAndFrame(frameOf(line)));
  const cut = half === '' ? [] : [lengthAndFrame(frameOf(half)).subarray(0, -1)];
  return Buffer.concat([...frames, ...cut]);
}

function frameOf(line: string): Uint8Array {
  const frame = parsed(line);
  const object = record(frame?.['object']);
  const raw = (object && protobufOf(object)) ?? Buffer.from(line);
  const writer = new PbfWriter();
  writer.writeStringField(1, typeof frame?.['type'] === 'string' ? frame['type'] : 'ADDED');
  embedded(writer, 2, { raw }, rawExtension);
  return writer.finish();
}

const rawExtension: Write = ({ raw }, writer) => writer.writeBytesField(1, raw as Uint8Array);

function lengthAndFrame(frame: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

function parsed(line: string): Json | undefined {
  try {
    return record(JSON.parse(line));
  } catch {
    return undefined;
  }
}
