/** Protobuf fields out of JSON, as the API server's own encoder writes them: texts and numbers also where they are empty. */
import type { PbfWriter } from 'pbf';
import { type Json, record } from '../../kube/wire/json-value.ts';

/** Writes the fields of one message. */
export type Write = (object: Json, writer: PbfWriter) => void;

export const texts =
  (numbers: Readonly<Record<string, number>>): Write =>
  (object, writer) => {
    for (const [name, number] of Object.entries(numbers)) {
      const value = object[name];
      // Not writeStringField: of characters above U+1FFFF it makes others.
      writer.writeBytesField(number, Buffer.from(typeof value === 'string' ? value : ''));
    }
  };

/** Always, if perhaps empty: what is no pointer in Go. */
export function embedded(writer: PbfWriter, field: number, value: unknown, write: Write): void {
  writer.writeMessage(field, write, record(value) ?? {});
}

/** Only where it is there: a pointer in Go. */
export function optional(writer: PbfWriter, field: number, value: unknown, write: Write): void {
  if (record(value)) embedded(writer, field, value, write);
}

export function repeated(writer: PbfWriter, field: number, values: unknown, write: Write): void {
  for (const value of Array.isArray(values) ? values : []) embedded(writer, field, value, write);
}

/** A map of texts, as of labels. */
export function pairs(writer: PbfWriter, field: number, map: unknown): void {
  for (const [key, value] of Object.entries(record(map) ?? {})) embedded(writer, field, { key, value }, pair);
}

const pair = texts({ key: 1, value: 2 });

export function integer(writer: PbfWriter, field: number, value: unknown): void {
  writer.writeVarintField(field, Number.isSafeInteger(value) ? (value as number) : 0);
}

/** metav1.Time and MicroTime: seconds and nanoseconds; empty for null and what is no time. */
export function time(writer: PbfWriter, field: number, value: unknown): void {
  const atMs = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  const fraction = /\.(\d+)/.exec(`${value}`)?.[1] ?? '';
  writer.writeMessage(field, writeTimestamp, {
    seconds: Math.floor(atMs / 1000),
    nanos: Number(fraction.padEnd(9, '0').slice(0, 9)),
  });
}

function writeTimestamp({ seconds, nanos }: { readonly seconds: number; readonly nanos: number }, writer: PbfWriter) {
  if (Number.isNaN(seconds)) return;
  writer.writeVarintField(1, seconds);
  writer.writeVarintField(2, nanos);
}
