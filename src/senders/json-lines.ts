/**
 * One JSON object a line, to a file that is synced at each commit, or to a stream. Each line is whole: a batch that failed leaves
 * nothing behind, and a line torn by a crash is cut off at the next start.
 */
import type { Sender } from '../sender.ts';
import { escapeJson } from './output/escape.ts';
import { fileWriter } from './output/file-writer.ts';
import { type Item, lineSender } from './output/line-sender.ts';
import { streamWriter } from './output/stream-writer.ts';

/** Where {@link jsonLinesSender} writes. */
export type JsonLinesSenderOptions =
  | {
      /** A regular file: appended to, made if absent, opened at the first commit. One sender a file. */
      readonly path: string;
    }
  | {
      /** Never ended by the sender. */
      readonly stream: NodeJS.WritableStream;
    };

/** A {@link Sender} that holds a file open. */
export interface JsonLinesSender extends Sender, AsyncDisposable {
  /** Waits for the commit under way and closes the file; what is not committed is dropped. Idempotent. A later commit rejects. */
  close(): Promise<void>;
}

/**
 * Writes each item as one line:
 *
 * ```text
 * {"type":"gauge","name":"...","value":3.5,"tags":["clusterquota:team-a"]}
 * {"type":"count","name":"...","value":12}
 * {"type":"serviceCheck","name":"...","status":"critical","message":"..."}
 * {"type":"event","id":"...","sources":[...],"title":"...", ...}
 * ```
 *
 * with the fields of `MetricSample`, `ServiceCheck` and `CheckEvent`; a value that is no finite number is `null`. Invisible characters
 * are `\u` escapes, so that a line is one line for every reader and harmless on a terminal.
 *
 * **To a file** (`path`), `commit()` resolves when the batch is on the disk (fdatasync; `acks: 'written'`). After a failed or aborted
 * commit the file is cut back to where it was, at the latest before the next one, so a batch is there as a whole or not at all.
 * After a crash whole lines of a batch that was never acknowledged can be there, and come again with the same `sources[].id`; a torn
 * last line is cut off when the file is opened. A file whose end does not look like such a line is refused, not cut. Rotate it by
 * copying and emptying, or `close()` first.
 *
 * **To a stream**, `commit()` resolves when the stream has taken the batch; what it took before an abort or error can't be taken back.
 * @param options - `path` or `stream`
 */
export function jsonLinesSender(options: JsonLinesSenderOptions): JsonLinesSender {
  const { write, close } = 'path' in options ? fileWriter(options.path) : closable(options.stream);
  return { ...lineSender(format, write), close, [Symbol.asyncDispose]: close };
}

function closable(stream: NodeJS.WritableStream): ReturnType<typeof fileWriter> {
  const write = streamWriter(() => stream);
  let closed = false;
  return {
    write: async (text, signal) => {
      if (closed) throw new Error('the sender was closed');
      await write(text, signal);
    },
    close: async () => {
      closed = true;
    },
  };
}

function format(item: Item): string {
  switch (item.type) {
    case 'gauge':
    case 'count':
      return line(item.type, item.sample);
    case 'serviceCheck':
      return line(item.type, item.check);
    case 'event':
      return line(item.type, item.event);
  }
}

const line = (type: Item['type'], fields: object): string => escapeJson(JSON.stringify({ type, ...fields }));
