import { writeUint } from '../big-endian';
import { ascii, fromHex, toHex } from '../bytes';

/**
 * The part of CBOR (RFC 8949) in which messages travel: integers, byte strings, printable ASCII text, arrays, maps,
 * and bignums (tag 2) of at most 32 bytes; every length definite. No floats, no simple values, no other tag.
 */
export type CborValue =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** A map in a list in a map is the deepest that is ever sent. */
const MAXIMUM_DEPTH = 3;
const MAXIMUM_BIGNUM_BYTES = 32;
/** A tariff of 16 bands, the most that there can be, has 156. On XS what is decoded takes 100 bytes for an item, and more. */
const MAXIMUM_ITEMS = 192;

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;
const BIGNUM_TAG = 2;
/** Characters made of bytes at a time: one by one, each would copy the whole text before it. */
const TEXT_PIECE = 32;

/**
 * Integers and lengths in their shortest form: deterministic (section 4.2.1) when maps have their keys in ascending order.
 * @throws RangeError for a number that is no safe integer, a negative bigint, or text that is not ASCII
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const bytes = new Uint8Array(put(undefined, 0, value));
  put(bytes, 0, value);
  return bytes;
}

/** Writes an item at the offset, or only counts where there are no bytes to write to. @returns the offset behind it */
function put(bytes: Uint8Array | undefined, offset: number, value: CborValue): number {
  if (typeof value === 'number') return putInteger(bytes, offset, value);
  if (typeof value === 'bigint') return putBigint(bytes, offset, value);
  if (typeof value === 'string') return putString(bytes, offset, MAJOR.text, ascii(value));
  if (value instanceof Uint8Array) return putString(bytes, offset, MAJOR.bytes, value);
  if (Array.isArray(value)) {
    let end = putHead(bytes, offset, MAJOR.array, value.length);
    for (const item of value) end = put(bytes, end, item);
    return end;
  }
  const map = value as ReadonlyMap<number, CborValue>;
  let end = putHead(bytes, offset, MAJOR.map, map.size);
  map.forEach((item, key) => {
    end = put(bytes, put(bytes, end, key), item);
  });
  return end;
}

function putInteger(bytes: Uint8Array | undefined, offset: number, value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`cbor: expected a safe integer, got ${value}`);
  return value < 0
    ? putHead(bytes, offset, MAJOR.negative, -1 - value)
    : putHead(bytes, offset, MAJOR.unsigned, value);
}

/** As an integer where 64 bits hold it, else as a bignum without leading zeros (section 3.4.3). */
function putBigint(bytes: Uint8Array | undefined, offset: number, value: bigint): number {
  if (value <= Number.MAX_SAFE_INTEGER) return putHead(bytes, offset, MAJOR.unsigned, Number(value));
  const digits = value.toString(16);
  const magnitude = fromHex(digits.length % 2 === 0 ? digits : `0${digits}`) as Uint8Array;
  const { length } = magnitude;
  if (length > 8)
    return putString(bytes, putHead(bytes, offset, MAJOR.tag, BIGNUM_TAG), MAJOR.bytes, magnitude);
  if (bytes !== undefined) bytes[offset] = (MAJOR.unsigned << 5) | 27;
  bytes?.set(magnitude, offset + 9 - length);
  return offset + 9;
}

function putString(
  bytes: Uint8Array | undefined,
  offset: number,
  major: number,
  content: Uint8Array,
): number {
  const end = putHead(bytes, offset, major, content.length);
  bytes?.set(content, end);
  return end + content.length;
}

/** An item's first byte and its argument, section 3. */
function putHead(bytes: Uint8Array | undefined, offset: number, major: number, argument: number): number {
  const width =
    argument < 24 ? 0 : argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  if (bytes !== undefined) {
    writeUint(bytes, offset, 1, (major << 5) | (width === 0 ? argument : 24 + Math.log2(width)));
    if (width > 0) writeUint(bytes, offset + 1, width, argument);
  }
  return offset + 1 + width;
}

