import { Encoder } from 'cbor-x';

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
/** A tariff of 26 bands has as many. On XS what is decoded takes 100 bytes for an item of one byte, and more. */
const MAXIMUM_ITEMS = 256;

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;
const BIGNUM_TAG = 2;
/** cbor-x takes a new buffer as soon as there are less than 2,048 bytes left in this one, and 10. */
const SMALL_BUFFER = 2048 + 10 + 256;

const codec = new Encoder({
  variableMapSize: true,
  tagUint8Array: false,
  mapsAsObjects: false,
  useRecords: false,
});

/**
 * Lets cbor-x work in 2.3 KiB of memory, where by itself it would keep 8; what is sent is 1 KiB at most. For a host
 * that is short of memory, once and before the first message; not on Node, where it would have to be a Buffer.
 */
export function shrinkCborBuffer(): void {
  // documented, but not in its typings
  const { useBuffer: workIn } = codec as unknown as { useBuffer(buffer: Uint8Array): void };
  workIn(new Uint8Array(SMALL_BUFFER));
}

/**
 * Deterministic when maps have their keys in ascending order and integers went through `cborInteger`. The bytes are
 * the caller's own.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  // cbor-x returns a view of its working buffer
  return new Uint8Array(codec.encode(value));
}

/** The form in which cbor-x writes an integer shortest: bigints always as 8 bytes, large numbers as floats. */
export function cborInteger(value: number | bigint): number | bigint {
  if (typeof value === 'number' && Math.abs(value) >= 2 ** 32) return BigInt(value);
  return typeof value === 'bigint' && value < 0x1_0000_0000n ? Number(value) : value;
}

/**
 * What the bytes say; undefined when they are more than `maximumLength`, or not of the subset above, or of more than 256
 * items, or with an empty map among them. Other forms of the same value (long integers, keys out of order or twice) pass:
 * encode what was understood and compare.
 */
export function decodeCbor(bytes: Uint8Array, maximumLength: number): unknown {
  // On XS running out of memory ends the program: no claimed length may reach the decoder unchecked.
  if (bytes.length > maximumLength || itemEnd(bytes, 0, MAXIMUM_DEPTH) !== bytes.length) return undefined;
  if (!hasFewItems(bytes)) return undefined;
  try {
    // A copy, because cbor-x leaves views on what it is given.
    return codec.decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}

/** The offset at which the item at `offset` ends; −1 when it is not of the subset or does not end in the input. */
function itemEnd(bytes: Uint8Array, offset: number, depth: number): number {
  const head = readHead(bytes, offset);
  if (head === undefined || depth < 0) return -1;
  const { major, argument, end } = head;
  switch (major) {
    case MAJOR.unsigned:
    case MAJOR.negative:
      return end;
    case MAJOR.bytes:
      return argument <= bytes.length - end ? end + argument : -1;
    case MAJOR.text:
      return argument <= bytes.length - end && isPrintable(bytes, end, argument) ? end + argument : -1;
    case MAJOR.array:
      return itemsEnd(bytes, end, argument, depth);
    case MAJOR.map:
      // an empty map, of which nothing that is ever sent has any use, would take more yet
      return argument > 0 ? itemsEnd(bytes, end, 2 * argument, depth) : -1;
    case MAJOR.tag:
      return argument === BIGNUM_TAG ? bignumEnd(bytes, end) : -1;
    default:
      return -1;
  }
}

function itemsEnd(bytes: Uint8Array, offset: number, count: number, depth: number): number {
  if (count > bytes.length - offset) return -1;
  let end = offset;
  for (let k = 0; k < count && end >= 0; k++) end = itemEnd(bytes, end, depth - 1);
  return end;
}

/** Of bytes that are well-formed: the heads of all items, one behind the other. */
function hasFewItems(bytes: Uint8Array): boolean {
  let offset = 0;
  for (let items = 0; items <= MAXIMUM_ITEMS; items++) {
    const head = readHead(bytes, offset);
    if (head === undefined) return true;
    const isString = head.major === MAJOR.bytes || head.major === MAJOR.text;
    offset = head.end + (isString ? head.argument : 0);
  }
  return false;
}

function bignumEnd(bytes: Uint8Array, offset: number): number {
  const head = readHead(bytes, offset);
  if (head?.major !== MAJOR.bytes || head.argument > MAXIMUM_BIGNUM_BYTES) return -1;
  return itemEnd(bytes, offset, 0);
}

function isPrintable(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let k = offset; k < offset + length; k++) {
    const code = bytes[k] as number;
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** An item's first byte and its argument, RFC 8949 section 3. The argument is inexact beyond 2⁵³. */
function readHead(
  bytes: Uint8Array,
  offset: number,
): { major: number; argument: number; end: number } | undefined {
  const first = bytes[offset];
  if (first === undefined) return undefined;
  const major = first >> 5;
  const short = first & 0x1f;
  if (short < 24) return { major, argument: short, end: offset + 1 };
  const width = 1 << (short - 24);
  const end = offset + 1 + width;
  if (short > 27 || end > bytes.length) return undefined;
  let argument = 0;
  for (let k = offset + 1; k < end; k++) argument = argument * 256 + (bytes[k] as number);
  return { major, argument, end };
}
