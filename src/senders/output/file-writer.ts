/**
 * Appends texts to a file so that each is there whole and on the disk, or not at all: after a failed or aborted write the file is cut
 * back to where it was, at the latest before the next write. A crash can leave whole lines of a text that was never acknowledged, and
 * one torn line, which is cut off when the file is opened again.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mendTail } from './torn-tail.ts';

/** Appends one text after the other. */
export interface FileWriter {
  /** Resolves once the text is on the disk. On an abort it rejects at once; what was written is taken back behind its back. */
  write(text: string, signal: AbortSignal): Promise<void>;
  /** Waits for the write under way, then closes. Idempotent; a later write rejects. */
  close(): Promise<void>;
}

/** Opens the file at the first write, not before. */
export function fileWriter(path: string): FileWriter {
  let file: FileHandle | undefined;
  /** Where the last acknowledged text ends. */
  let goodBytes = 0;
  /** There may be something behind it. */
  let dirty = false;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  async function ready(): Promise<FileHandle> {
    file ??= await openAppending(path);
    await cutBack(file);
    return file;
  }

  /** Also follows a file that somebody else has emptied (logrotate's copytruncate) or appended to. */
  async function cutBack(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    if (dirty && size > goodBytes) await handle.truncate(goodBytes);
    else goodBytes = size;
    dirty = false;
  }

  async function append(text: string, signal: AbortSignal, acknowledge: () => void): Promise<void> {
    signal.throwIfAborted();
    const handle = await ready();
    try {
      dirty = true;
      await handle.appendFile(text);
      await handle.datasync();
      signal.throwIfAborted();
    } catch (error) {
      await cutBack(handle).catch(() => undefined);
      throw error;
    }
    // No await from here on: whoever is told "written" must not see the text cut off by an abort in between.
    dirty = false;
    goodBytes += Buffer.byteLength(text);
    acknowledge();
  }

  return {
    write: (text, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error(`${path} was closed`));
        const abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
        last = last
          .then(() => append(text, signal, resolve))
          .catch(reject)
          .finally(() => signal.removeEventListener('abort', abort));
      }),
    async close() {
      closed = true;
      await last;
      const handle = file;
      file = undefined;
      if (handle === undefined) return;
      await cutBack(handle).catch(() => undefined);
      await handle.close();
    },
  };
}

async function openAppending(path: string): Promise<FileHandle> {
  const handle = await open(path, 'a+');
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`${path} is not a regular file: give its stream instead`);
    if (stats.size === 0) await syncFolder(dirname(path));
    else await mendTail(handle, stats.size, path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A new file's name is on the disk only when its folder is; Windows can't, and need not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
