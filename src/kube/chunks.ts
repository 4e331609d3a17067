/** The bytes of an answer as they arrive, with backpressure. */
import type { IncomingMessage } from 'node:http';

/** Chunks of 2 to 16 KiB that may wait to be read; beyond them the server is made to wait. */
const maxHeld = 64;

/**
 * Chunk by chunk, as the socket hands them over: a stream's own iterator makes one copy of all that waits, which is garbage that V8 can't see.
 * Throws what the stream tells, also what it told before; ends where the stream closes. Leaving the loop early ends the connection.
 */
export async function* chunksOf(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let over = message.destroyed;
  let broken: unknown = message.errored;
  let news = Promise.withResolvers<void>();
  const ended = () => {
    over = true;
    news.resolve();
  };
  message.on('data', (chunk: Uint8Array) => {
    held.push(chunk);
    if (held.length >= maxHeld) message.pause();
    news.resolve();
  });
  message.once('end', ended).once('close', ended);
  message.once('error', (error) => {
    broken = error;
    ended();
  });
  try {
    for (;;) {
      const chunks = held;
      held = [];
      if (message.isPaused()) message.resume();
      for (const chunk of chunks) yield chunk;
      if (held.length > 0) continue;
      if (broken) throw broken;
      if (over) return;
      await news.promise;
      news = Promise.withResolvers();
    }
  } finally {
    message.destroy();
  }
}
