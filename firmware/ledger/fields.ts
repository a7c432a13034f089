import { readUint, writeUint } from '../big-endian';

/** Writes the fields of a record one after the other; the first byte is its format. Integers are big-endian. */
export class FieldWriter {
  readonly bytes: Uint8Array;
  #offset = 0;

  constructor(format: number, length: number) {
    this.bytes = new Uint8Array(length);
    this.uint(1, format);
  }

  /** @throws RangeError when the value is not an integer of `length` bytes. */
  uint(length: number, value: number): void {
    writeUint(this.bytes, this.#offset, length, value);
    this.#offset += length;
  }

  /** Zeros when `block` is undefined. @throws RangeError when it has another length. */
  block(length: number, block: Uint8Array | undefined): void {
    if (block !== undefined && block.length !== length)
      throw new RangeError(`record: expected a block of ${length} bytes, got ${block.length}`);
    if (block !== undefined) this.bytes.set(block, this.#offset);
    this.#offset += length;
  }

  /** LEB128: seven bits a byte, the lowest first. @throws RangeError when the value is not an integer of 0 to `most`. */
  varint(value: number, most: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value <= most))
      throw new RangeError(`record: expected an integer of 0 to ${most}, got ${value}`);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes[this.#offset++] = (rest % 128) + 128;
    this.bytes[this.#offset++] = rest;
  }

  /** What was written, where it was less than there is room for. */
  get written(): Uint8Array {
    return this.bytes.slice(0, this.#offset);
  }
}

/** Reads the fields of a record one after the other, from behind its format on. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #offset = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  uint(length: number): number {
    const value = readUint(this.#bytes, this.#offset, length);
    this.#offset += length;
    return value;
  }

  block(length: number): Uint8Array {
    const block = this.#bytes.slice(this.#offset, this.#offset + length);
    this.#offset += length;
    return block;
  }
  /** In its shortest form; undefined when it is not, the bytes end within, or it is above `most`. */
  varint(most: number): number | undefined {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) return undefined;
      value += (byte & 127) * scale;
      if (value > most || (byte === 0 && scale > 1)) return undefined;
      if (byte < 128) return value;
    }
  }
}
