/**
 * Writes texts to a stream, one after the other, and waits until each has left: so a slow reader slows the commits.
 * After an abort the text that the stream already has may still come out, whole; the next one waits behind it, so that a stuck stream
 * never holds more than one batch.
 */
import type { Writable } from 'node:stream';
import type { Write } from './line-sender.ts';

/** `stream` is asked for at the first write. Its errors reject the write under way; they never crash the process. */
export function streamWriter(stream: () => NodeJS.WritableStream): Write {
  let target: NodeJS.WritableStream | undefined;
  let left: Promise<void> = Promise.resolve();
  const open = (): NodeJS.WritableStream => {
    const opened = stream();
    // The write's own callback tells of an error; without a listener the event would end the process.
    opened.on('error', () => undefined);
    return opened;
  };
  return (text, signal) => {
    const writing = left.then(() => {
      signal.throwIfAborted();
      target ??= open();
      return writeWhole(target, text);
    });
    left = writing.catch(() => undefined);
    return untilAborted(writing, signal);
  };
}

function writeWhole(stream: NodeJS.WritableStream & Partial<Pick<Writable, 'errored'>>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // A Node stream never gets over an error: what is written to it afterwards is kept, and its callback never called.
    if (stream.errored) return reject(stream.errored);
    const closed = () => reject(new Error('the stream was closed before the batch was written'));
    stream.once('close', closed);
    stream.write(text, (error) => {
      stream.removeListener('close', closed);
      if (error) reject(error);
      else resolve();
    });
  });
}

function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
