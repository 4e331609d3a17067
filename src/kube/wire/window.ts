/**
 * Bytes of a body that are not read yet, in one place that is used again and again. Chunks are copied into it and dropped at once: held until
 * a page is whole, they would make the garbage collector work for memory that it does not manage.
 */
export class Window {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A view, which holds until bytes are added or dropped. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /** Those that were read: the first so many. */
  drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  #grow(atLeast: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(atLeast, 2 * this.#buffer.length));
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
