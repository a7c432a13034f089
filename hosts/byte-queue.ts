/** Bytes on their way: taken out in the order, but not in the pieces, in which they were put in. */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Keeps the bytes, not a copy. */
  add(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /** All bytes, at most `limit`, in an array of the caller's own; undefined when there are none. */
  take(limit = Number.POSITIVE_INFINITY): Uint8Array | undefined {
    const length = Math.min(this.#length, limit);
    if (length === 0) return undefined;
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const chunk = this.#chunks[0] as Uint8Array;
      const part = chunk.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#chunks[0] = chunk.subarray(part.length);
      else this.#chunks.shift();
    }
    this.#length -= length;
    return bytes;
  }
}
