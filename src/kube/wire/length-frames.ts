/**
 * The frames of a protobuf watch: four bytes of length, the highest first, then that many bytes. Nothing marks where a frame begins: once a
 * length is wrong, so is all behind it.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/util/framer/framer.go
 */

export interface Frames {
  /** Those that are complete, as they arrived. */
  readonly complete: readonly Uint8Array[];
  /** Behind them comes no frame but a length that cannot be one. Nothing is read any more. */
  readonly broken: boolean;
}

const prefixBytes = 4;

/** Holds one frame and one chunk at most. A cut last frame is dropped. */
export async function* framesOf(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Frames> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let needed = prefixBytes;
  for await (const chunk of body) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < needed) continue;
    const bytes = Buffer.concat(held);
    const complete: Uint8Array[] = [];
    let at = 0;
    let lengthAt = 0;
    needed = prefixBytes;
    while (at + needed <= bytes.length) {
      lengthAt = at;
      const length = bytes.readUInt32BE(lengthAt);
      needed = prefixBytes + length;
      if (length > maxBytes) break;
      if (at + needed > bytes.length) break;
      complete.push(bytes.subarray(at + prefixBytes, at + needed));
      at += needed;
      needed = prefixBytes;
    }
    const broken = needed > prefixBytes + maxBytes;
    yield { complete, broken };
    if (broken) return;
    held = at < bytes.length ? [bytes.subarray(at)] : [];
    heldBytes = bytes.length - at;
  }
}