/**
 * What the bytes say; undefined when they are more than `maximumLength`, or not of the subset above, or of more than 192
 * items, or with an empty map among them. Other forms of the same value (long integers, keys out of order or twice) pass:
 * encode what was understood and compare.
 */
export function decodeCbor(bytes: Uint8Array, maximumLength: number): unknown {
  return bytes.length > maximumLength ? undefined : new CborReader(bytes).read();
}

/** On XS running out of memory ends the program: nothing is made room for before the bytes are seen to be there. */
class CborReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #items = 0;
  /** Of the head that was read last. */
  #major = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The one item that they are. */
  read(): unknown {
    const item = this.#item(MAXIMUM_DEPTH);
    return this.#offset === this.#bytes.length ? item : undefined;
  }

  #item(depth: number): unknown {
    const start = this.#offset;
    const argument = this.#head();
    if (argument === undefined || depth < 0) return undefined;
    switch (this.#major) {
      case MAJOR.unsigned:
        return Number.isSafeInteger(argument) ? argument : this.#magnitude(start + 1, this.#offset);
      case MAJOR.negative:
        return Number.isSafeInteger(-1 - argument)
          ? -1 - argument
          : -1n - this.#magnitude(start + 1, this.#offset);
      case MAJOR.bytes:
        return this.#skip(argument) ? this.#bytes.slice(this.#offset - argument, this.#offset) : undefined;
      case MAJOR.text:
        return this.#skip(argument) ? this.#text(this.#offset - argument) : undefined;
      case MAJOR.array:
        return this.#array(argument, depth - 1);
      case MAJOR.map:
        return this.#map(argument, depth - 1);
      default:
        return this.#major === MAJOR.tag && argument === BIGNUM_TAG ? this.#bignum() : undefined;
    }
  }

  /** The argument of the next item, inexact beyond 2⁵³; undefined when there is no such head, or one too many. */
  #head(): number | undefined {
    const bytes = this.#bytes;
    const first = bytes[this.#offset++];
    if (first === undefined || ++this.#items > MAXIMUM_ITEMS) return undefined;
    this.#major = first >> 5;
    const short = first & 0x1f;
    if (short < 24) return short;
    if (short > 27 || !this.#skip(1 << (short - 24))) return undefined;
    let argument = 0;
    for (let k = this.#offset - (1 << (short - 24)); k < this.#offset; k++)
      argument = argument * 256 + (bytes[k] as number);
    return argument;
  }

  /** False when there are not so many more bytes. */
  #skip(length: number): boolean {
    if (length > this.#bytes.length - this.#offset) return false;
    this.#offset += length;
    return true;
  }

  #text(start: number): string | undefined {
    const bytes = this.#bytes.subarray(start, this.#offset);
    let text = '';
    for (let k = 0; k < bytes.length; k += TEXT_PIECE)
      text += String.fromCharCode(...bytes.subarray(k, k + TEXT_PIECE));
    return /^[\x20-\x7e]*$/.test(text) ? text : undefined;
  }

  #array(length: number, depth: number): unknown {
    const items: unknown[] = [];
    while (items.length < length) {
      const item = this.#item(depth);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  /** An empty one is of no use in anything that is ever sent, and would take more memory than most. */
  #map(size: number, depth: number): unknown {
    const map = new Map<unknown, unknown>();
    for (let k = 0; k < size; k++) {
      const key = this.#item(depth);
      const item = key === undefined ? undefined : this.#item(depth);
      if (item === undefined) return undefined;
      map.set(key, item);
    }
    return size > 0 ? map : undefined;
  }

  #bignum(): bigint | undefined {
    const length = this.#head();
    if (length === undefined || this.#major !== MAJOR.bytes || length > MAXIMUM_BIGNUM_BYTES)
      return undefined;
    return this.#skip(length) ? this.#magnitude(this.#offset - length, this.#offset) : undefined;
  }

  /** The unsigned big-endian integer of these bytes. */
  #magnitude(start: number, end: number): bigint {
    return BigInt(`0x0${toHex(this.#bytes.subarray(start, end))}`);
  }
}
