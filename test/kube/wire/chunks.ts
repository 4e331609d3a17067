/** Bytes as a body gives them. */
export async function* chunksOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** The same bytes, cut at these places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return chunksOf(...[0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length)));
}
