/**
 * The frames of a protobuf watch: four bytes of length, the highest first, then that many bytes. Nothing marks where a frame begins: once a
 * length is wrong, so is all behind it.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/util/framer/framer.go
 */
import { Window } from './window.ts';

export interface Frames {
  /** Those that are complete, as they arrived: views, which hold until the next are asked for. */
  readonly complete: readonly Uint8Array[];
  /** Behind them comes no frame but a length that cannot be one. Nothing is read any more. */
  readonly broken: boolean;
}

const prefixBytes = 4;

/** Holds one frame and one chunk at most. A cut last frame is dropped. */
export async function* framesOf(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Frames> {
  const window = new Window();
  let needed = prefixBytes;
  for await (const chunk of body) {
    window.add(chunk);
    if (window.length < needed) continue;
    const { bytes } = window;
    const complete: Uint8Array[] = [];
    let at = 0;
    for (needed = prefixBytes; at + needed <= bytes.length; needed = prefixBytes) {
      needed += bytes.readUInt32BE(at);
      if (needed > prefixBytes + maxBytes || at + needed > bytes.length) break;
      complete.push(bytes.subarray(at + prefixBytes, at + needed));
      at += needed;
    }
    const broken = needed > prefixBytes + maxBytes;
    yield { complete, broken };
    if (broken) return;
    window.drop(at);
  }
}
