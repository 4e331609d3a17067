/**
 * What a crash leaves at the end of a file of JSON lines: a line without its end. It was never acknowledged, so it may go; but a file
 * that does not look like ours is never cut.
 */
import type { FileHandle } from 'node:fs/promises';

/** Longer than any line of ours: a tail beyond this is somebody else's file. */
const maxTailBytes = 16 * 1024 * 1024;
const stepBytes = 64 * 1024;
/** Each line of ours begins so. */
const lineStart = '{"type":"';
const newline = 0x0a;

/** Ends a whole last line, cuts off a torn one. @throws Error if the tail is not the beginning of a line of ours */
export async function mendTail(handle: FileHandle, size: number, path: string): Promise<void> {
  const tail = await readTail(handle, size);
  if (tail?.length === 0) return;
  // A power cut can leave blocks of zeros where the text should be.
  const text = tail?.toString('utf8').replace(/\0+$/, '');
  if (tail === undefined || text === undefined || !looksOurs(text))
    throw new Error(`${path} does not end with a JSON line of ours: it is left as it is`);
  if (text.length > 0 && isJson(text) && Buffer.byteLength(text) === tail.length) await handle.appendFile('\n');
  else await handle.truncate(size - tail.length);
}

/** The bytes behind the last line end; undefined if there are too many. */
async function readTail(handle: FileHandle, size: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  for (let start = size; start > 0; ) {
    const length = Math.min(stepBytes, start);
    start -= length;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(newline);
    parts.unshift(buffer.subarray(end + 1, bytesRead));
    if (end !== -1) break;
    if (size - start > maxTailBytes) return undefined;
  }
  return Buffer.concat(parts);
}

function looksOurs(text: string): boolean {
  return lineStart.startsWith(text.slice(0, lineStart.length));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
